"""Batches to learn from: of a causal model, and of a BERT that is asked at all rates."""

import pytest
import torch

from bertlab.masked_language_modeling.training import TRAINING
from bertlab.tinyworld import MASK, PAD, Channel, World
from bertlab.why_bert_cannot_generate import batches
from bertlab.why_bert_cannot_generate.batches import all_rates_batch, causal_batch, causal_labels
from tests.docstrings import assert_examples_hold


@pytest.fixture(scope="module")
def world():
    return World.default()


def test_labels_are_the_next_token():
    assert_examples_hold(causal_labels.__doc__, vars(batches) | {"torch": torch})
    assert causal_labels(torch.tensor([[2, 3, 0], [2, 9, 3]])).tolist() == [[3, -100, -100], [9, 3, -100]]


def test_a_causal_batch_is_repeatable_hides_nothing_and_asks_for_every_token_but_cls(world):
    batch, again = causal_batch(world.sentences, 13, seed=4), causal_batch(world.sentences, 13, seed=4)
    assert all(batch[name].equal(again[name]) for name in batch)
    ids = batch["input_ids"]
    assert world.sentences.log_prob(ids).isfinite().all()
    assert ((batch["labels"] != -100).sum(1) == (ids != PAD).sum(1) - 1).all()
    assert batch["attention_mask"].shape == (13, 13, 13)


def test_all_rates_are_in_a_batch(world):
    batch = all_rates_batch(world.sentences, 240, 0, Channel(mask_share=1.0, random_share=0.0))
    shares = (batch["input_ids"] == MASK).sum(1) / (batch["attention_mask"].sum(1) - 2)
    assert shares.reshape(12, 20).mean(1).diff().sum() > 0.7  # from few to nearly all
    assert 0.4 < shares.mean() < 0.6
    assert not batch["input_ids"].equal(all_rates_batch(world.sentences, 240, 1, TRAINING)["input_ids"])
    with pytest.raises(ValueError, match="give a multiple of 12"):
        all_rates_batch(world.sentences, 100, 0, TRAINING)
