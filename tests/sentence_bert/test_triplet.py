"""The Euclidean triplet loss is the library's, the squared one is FaceNet's, and they differ as their file says."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import TripletLoss
from torch.nn.functional import normalize, triplet_margin_loss

from bertlab.sentence_bert.triplet import distance, squared_triplet_loss, triplet_loss
from tests.sentence_bert.given import Given, assert_same, draw, features


@pytest.mark.parametrize("margin", [0.3, 1.0, 5.0])
def test_it_is_the_librarys_loss(margin):
    columns = draw(3)
    theirs = TripletLoss(Given(), triplet_margin=margin)(features(*columns), torch.empty(0))
    assert_same(triplet_loss(*columns, margin=margin), theirs, columns)
    assert triplet_loss(*columns, margin=margin).item() == pytest.approx(
        triplet_margin_loss(*columns, margin=margin).item(), rel=1e-4
    )


def test_satisfied_triplets_teach_nothing():
    anchors, negatives = draw(2, length=10)
    for loss in (triplet_loss, squared_triplet_loss):
        value = loss(anchors, anchors + 0.1, negatives)
        value.backward()
        assert value.item() == 0
        assert anchors.grad.abs().max() == 0


def test_equal_texts_have_a_gradient_that_is_a_number():
    anchors, negatives = draw(2)
    triplet_loss(anchors, anchors.detach().clone(), negatives, margin=50.0).backward()
    assert anchors.grad.isfinite().all()
    assert anchors.grad.abs().max() > 0


def test_the_squared_form_by_hand_and_in_cosines():
    a, p, n = (normalize(column, dim=1) for column in draw(3))
    cosine_form = (2 * (a * n).sum(1) - 2 * (a * p).sum(1) + 0.2).relu().mean()
    torch.testing.assert_close(squared_triplet_loss(a, p, n, margin=0.2), cosine_form)
    assert cosine_form > 0


def test_one_pulls_with_the_same_force_and_the_other_the_farther_the_harder():
    def pull(loss, apart):
        anchor = torch.zeros(1, 2)
        positive = torch.tensor([[apart, 0.0]], requires_grad=True)
        loss(anchor, positive, torch.tensor([[0.0, 1.0]]), margin=5.0).backward()
        return positive.grad.norm().item()

    assert [pull(triplet_loss, apart) for apart in (0.5, 2.0, 8.0)] == pytest.approx([1, 1, 1])
    assert [pull(squared_triplet_loss, apart) for apart in (0.5, 2.0, 8.0)] == pytest.approx([1, 4, 16])


def test_a_triplet_may_violate_the_one_margin_and_not_the_other():
    anchor, positive, negative = torch.zeros(1, 1), torch.tensor([[3.0]]), torch.tensor([[3.5]])
    assert triplet_loss(anchor, positive, negative, margin=1.0).item() == pytest.approx(0.5)
    assert squared_triplet_loss(anchor, positive, negative, margin=1.0).item() == 0


def test_on_vectors_of_length_one_a_margin_of_five_is_always_violated():
    a, n = (normalize(column, dim=1) for column in draw(2))
    assert triplet_loss(a, a, n, margin=5.0) >= 3
    assert triplet_loss(a, a, -a, margin=5.0).item() == pytest.approx(3)
    assert distance(a, -a).tolist() == pytest.approx([2] * 7)
