"""Multiple negatives ranking is the library's, in both directions and with hard negatives; repeated texts stay out."""

import math

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.util import cos_sim
from torch.nn.functional import cross_entropy

from bertlab.sentence_bert.ranking import cosines, own_cross_entropy, ranking_loss, repeated
from tests.sentence_bert.given import Given, assert_same, draw, features

BOTH = {"directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction"}
NO_LABELS = torch.empty(0)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("columns", [2, 3, 4])
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_it_is_the_librarys_loss(columns, symmetric, scale):
    vectors = draw(columns, length=2)
    anchors, positives, *negatives = vectors
    theirs = MultipleNegativesRankingLoss(Given(), scale, **(BOTH if symmetric else {}))
    hard = torch.cat(negatives) if negatives else None
    ours = ranking_loss(anchors, positives, hard, scale=scale, symmetric=symmetric)
    assert_same(ours, theirs(features(*vectors), NO_LABELS), vectors)


def test_cosines_are_the_librarys():
    a, b = draw(1)[0], draw(1, rows=37, seed=1)[0]
    assert cosines(a, b).shape == (7, 37)
    torch.testing.assert_close(cosines(a, b), cos_sim(a, b))


def test_it_is_a_cross_entropy_with_the_own_row_as_the_class():
    scores = torch.randn(7, 13, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(own_cross_entropy(scores), cross_entropy(scores, torch.arange(7)))
    assert own_cross_entropy(torch.zeros(7, 13)).item() == pytest.approx(math.log(13))


def test_the_symmetric_form_does_not_care_which_column_comes_first():
    a, b = draw(2)
    torch.testing.assert_close(ranking_loss(a, b, symmetric=True), ranking_loss(b, a, symmetric=True))
    assert not torch.allclose(ranking_loss(a, b), ranking_loss(b, a))


def test_a_batch_of_one_teaches_nothing_without_a_hard_negative():
    a, b, c = draw(3, rows=1)
    assert ranking_loss(a, b).item() == pytest.approx(0, abs=1e-6)
    assert ranking_loss(a, b, c).item() > 1e-3


def test_what_is_excluded_takes_no_part():
    anchors, positives = draw(2)
    excluded = torch.zeros(7, 7, dtype=torch.bool)
    excluded[:3, 3:] = excluded[3:, :3] = True  # two batches of 3 and 4, told apart
    parts = 3 * ranking_loss(anchors[:3], positives[:3]) + 4 * ranking_loss(anchors[3:], positives[3:])
    for symmetric in (False, True):
        together = ranking_loss(anchors, positives, symmetric=symmetric, excluded=excluded)
        if not symmetric:
            torch.testing.assert_close(together, parts / 7)
        together.backward()
    assert anchors.grad.isfinite().all()


def test_the_own_positive_cannot_be_excluded():
    anchors, positives = draw(2)
    with pytest.raises(ValueError, match="leave the diagonal of `excluded` False"):
        ranking_loss(anchors, positives, excluded=torch.eye(7, dtype=torch.bool))


def test_repeated_texts_are_found_in_both_columns_and_among_negatives():
    mask = repeated(["a", "b", "c", "x"], ["x", "y", "y", "z"], ["b", "n", "x"])
    assert mask.int().tolist() == [
        [0, 0, 0, 1, 0, 0, 1],
        [0, 0, 1, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 1],
    ]
    anchors, positives = draw(2, rows=4)
    [negatives] = draw(1, rows=3, seed=1)
    assert ranking_loss(anchors, positives, negatives, excluded=mask) < ranking_loss(anchors, positives, negatives)
