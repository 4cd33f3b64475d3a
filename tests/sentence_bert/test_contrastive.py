"""The contrastive loss is the library's with either distance."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import ContrastiveLoss, SiameseDistanceMetric

from bertlab.sentence_bert.contrastive import contrastive_loss, cosine_distance
from bertlab.sentence_bert.triplet import distance
from tests.sentence_bert.given import Given, assert_same, draw, features

SAME = torch.tensor([1, 0, 0, 1, 0, 1, 0])


@pytest.mark.parametrize("margin", [0.5, 1.2])
def test_it_is_the_librarys_loss(margin):
    u, v = draw(2, length=0.5)
    theirs = ContrastiveLoss(Given(), margin=margin)(features(u, v), SAME)
    assert_same(contrastive_loss(u, v, SAME, margin), theirs, [u, v])


def test_with_hadsells_distance_too():
    u, v = draw(2, length=0.5)
    theirs = ContrastiveLoss(Given(), SiameseDistanceMetric.EUCLIDEAN, margin=3.0)
    ours = contrastive_loss(u, v, SAME.bool(), 3.0, between=distance)
    torch.testing.assert_close(ours, theirs(features(u, v), SAME), rtol=1e-5, atol=1e-5)


def test_a_negative_beyond_the_margin_teaches_nothing_and_a_positive_always_does():
    u, v = draw(2)
    apart = cosine_distance(u, v).min().item()
    assert contrastive_loss(u, v, torch.zeros(7, dtype=torch.long), margin=apart / 2).item() == 0
    assert contrastive_loss(u, v, torch.ones(7, dtype=torch.long), margin=apart / 2).item() > 0
    assert contrastive_loss(u, v, torch.zeros(7, dtype=torch.long), margin=2.0).item() > 0


def test_scores_are_refused():
    u, v = draw(2)
    with pytest.raises(ValueError, match="for scores use cosent_loss"):
        contrastive_loss(u, v, torch.tensor([0, 1, 2, 3, 4, 5, 5]))
