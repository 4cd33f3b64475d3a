"""Notebooks run with any BERT: here a cased one of 12 layers and heads, fresh from its initialization.

What depends on the checkpoint runs, from top to bottom; what trains in the tiny world is left to nbval.
"""

import json
import os

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from transformers import BertConfig, BertForPreTraining, BertTokenizer

from bertlab.checkpoints import EMBEDDED
from bertlab.constants import NOTEBOOKS, SPECIAL_TOKENS
from bertlab.course import COURSE
from tests.slices import affected

PIECES, ROWS = 28_996, 29_000
"""As many pieces as bert-base-cased has, and a few more rows of embeddings, as checkpoints are often padded to."""


def make_vocabulary() -> dict[str, int]:
    """A cased vocabulary: pieces of the uncased one, and whole words once more with a capital."""
    known = json.loads((EMBEDDED / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    pieces = [piece for piece in known if not piece.startswith("[")]
    capitals = [piece.capitalize() for piece in pieces if piece.isascii() and piece.isalpha()]
    chosen = dict.fromkeys([*SPECIAL_TOKENS, *pieces[:20_000], *capitals])
    return {piece: number for number, piece in enumerate(list(chosen)[:PIECES])}


@pytest.fixture(scope="session")
def random_bert(tmp_path_factory):
    """The folder of the checkpoint."""
    folder = tmp_path_factory.mktemp("random-bert-cased")
    sizes = {"hidden_size": 48, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 64}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertForPreTraining(BertConfig(vocab_size=ROWS, **sizes)).save_pretrained(folder)
    BertTokenizer(vocab=make_vocabulary(), do_lower_case=False).save_pretrained(folder)
    return folder


def uses_checkpoint(source: str) -> bool:
    return "bertlab.checkpoint(" in source


def test_the_vocabulary_is_cased_and_of_the_right_size():
    vocabulary = make_vocabulary()
    assert len(vocabulary) == PIECES
    assert {"[MASK]", "paris", "Paris", "##ing"} <= set(vocabulary)


@pytest.mark.parametrize("name", [notebook.filename for notebook in COURSE])
def test_a_notebook_runs_with_it(name, random_bert, monkeypatch):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", str(random_bert))
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    chosen = affected([cell.source for cell in code], uses_checkpoint)
    assert chosen
    notebook.cells = [code[number] for number in chosen]
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=None, kernel_name="python3", resources=where).execute(env=dict(os.environ))
