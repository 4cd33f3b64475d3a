"""The head reads [CLS] by way of the pooler, losses are cross-entropies over pairs, and batches are what they say."""

import math

import pytest
import torch
from torch.testing import assert_close
from transformers import BertForPreTraining

from bertlab import checkpoint
from bertlab.next_sentence_prediction.objective import (
    POSITIONS,
    follows,
    next_sentence_logits,
    nsp_accuracy,
    nsp_batch,
    nsp_loss,
    nsp_training,
    refuse_what_is_not_in_pairs,
)
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import SEP, World
from bertlab.tinyworld.next_sentence import halves

PAIRS = [("It rained.", "We stayed in."), ("The river rose all night.", "Owls."), ("One.", "Two is more than one.")]


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture(scope="module")
def small(world):
    return small_bert(world.discourses, seed=1, positions=POSITIONS).eval()


@pytest.fixture(scope="module")
def embedded():
    return BertForPreTraining.from_pretrained(checkpoint()).eval()


def test_logits_equal_the_librarys(embedded, tokenizer):
    inputs = dict(tokenizer(*PAIRS[0], return_tensors="pt"))
    with torch.no_grad():
        assert_close(next_sentence_logits(embedded, inputs), embedded(**inputs).seq_relationship_logits)


def test_pairs_in_batches_get_what_each_gets_alone(embedded, tokenizer):
    many = PAIRS * 13  # more than go through the model at a time
    found = follows(many, embedded, tokenizer)
    assert found.shape == (39,)
    for number, pair in enumerate(PAIRS):
        alone = embedded(**tokenizer(*pair, return_tensors="pt")).seq_relationship_logits.softmax(1)[0, 0]
        assert_close(found[number::3], alone.detach().expand(13), rtol=1e-4, atol=1e-5)
    assert follows([], embedded, tokenizer).shape == (0,)


@pytest.mark.parametrize("pairs", ["It rained.", ("It rained.", "We stayed in."), [("Alone.",)]])
def test_texts_that_are_not_in_pairs_are_refused(pairs):
    with pytest.raises(TypeError, match="give a list of pairs"):
        refuse_what_is_not_in_pairs(pairs)


def test_a_pair_longer_than_the_model_is_cut(embedded, tokenizer):
    assert 0 < follows([("word " * 700, "Next.")], embedded, tokenizer).item() < 1


@pytest.mark.parametrize("negatives", ["other topic", "swapped"])
def test_a_batch_is_pairs_and_labels(world, negatives):
    batch = nsp_batch(world, 13, seed=5, negatives=negatives)
    assert batch["next_labels"].shape == (13,)
    assert set(batch["next_labels"].tolist()) == {0, 1}
    assert (batch["input_ids"] == SEP).sum(1).tolist() == [2] * 13
    assert batch["token_type_ids"].max() == 1
    possible = world.discourses.log_prob(batch["input_ids"]).isfinite()
    assert possible[batch["next_labels"] == 0].all()
    again = nsp_batch(world, 13, seed=5, negatives=negatives)
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    assert not torch.equal(batch["input_ids"], nsp_batch(world, 13, 6, negatives)["input_ids"])


def test_the_longest_pair_just_fits(world):
    first, second = halves(world.discourses)
    assert first.lengths.max() + second.lengths.max() - 1 == POSITIONS  # one [CLS] for both


def test_the_loss_is_minus_log_of_the_labels_share(world, small):
    batch = nsp_batch(world, 7, seed=3, negatives="same topic")
    with torch.no_grad():
        shares = next_sentence_logits(small, {k: v for k, v in batch.items() if k != "next_labels"}).softmax(1)
        by_hand = [-math.log(shares[row, label]) for row, label in enumerate(batch["next_labels"].tolist())]
        assert nsp_loss(small, batch).item() == pytest.approx(sum(by_hand) / 7, rel=1e-5)
        batch["next_labels"][2:] = -100
        assert nsp_loss(small, batch).item() == pytest.approx(sum(by_hand[:2]) / 2, rel=1e-5)


def test_accuracy_counts_pairs_that_are_judged_rightly(world, small):
    batch = nsp_batch(world, 37, seed=3, negatives="same topic")
    with torch.no_grad():
        small.cls["seq_relationship"].bias.copy_(torch.tensor([50.0, 0.0]))  # always says "follows"
        assert nsp_accuracy(small, batch) == (batch["next_labels"] == 0).double().mean().item()
        small.cls["seq_relationship"].bias.zero_()


def test_training_brings_the_loss_down(world):
    training = nsp_training(world, "swapped", seed=2, steps=90)
    for _ in training:
        pass
    losses = [loss for _, loss in training.losses]
    assert sum(losses[-10:]) < sum(losses[:10]) / 1.5
