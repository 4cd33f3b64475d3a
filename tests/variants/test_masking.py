"""Static and dynamic masking: counted on real maskings, and against all sets written out."""

from itertools import product

import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.tinyworld import MASK, World
from bertlab.variants.masking import (
    DUPE_FACTOR,
    asked_share,
    count_distinct,
    expected_asked,
    expected_distinct,
    maskings,
)

EPOCHS, TEXTS = 40, 300


def draw(length, dupe_factor, seed, epochs=EPOCHS, rate=0.15):
    """A sentence of so many ordinary tokens between [CLS] and [SEP], masked for each epoch."""
    ids = torch.tensor([2, *range(5, 5 + length), 3])
    generator = torch.Generator().manual_seed(seed)
    found = maskings(ids, ids < 5, epochs, dupe_factor, mask_token_id=4, vocab_size=101, rate=rate, generator=generator)
    return ids, *found


@pytest.mark.parametrize(
    ("length", "draws", "rate"), [(1, 3, 0.15), (4, 7, 0.15), (5, 2, 0.4), (3, 5, 0.0), (3, 5, 1.0)]
)
def test_the_closed_form_equals_the_sum_over_all_sets(length, draws, rate):
    sets = [
        torch.tensor([rate if chosen else 1 - rate for chosen in one]).double().prod()
        for one in product([0, 1], repeat=length)
    ]
    expected = sum(1 - (1 - chance) ** draws for chance in sets)
    assert expected_distinct(length, draws, rate) == pytest.approx(float(expected))


@pytest.mark.parametrize("length", [3, 7, 13, 37])
@pytest.mark.parametrize("dupe_factor", [DUPE_FACTOR, None], ids=["static", "dynamic"])
def test_real_maskings_are_as_many_as_expected(length, dupe_factor):
    counts = torch.tensor([float(count_distinct(draw(length, dupe_factor, seed)[2])) for seed in range(TEXTS)])
    expected = expected_distinct(length, dupe_factor or EPOCHS)
    error = max(counts.std().item(), 0.1) / TEXTS**0.5
    assert abs(counts.mean().item() - expected) < 4 * error


@pytest.mark.parametrize("dupe_factor", [DUPE_FACTOR, None], ids=["static", "dynamic"])
def test_real_maskings_ask_for_as_many_tokens_as_expected(dupe_factor):
    shares = []
    for seed in range(TEXTS):
        ids, _, labels = draw(23, dupe_factor, seed)
        shares.append(asked_share(labels, ids < 5))
    expected = expected_asked(dupe_factor or EPOCHS)
    assert abs(sum(shares) / TEXTS - expected) < 4 * (expected * (1 - expected) / (23 * TEXTS)) ** 0.5


def test_static_ones_come_back_four_times_in_forty_epochs_and_never_anew():
    _, corrupted, labels = draw(37, DUPE_FACTOR, seed=0)
    for epoch in range(DUPE_FACTOR, EPOCHS):
        assert torch.equal(corrupted[epoch], corrupted[epoch - DUPE_FACTOR])
        assert torch.equal(labels[epoch], labels[epoch - DUPE_FACTOR])
    assert count_distinct(labels) == DUPE_FACTOR
    assert count_distinct(draw(37, None, seed=0)[2]) >= 39
    assert expected_distinct(37, DUPE_FACTOR) == pytest.approx(10, abs=0.1)


def test_in_fewer_epochs_than_maskings_both_are_the_same():
    assert torch.equal(
        torch.stack(draw(13, None, 5, epochs=7)[1:]), torch.stack(draw(13, DUPE_FACTOR, 5, epochs=7)[1:])
    )


def test_a_fifth_of_the_tokens_is_never_asked_for():
    assert 1 - expected_asked(DUPE_FACTOR) == pytest.approx(0.197, abs=0.001)
    assert 1 - expected_asked(EPOCHS) == pytest.approx(0.0015, abs=0.0001)


def test_a_short_sentence_has_few_sets_and_often_the_empty_one():
    assert expected_distinct(3, EPOCHS) < 6 < 2**3
    empty = [(draw(3, None, seed)[2] == IGNORED).all(1).double().mean() for seed in range(TEXTS)]
    assert abs(torch.stack(empty).mean() - 0.85**3) < 0.02


def test_long_sentences_lose_no_precision():
    assert expected_distinct(510, EPOCHS) == pytest.approx(EPOCHS)
    assert expected_distinct(40, 10**6) < 10**6


def test_special_tokens_are_never_asked_for_and_a_seed_repeats():
    world = World.default()
    ids = world.encode(["the dog sleeps ."])[0]
    options = {"mask_token_id": MASK, "vocab_size": len(world.words), "rate": 1.0}
    _, labels = maskings(ids, ids < MASK, 7, None, **options)
    assert torch.equal(labels, torch.where(ids < MASK, IGNORED, ids).expand(7, -1))
    assert torch.equal(draw(13, None, 3)[1], draw(13, None, 3)[1])
    assert not torch.equal(draw(13, None, 3)[1], draw(13, None, 4)[1])


@pytest.mark.parametrize(("epochs", "dupe_factor"), [(0, 10), (3, -1)])
def test_no_epochs_or_no_maskings_are_refused(epochs, dupe_factor):
    with pytest.raises(ValueError, match="at least one of each"):
        draw(3, dupe_factor, 0, epochs=epochs)
