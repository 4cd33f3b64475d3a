"""Negatives in the place of those written by hand: another anchor's, or the nearest text that keeps a margin."""

import pytest
import torch

from bertlab.sentence_bert import other_negatives
from bertlab.sentence_bert.other_negatives import NEGATIVES, data, mined, new_encoder, random_negatives
from bertlab.sentence_bert.ranking import cosines
from bertlab.sentence_embeddings.encode import embed


def test_dropout_is_on_and_the_weights_are_the_same_for_each_seed(small):
    encoders = [new_encoder(seed) for seed in (0, 1)]
    start = encoders[0].state_dict()
    assert all(torch.equal(start[name], value) for name, value in encoders[1].state_dict().items())
    config = encoders[0].bert.config
    assert config.hidden_dropout_prob == config.attention_probs_dropout_prob == 0.1


def test_a_random_negative_is_another_anchors(small):
    found = random_negatives(small)
    assert sorted(found.negatives) == sorted(small.negatives)
    assert all(one != own for one, own in zip(found.negatives, small.negatives, strict=True))
    assert (found.anchors, found.positives) == (small.anchors, small.positives)
    assert NEGATIVES["random"]() == found.negatives


def test_no_two_neighbors_of_the_course_share_a_negative():
    train = data()[0]["train"]
    found = random_negatives(train).negatives
    assert all(one not in texts for one, *texts in zip(found, *train.texts, strict=True))


@pytest.mark.parametrize("margin", [0.0, 0.05])
def test_a_mined_negative_is_the_nearest_text_that_keeps_the_margin(small, tokenizer, margin):
    texts, encoder = small.positives + small.negatives, new_encoder(0)
    similar = cosines(*(embed(encoder, tokenizer, list(column)) for column in (small.anchors, texts)))
    for number, negative in enumerate(mined(margin)):
        allowed = [
            other
            for other in range(26)
            if other not in (number, 13 + number) and similar[number, other] <= similar[number, number] - margin
        ]
        best = max(allowed, key=lambda other: similar[number, other]) if allowed else 13 + (number + 1) % 13
        assert negative == texts[best]


def test_where_nothing_keeps_the_margin_another_anchors_negative_serves(small, monkeypatch):
    def embedded(encoder, tokenizer, texts):
        """All texts alike, but for the positives, which are as far from the anchors as can be."""
        vectors = torch.ones(len(texts), 3)
        return vectors if len(texts) == 13 else torch.cat([-vectors[:13], vectors[13:]])

    monkeypatch.setattr(other_negatives, "embed", embedded)
    assert mined(0.05) == random_negatives(small).negatives


def test_settings_mine_with_their_margin(small, monkeypatch):
    monkeypatch.setattr(other_negatives, "mined", lambda margin: (f"margin {margin}",))
    assert [NEGATIVES[name]() for name in ("mined", "mined, margin 0.05")] == [("margin 0.0",), ("margin 0.05",)]
