"""Hard negatives are the most similar candidates that are neither right nor too close, as a plain loop finds them."""

import pytest
import torch

from bertlab.sentence_bert.mining import HardNegative, mine_hard_negatives

SIMILARITIES = torch.tensor([[0.9, 0.88, 0.8, 0.6, 0.95], [0.1, 0.5, 0.4, 0.45, 0.5]])
RELEVANT = torch.tensor([[1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]).bool()


def numbers(found, anchor):
    return [negative.candidate for negative in found if negative.anchor == anchor]


def loop(similarities, relevant, count, margin, share, skipped):
    """The same without tensors."""
    found = []
    for anchor, row in enumerate(similarities.tolist()):
        right = relevant[anchor].tolist()
        positive = min(value for value, is_right in zip(row, right, strict=True) if is_right)
        limit = min(positive - margin, positive - (1 - share) * abs(positive))
        fit = [number for number, value in enumerate(row) if not right[number] and value <= limit]
        best = sorted(fit, key=lambda number: (-row[number], number))[skipped : skipped + count]
        found += [(anchor, number) for number in best]
    return found


def test_the_most_similar_ones_that_are_no_more_similar_than_the_positive():
    assert mine_hard_negatives(SIMILARITIES, RELEVANT)[0] == HardNegative(0, 1, pytest.approx(0.88))
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=9), 0) == [1, 2, 3]
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=9), 1) == [4, 3, 2, 0]


def test_a_margin_and_a_share_leave_out_what_is_too_close():
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=9, margin=0.05), 0) == [2, 3]
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=9, share=0.95), 0) == [2, 3]
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=9, share=0.85), 0) == [3]
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=9, share=0.85), 1) == [2, 0]
    assert mine_hard_negatives(SIMILARITIES, RELEVANT, margin=5.0) == []


def test_some_of_the_most_similar_can_be_passed_over():
    assert numbers(mine_hard_negatives(SIMILARITIES, RELEVANT, count=1, skipped=1), 0) == [2]


@pytest.mark.parametrize("options", [(3, 0.0, 1.0, 0), (2, 0.1, 1.0, 1), (37, 0.0, 0.9, 0), (4, 0.2, 0.7, 2)])
def test_it_is_the_plain_loop(options):
    generator = torch.Generator().manual_seed(0)
    similarities = torch.randn(13, 37, generator=generator, dtype=torch.double).round(decimals=1)  # with ties
    relevant = torch.rand(13, 37, generator=generator) < 0.1
    relevant[:, 5] = True
    found = mine_hard_negatives(similarities, relevant, *options)
    assert [(negative.anchor, negative.candidate) for negative in found] == loop(similarities, relevant, *options)
    assert found


def test_of_several_positives_the_least_similar_sets_the_limit():
    relevant = RELEVANT.clone()
    relevant[0, 3] = True
    assert numbers(mine_hard_negatives(SIMILARITIES, relevant, count=9), 0) == []


def test_a_positive_below_zero_still_leaves_out_what_is_closer():
    similarities = torch.tensor([[-0.5, -0.52, -0.6]])
    found = mine_hard_negatives(similarities, torch.tensor([[True, False, False]]), count=9, share=0.9)
    assert numbers(found, 0) == [2]


def test_what_cannot_be_mined_is_refused():
    with pytest.raises(ValueError, match="anchor 1 has no relevant candidate"):
        mine_hard_negatives(SIMILARITIES, RELEVANT & (torch.arange(2) < 1)[:, None])
    for wrong in ({"count": 0}, {"margin": -1.0}, {"share": 1.5}, {"skipped": -1}):
        with pytest.raises(ValueError, match="share lies between 0 and 1"):
            mine_hard_negatives(SIMILARITIES, RELEVANT, **wrong)
