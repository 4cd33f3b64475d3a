"""Each benchmark can be listed and started; what it measures takes too long for a test."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import describe

FOLDER = Path(__file__).parent.parent / "benchmarks"


def test_the_list_names_every_benchmark():
    run = [sys.executable, "-m", "benchmarks"]
    printed = subprocess.run(run, cwd=FOLDER.parent, capture_output=True, text=True, check=True).stdout
    assert {"pretraining", "tokenization_widget"} <= set(describe())
    for name, summary in describe().items():
        assert f"python -m benchmarks.{name}\n    {summary}" in printed


@pytest.mark.parametrize("name", describe())
def test_a_benchmark_has_a_line_that_says_what_it_measures(name):
    assert describe()[name].endswith(".")


@pytest.mark.parametrize("name", describe())
def test_a_benchmark_can_be_started(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    assert "main" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert ast.unparse(tree.body[-1]) == "if __name__ == '__main__':\n    main()"
