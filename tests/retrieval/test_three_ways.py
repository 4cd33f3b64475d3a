"""What is trained on is not searched; a shift changes no prediction; each kind is measured before and after."""

import pytest
import torch
from transformers import AutoModelForMaskedLM

from bertlab.retrieval import three_ways
from bertlab.retrieval.collection import Collection, Question, load_collection
from bertlab.retrieval.passages import Passage
from bertlab.retrieval.three_ways import NAMES, asked_of_passages, figures, measure_way, shift, titled, trained
from bertlab.sentence_bert.triples import Triples
from tests import small_checkpoint
from tests.encoders import assert_close

PASSAGES = [Passage(f"p{number}", "S", f"T{number}", f"Word {number} of {7 * number}.") for number in range(13)]
QUESTIONS = [Question(f"q{n}", "shared", f"Which word is {n}?", (f"p{n}",), "Word", "test") for n in range(5)]


@pytest.fixture
def small(tmp_path, monkeypatch, tokenizer):
    folder = small_checkpoint.save(tmp_path / "mlm", "BertForMaskedLM", initializer_range=0.2)
    monkeypatch.setattr(three_ways, "checkpoint", lambda name: str(folder))
    monkeypatch.setattr(three_ways, "tokenizer", lambda: tokenizer)
    monkeypatch.setattr(three_ways, "load_collection", lambda: Collection(tuple(PASSAGES), tuple(QUESTIONS)))
    pairs = Triples(tuple(q.question for q in QUESTIONS), tuple(map(titled, PASSAGES[:5])))
    monkeypatch.setattr(three_ways, "asked_of_passages", lambda: pairs)
    return folder


def test_nothing_that_is_searched_is_trained_on():
    pairs, collection = asked_of_passages(), load_collection()
    assert len(pairs) > 200
    assert not set(pairs.positives) & set(map(titled, collection.passages))
    assert not set(pairs.anchors) & {question.question for question in collection.questions}
    assert pairs.negatives == ()


def test_a_shift_changes_logits_and_no_prediction(small, tokenizer):
    model = AutoModelForMaskedLM.from_pretrained(small).eval()
    inputs = tokenizer(["A word."], return_tensors="pt")
    with torch.inference_mode():
        before = model(**inputs).logits
        shift(model, 6.0)
        after = model(**inputs).logits
    assert_close(after, before + 6)
    assert_close(after.softmax(-1), before.softmax(-1))


@pytest.mark.parametrize("kind", ["dense", "sparse", "late"])
def test_training_changes_what_is_measured(small, kind):
    before, after = measure_way(f"{kind}, untrained", 0), measure_way(f"{kind}, trained", 0)
    assert before.keys() == after.keys() >= {"nDCG@10, all", "nDCG@10, shared", "recall@10, all", "numbers per passage"}
    assert ("numbers per question" in before) == (kind == "sparse")
    assert measure_way(f"{kind}, trained", 0) == after
    assert measure_way(f"{kind}, untrained", 1) == before


def test_each_seed_draws_anew(small):
    models = [trained("dense", seed) for seed in (0, 1)]
    weights = [model.get_parameter("bert.encoder.layer.0.output.dense.weight") for model in models]
    assert not torch.equal(*weights)


def test_a_search_that_ranks_right_is_worth_1(small, monkeypatch):
    eye = torch.eye(13)
    monkeypatch.setattr(
        three_ways,
        "searched",
        lambda kind, model, split: (
            three_ways.Represented("dense", eye[:5]),
            three_ways.Represented("dense", eye),
        ),
    )
    found = figures("dense", None)
    assert found["nDCG@10, all"] == found["nDCG@10, shared"] == found["recall@10, all"] == 1
    assert found["numbers per passage"] == 13


def test_names():
    assert NAMES[:2] == ("dense, untrained", "dense, trained")
    assert len(NAMES) == 7


def test_shifted_is_what_training_begins_with(small):
    shifted, untrained = measure_way("sparse, shifted", 0), measure_way("sparse, untrained", 0)
    assert shifted["numbers per passage"] > untrained["numbers per passage"]
