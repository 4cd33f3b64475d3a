"""Softmax over (u, v, |u - v|) is the library's, its linear layer included."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import SoftmaxLoss

from bertlab.sentence_bert.classification import PairClassifier, pair_features
from tests.sentence_bert.given import HIDDEN, Given, assert_same, draw, features

LABELS = torch.tensor([0, 2, 1, 2, 2, 0, 1])


@pytest.mark.parametrize("product", [False, True])
def test_it_is_the_librarys_loss(product):
    u, v = draw(2)
    ours = PairClassifier(HIDDEN, 3, product)
    theirs = SoftmaxLoss(Given(), HIDDEN, 3, concatenation_sent_multiplication=product)
    theirs.classifier.load_state_dict(ours.linear.state_dict())
    assert_same(ours.loss(u, v, LABELS), theirs(features(u, v), LABELS), [u, v])
    assert ours(u, v).shape == (7, 3)


def test_the_linear_layer_is_trained_as_the_librarys():
    u, v = draw(2)
    ours, theirs = PairClassifier(HIDDEN, 3), SoftmaxLoss(Given(), HIDDEN, 3)
    theirs.classifier.load_state_dict(ours.linear.state_dict())
    ours.loss(u, v, LABELS).backward()
    theirs(features(u, v), LABELS).backward()
    torch.testing.assert_close(ours.linear.weight.grad, theirs.classifier.weight.grad)
    assert ours.linear.weight.grad.abs().max() > 0


def test_only_the_difference_is_the_same_for_both_orders():
    u, v = draw(2)
    one, other = pair_features(u, v, product=True), pair_features(v, u, product=True)
    assert one.shape == (7, 4 * HIDDEN)
    torch.testing.assert_close(one[:, 2 * HIDDEN :], other[:, 2 * HIDDEN :])
    assert not torch.equal(one[:, :HIDDEN], other[:, :HIDDEN])


def test_equal_texts_have_no_difference():
    [u] = draw(1)
    assert pair_features(u, u)[:, 2 * HIDDEN :].abs().max() == 0
