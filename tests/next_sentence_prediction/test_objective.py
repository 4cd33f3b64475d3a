"""The head reads [CLS] by way of the pooler, losses are cross-entropies over pairs, and batches are what they say."""

import math

import pytest
import torch
from torch.testing import assert_close
from transformers import BertForPreTraining

from bertlab import checkpoint
from bertlab.masked_language_modeling.training import mlm_batch
from bertlab.next_sentence_prediction.objective import (
    POSITIONS,
    doubt,
    follows,
    next_sentence_logits,
    nsp_accuracy,
    nsp_batch,
    nsp_loss,
    nsp_training,
    pretraining_batch,
    pretraining_loss,
)
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import MASK, PAD, SEP, Channel, World, next_sentence_posterior
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


def test_half_of_a_pretraining_batch_are_pairs_and_half_single_sentences(world):
    batch = pretraining_batch(world, 14, seed=0, negatives="other topic")
    separators = (batch["input_ids"] == SEP).sum(1)
    assert (separators >= 1).all()
    assert (separators[:7] >= 2).all()
    assert set(batch["next_labels"][:7].tolist()) == {0, 1}
    assert batch["next_labels"][7:].tolist() == [-100] * 7
    selected = batch["labels"] != -100
    assert selected.any()
    assert (batch["labels"][selected] > MASK).all()
    assert not selected[batch["attention_mask"] == 0].any()
    assert (batch["token_type_ids"][7:] == 0).all()


def test_without_negatives_all_pairs_are_whole(world):
    batch = pretraining_batch(world, 64, seed=0, negatives=None)
    assert batch["next_labels"].tolist() == [0] * 32 + [-100] * 32
    original = torch.where(batch["labels"] == -100, batch["input_ids"], batch["labels"])[:32]
    assert world.discourses.log_prob(original).isfinite().all()


def test_the_same_pairs_are_read_with_and_without_the_loss(world, small):
    batch = pretraining_batch(world, 14, seed=4, negatives="other topic")
    with torch.no_grad():
        together = pretraining_loss(small, batch, with_next=True)
        apart = pretraining_loss(small, batch, with_next=False) + nsp_loss(small, batch)
    assert_close(together, apart)


def test_padding_is_read_by_nobody(world, small):
    batch = pretraining_batch(world, 14, seed=4, negatives="other topic")
    assert (batch["input_ids"][batch["attention_mask"] == 0] == PAD).all()
    with torch.no_grad():
        before = pretraining_loss(small, batch, with_next=True)
        batch["input_ids"][batch["attention_mask"] == 0] = 7
        assert_close(pretraining_loss(small, batch, with_next=True), before)


@pytest.mark.parametrize("negatives", ["other topic", "same topic", "same template"])
def test_who_reads_every_word_doubts_as_much_as_the_ideal_judge(world, negatives):
    batch = nsp_batch(world, 37, seed=8, negatives=negatives)
    batch["labels"] = torch.full_like(batch["input_ids"], -100)
    found = doubt(world, batch, negatives, Channel(rate=0.0))
    assert_close(found, 1 - next_sentence_posterior(world, batch["input_ids"], negatives))


def test_hidden_words_leave_more_doubt(world):
    some, most = (
        doubt(world, mlm_batch(world.discourses, 200, 3, channel), "other topic", channel).mean()
        for channel in (Channel(), Channel(rate=0.9))
    )
    assert 0 < some < 0.02 < most < 0.6


def test_what_cannot_be_halved_or_doubted_is_refused(world):
    with pytest.raises(ValueError, match="give an even number"):
        pretraining_batch(world, 7, seed=0, negatives=None)
    with pytest.raises(ValueError, match="choose other topic"):
        doubt(world, mlm_batch(world.discourses, 7, 0), "swapped", Channel())
