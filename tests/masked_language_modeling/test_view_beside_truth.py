"""The truth beside a model: both are distributions, their distance is a KL, and a slip of the pen gets an answer."""

import math

import pytest
import torch

from bertlab.masked_language_modeling.view_beside_truth import as_text, compare, live_beside_truth
from bertlab.models import hooked
from bertlab.small_bert.model import model_inputs, small_bert
from bertlab.tinyworld import MASK, World, posterior

SPANISH = "people in [MASK] speak spanish ."


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture(scope="module")
def model(world):
    return small_bert(world.sentences).eval()


def test_both_distributions_and_their_distance(world, model):
    (rows, divergence), *others = compare(SPANISH, model, world)
    assert others == []
    ids = world.encode([SPANISH])
    truth = posterior(world.sentences, ids, ids == MASK)[0]
    guess = model(**model_inputs(ids)).prediction_logits[0, 3].detach().double().softmax(0)
    found = {word: (true, guessed) for word, true, guessed in rows}
    assert {word: found[word][0] for word in ("spain", "peru", "cuba")} == pytest.approx(
        {"spain": 0.5, "peru": 0.25, "cuba": 0.25}
    )
    assert found["spain"][1] == pytest.approx(guess[world.words.index("spain")].item(), rel=1e-4)
    expected = torch.nn.functional.kl_div(guess.log(), truth, reduction="sum").item()
    assert divergence == pytest.approx(expected, rel=1e-4)
    assert divergence > 1


def test_a_model_that_knows_the_truth_is_at_no_distance(world, model):
    ids = world.encode([SPANISH])
    truth = posterior(world.sentences, ids, ids == MASK)[0].clamp(min=1e-12).log().float()

    def know(head, given, logits):
        return truth.expand(len(logits), -1)

    with hooked([model.cls.predictions], after=know):
        assert math.isclose(compare(SPANISH, model, world)[0].divergence, 0, abs_tol=1e-5)


def test_the_widget_answers_each_change_and_explains_what_it_cannot_read(world, model):
    widget = live_beside_truth(model, world)
    assert widget.answer["columns"] == compare(SPANISH, model, world)
    widget.text = "the unicorn [MASK] ."
    assert widget.answer["summary"] == "Try another sentence: not in this world: unicorn."
    widget.text = "the the [MASK] ."
    assert widget.answer["summary"].startswith("Try another sentence: sentence 0")
    widget.text = "the dog sleeps ."
    assert widget.answer["summary"].startswith("Type [MASK] where")
    widget.text = "the [MASK] [MASK] ."
    assert len(widget.answer["columns"]) == 2


def test_the_text_form_has_truth_and_model(world, model):
    text = repr(live_beside_truth(model, world))
    assert text.startswith(f"{SPANISH}\nspain")
    assert "truth  50.0%" in text
    assert text.splitlines()[-1].startswith("KL(truth || model) = ")
    assert as_text([]) == ""
