"""Each benchmark can be listed and started; what it measures takes too long for a test."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import attention_views
from benchmarks.__main__ import describe

FOLDER = Path(__file__).parent.parent / "benchmarks"


def test_the_list_names_every_benchmark():
    run = [sys.executable, "-m", "benchmarks"]
    printed = subprocess.run(run, cwd=FOLDER.parent, capture_output=True, text=True, check=True).stdout
    assert {"attention_views", "pretraining", "tokenization_widget"} <= set(describe())
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


def test_the_attention_views_are_compared_at_64_tokens():
    sizes = {"explorer": 500_000, "stock head view": 27_000_000, "our head view": 900_000}
    found = {(64, name): (2.0 if name == "explorer" else 7.0, size) for name, size in sizes.items()}
    assert attention_views.report(found) == {
        **{"name": "attention_views", "unit": "s", "ours": 2.0, "peer": 7.0, "ratio": 3.5, "goal": 5},
        **{"bytes_ratio": 54.0, "bytes_goal": 50, "frame_bytes_ratio": 30.0, "frame_bytes_goal": 20},
    }
