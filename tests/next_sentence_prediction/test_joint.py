"""Batches of pairs and single sentences with gaps, the sum of both losses, and what an ideal reader doubts."""

import pytest
import torch
from torch.testing import assert_close
from transformers import BertConfig, BertForPreTraining

from bertlab.masked_language_modeling.training import mlm_batch
from bertlab.next_sentence_prediction.joint import doubt, pretraining_batch, pretraining_loss, without_torn
from bertlab.next_sentence_prediction.objective import INPUTS, POSITIONS, nsp_batch, nsp_loss
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import MASK, PAD, SEP, Channel, World, next_sentence_posterior


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture(scope="module")
def small(world):
    return small_bert(world.discourses, seed=1, positions=POSITIONS).eval()


def test_the_sum_of_both_losses_is_the_librarys(world):
    config = BertConfig(
        vocab_size=len(world.words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=37,
        max_position_embeddings=POSITIONS,
    )
    torch.manual_seed(3)
    model = BertForPreTraining(config).eval()
    batch = pretraining_batch(world, 14, seed=4, negatives="other topic")
    inputs = {name: batch[name] for name in INPUTS}
    with torch.no_grad():
        library = model(**inputs, labels=batch["labels"], next_sentence_label=batch["next_labels"]).loss
        assert_close(pretraining_loss(model, batch, with_next=True), library)


def test_leaving_the_torn_out_changes_nothing_else(world):
    batch = pretraining_batch(world, 64, seed=5, negatives="other topic")
    left = without_torn(batch)
    kept = [number for number, label in enumerate(batch["next_labels"].tolist()) if label != 1]
    assert 32 < len(kept) < 64
    assert set(left) == set(batch)
    for name, tensor in left.items():
        assert torch.equal(tensor, batch[name][kept]), name


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
