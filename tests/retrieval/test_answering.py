"""What is read is the right passage or the first hits, and the surest answer of all that was read is scored."""

from types import SimpleNamespace

import pytest
import torch

from bertlab.retrieval import answering
from bertlab.retrieval.answering import READ, measure_answers, passages_read
from bertlab.retrieval.collection import Collection, Question
from bertlab.retrieval.passages import Passage
from bertlab.token_classification.answer_windows import Prediction

PASSAGES = tuple(Passage(f"p{n}", "S", f"T{n}", text) for n, text in enumerate(["The Nile.", "The Rhine.", "The Po."]))
QUESTIONS = (
    Question("a", "shared", "Longest?", ("p0",), "Nile"),
    Question("b", "shared", "In Cologne?", ("p1",), "Rhine"),
    Question("c", "none", "On Mars?", (), ""),
)
FOUND = {
    "p0": Prediction("Nile", 4, 1.0, 0.0),
    "p1": Prediction("The", 0, 2.0, 0.0),
    "p2": Prediction("Po", 4, 9.0, 8.5),
}


@pytest.fixture(autouse=True)
def world(monkeypatch):
    """Each question finds the passage after its own first, then that one."""
    vectors = dict(zip([q.question for q in QUESTIONS], torch.eye(3), strict=True))
    vectors |= {f"T{n}. {p.text}": torch.tensor([[0.5, 0.1, 0.9], [0.9, 0.5, 0.1], [0.1, 0.9, 0.5]])[n]
                for n, p in enumerate(PASSAGES)}  # fmt: skip
    monkeypatch.setattr(answering, "load_collection", lambda: Collection(PASSAGES, QUESTIONS))
    monkeypatch.setattr(answering, "sentence_encoder", lambda: (None, None))
    monkeypatch.setattr(
        answering, "embed", lambda model, tokenizer, texts, normalize: torch.stack([vectors[t] for t in texts])
    )
    monkeypatch.setattr(answering, "finder", lambda seed: SimpleNamespace(seed=seed))
    monkeypatch.setattr(answering, "predictions", lambda run, asked: [FOUND[q.id.split()[1]] for q in asked])


def test_what_is_read():
    assert [[p.id for p in row] for row in passages_read(QUESTIONS[:2], 0)] == [["p0"], ["p1"]]
    assert [[p.id for p in row] for row in passages_read(QUESTIONS[:2], 2)] == [["p1", "p0"], ["p2", "p1"]]


def test_the_right_passage_holds_all_answers():
    assert measure_answers("right passage", 0) == {"F1": 0.5, "exact match": 0.5, "held": 1.0}


def test_the_first_hit_is_a_wrong_one_here():
    assert measure_answers("first hit", 0) == {"F1": 0.0, "exact match": 0.0, "held": 0.0}


def test_of_several_passages_the_surest_answers(monkeypatch):
    found = measure_answers("three hits", 0)
    assert found == {"F1": 0.0, "exact match": 0.0, "held": 1.0}  # "The", of p1, is the surest: 2 above its null
    monkeypatch.setitem(FOUND, "p1", Prediction("Rhine", 4, 2.0, 0.0))
    assert measure_answers("three hits", 0)["exact match"] == 0.5


def test_names():
    assert list(READ.values()) == [0, 1, 3, 10]
