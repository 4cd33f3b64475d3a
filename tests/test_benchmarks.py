"""Each benchmark can be listed and started; what it measures takes too long for a test."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import attention_views, encode, flat_search, in_batch_training
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


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_exact_search_is_held_against_the_faster_faiss(capsys):
    flat_search.report({"ours": 800.0, "FAISS as it comes": 100.0, "FAISS with matrices": 1000.0})
    found = last_line(capsys)
    assert (found["peer"], found["ratio"], found["ratio_as_it_comes"]) == (1000, 0.8, 8.0)


def test_encode_is_measured_on_short_and_long_texts(tokenizer, capsys):
    texts = encode.mixed_texts()
    lengths = [len(ids) for ids in tokenizer(texts)["input_ids"]]
    assert min(lengths) == 3
    assert 200 < max(lengths) <= encode.LONGEST
    assert texts == encode.mixed_texts()
    encode.report({"ours": 2.0, "encode as it comes": 3.0, "encode, 8 at once": 2.5}, texts=37)
    assert (found := last_line(capsys))["ratio"] == 1.5
    assert found["ratio_8_at_once"] == 1.25


def test_in_batch_training_compares_the_losses(capsys):
    ours, peer = in_batch_training.Found(2.0, [1.5, 0.7]), in_batch_training.Found(3.0, [1.5, 0.7])
    in_batch_training.report([(ours, peer), (ours, peer)])
    assert last_line(capsys)["ratio"] == 1.5
    with pytest.raises(AssertionError, match="not close"):
        in_batch_training.report([(ours, peer._replace(losses=[1.5, 0.8]))])
