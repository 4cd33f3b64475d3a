"""CoSENT is the library's; only the order of the scores counts."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import CoSENTLoss

from bertlab.sentence_bert.cosent import cosent_loss
from tests.sentence_bert.given import Given, assert_same, draw, features

SCORES = torch.tensor([0.0, 5.0, 2.5, 2.5, 1.0, 5.0, 0.5])


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_it_is_the_librarys_loss(scale):
    u, v = draw(2)
    assert_same(cosent_loss(u, v, SCORES, scale), CoSENTLoss(Given(), scale)(features(u, v), SCORES), [u, v])


def test_only_the_order_of_scores_counts():
    u, v = draw(2)
    assert torch.equal(cosent_loss(u, v, SCORES), cosent_loss(u, v, SCORES**3 - 100))
    assert not torch.equal(cosent_loss(u, v, SCORES), cosent_loss(u, v, -SCORES))


def test_two_pairs_by_hand():
    u = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    v = torch.tensor([[0.6, 0.8], [0.8, 0.6]])  # cosines 0.6 and 0.8
    right, wrong = cosent_loss(u, v, torch.tensor([1, 2]), 10.0), cosent_loss(u, v, torch.tensor([2, 1]), 10.0)
    torch.testing.assert_close(right, torch.tensor(-2.0).exp().log1p())
    torch.testing.assert_close(wrong, torch.tensor(2.0).exp().log1p())


def test_equal_scores_ask_for_nothing():
    u, v = draw(2)
    loss = cosent_loss(u, v, torch.ones(7))
    loss.backward()
    assert loss.item() == 0
    assert u.grad.abs().max() == 0
