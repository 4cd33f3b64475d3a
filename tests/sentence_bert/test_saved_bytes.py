"""What autograd keeps, counted: a product by hand, views once, weights not at all, nothing after the way back."""

import gc

import pytest
import torch
from torch import nn

from bertlab.sentence_bert.gradcache import cached_backward
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.saved_bytes import SavedBytes, saved_bytes
from tests.sentence_bert.given import gradients, make_batch, make_encoder

FLOAT = 4


@pytest.fixture
def nothing():
    """A model without weights."""
    return nn.Identity()


def test_a_product_keeps_both_its_factors(nothing):
    a, b = torch.randn(7, 13, requires_grad=True), torch.randn(13, 37, requires_grad=True)
    with saved_bytes(nothing) as kept:
        product = a @ b
        assert kept.now == kept.most == FLOAT * (7 * 13 + 13 * 37)
        product.sum().backward()
    assert kept.now == 0
    assert kept.most == FLOAT * (7 * 13 + 13 * 37)


def test_a_factor_without_gradient_is_kept_alone(nothing):
    a, b = torch.randn(7, 13, requires_grad=True), torch.randn(13, 37)
    with saved_bytes(nothing) as kept:
        product = a @ b
        assert kept.now == FLOAT * 13 * 37  # a's gradient takes b; nobody asks for b's, which takes a
    del product
    assert kept.now == 0


def test_views_share_a_storage_which_counts_once(nothing):
    x = torch.randn(7, 7, requires_grad=True)
    with saved_bytes(nothing) as kept:
        total = (x @ x.T).sum() + (x[:3] @ x[3:6].T).sum()
        assert kept.now == FLOAT * 7 * 7
        total.backward()
    assert kept.now == 0


def test_results_are_freed_though_their_own_node_keeps_them(nothing):
    x = torch.randn(7, 13, requires_grad=True)
    with saved_bytes(nothing) as kept:
        y = x.exp()  # its gradient is the result itself
        assert kept.now == FLOAT * 7 * 13
        y.sum().backward()
        assert kept.now == 0
        z = x.exp()
        del z
        gc.collect()
    assert kept.now == 0


def test_weights_do_not_count_and_what_stands_before_them_does():
    layer = nn.Linear(13, 37)
    x = torch.randn(7, 13, requires_grad=True)
    with saved_bytes(layer) as kept:
        result = layer(x)
        assert kept.now == FLOAT * 7 * 13
    with saved_bytes(nn.Identity()) as all_of_it:
        again = layer(x)
        assert all_of_it.now == FLOAT * (7 * 13 + 13 * 37)
    assert torch.equal(result, again)


def test_a_retained_graph_still_counts(nothing):
    x = torch.randn(7, 13, requires_grad=True)
    with saved_bytes(nothing) as kept:
        total = (x * x).sum()
        total.backward(retain_graph=True)
        assert kept.now == FLOAT * 7 * 13
        total.backward()
        assert kept.now == 0


def test_the_most_is_that_of_one_moment_not_of_all_together(nothing):
    x = torch.randn(7, 13, requires_grad=True)
    with saved_bytes(nothing) as kept:
        for _ in range(3):
            (x * x).sum().backward()
    assert kept.most == FLOAT * 7 * 13


def test_an_address_that_is_used_again_counts_again():
    counted = SavedBytes()
    for count in (13, 37, 7):
        kept = counted.keep(torch.ones(count))
        assert counted.now == FLOAT * count
        del kept
        assert counted.now == 0
    assert counted.most == FLOAT * 37


def test_gradients_are_the_same_with_and_without_counting():
    plain, counted = make_encoder(), make_encoder()
    batch = make_batch()
    plain(**batch).square().sum().backward()
    with saved_bytes(counted) as kept:
        counted(**batch).square().sum().backward()
    assert kept.now == 0 < kept.most
    for name, gradient in gradients(plain).items():
        assert torch.equal(gradient, gradients(counted)[name]), name


def test_chunks_need_less_than_the_whole_batch():
    encoder, columns = make_encoder(), [make_batch(rows=16, seed=seed) for seed in (0, 1)]
    with saved_bytes(encoder) as whole:
        ranking_loss(*(encoder(**column) for column in columns)).backward()
    with saved_bytes(encoder) as chunked:
        cached_backward(encoder, columns, ranking_loss, 2)
    assert whole.now == chunked.now == 0
    assert chunked.most < whole.most / 4
