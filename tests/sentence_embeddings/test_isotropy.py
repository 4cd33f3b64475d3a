"""Spread over directions: random pairs against all pairs, whitening against scikit-learn's."""

import pytest
import torch
from sklearn.decomposition import PCA

from bertlab.sentence_embeddings.isotropy import fit_mean, fit_whitening, mean_cosine
from bertlab.sentence_embeddings.similarity import cosine
from tests.encoders import assert_close
from tests.sentence_embeddings.toys import draw

SCALES = torch.linspace(0.1, 3, 13)


def make_cone(rows, seed=0):
    """Vectors with a large common part, long in some dimensions and short in others, all of which correlate."""
    turn = torch.linalg.qr(draw(13, 13, seed=99)).Q
    return 7 + (draw(rows, 13, seed=seed) * SCALES) @ turn


def all_pairs(vectors):
    found = cosine(vectors, vectors)
    return found[~torch.eye(len(vectors), dtype=torch.bool)].mean().item()


def test_random_pairs_are_close_to_all_pairs():
    vectors = make_cone(37)
    assert mean_cosine(vectors, 20_000) == pytest.approx(all_pairs(vectors), abs=2e-3)
    assert mean_cosine(vectors) > 0.9
    assert mean_cosine(vectors, 13, seed=1) == mean_cosine(vectors, 13, seed=1) != mean_cosine(vectors, 13, seed=2)


def test_no_vector_is_paired_with_itself():
    assert mean_cosine(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])) == -1
    assert mean_cosine(torch.eye(7)) == 0
    with pytest.raises(ValueError, match="10000 pairs of 1 vectors: give at least two"):
        mean_cosine(torch.eye(1))
    with pytest.raises(ValueError, match="ask for at least one pair"):
        mean_cosine(torch.eye(2), pairs=0)


def test_the_mean_of_some_is_taken_off_others():
    train, test = make_cone(37), make_cone(7, seed=1)
    assert_close(fit_mean(train)(test), test - train.mean(0))
    assert mean_cosine(fit_mean(train)(test)) < 0.5 < mean_cosine(test)


def test_whitened_vectors_do_not_correlate_and_have_variance_one():
    train = make_cone(101)
    whitened = fit_whitening(train, epsilon=0.0)(train)
    assert_close(whitened.mean(0), torch.zeros(13), atol=1e-4)
    assert_close(torch.cov(whitened.T), torch.eye(13), atol=1e-3)
    assert (torch.cov(train.T) - torch.eye(13)).abs().max() > 1


@pytest.mark.parametrize("dims", [3, 13])
def test_others_are_whitened_as_by_scikit_learn(dims):
    train, test = make_cone(101), make_cone(7, seed=1)
    ours = fit_whitening(train, dims, epsilon=0.0)(test)
    theirs = torch.tensor(PCA(dims, whiten=True).fit(train.double().numpy()).transform(test.double().numpy())).float()
    assert ours.shape == (7, dims)
    assert_close(ours.abs(), theirs.abs(), rtol=1e-3, atol=1e-3)  # either sign of a direction is right
    assert_close(cosine(ours, ours), cosine(theirs, theirs), rtol=1e-3, atol=1e-3)


def test_with_few_vectors_only_directions_in_which_they_differ_are_kept():
    train, test = make_cone(7), make_cone(5, seed=1)
    spread = fit_whitening(train)
    assert spread(test).shape == (5, 6)
    assert spread(test).abs().max() < 100
    assert_close(torch.cov(spread(train).T), torch.eye(6), atol=1e-2)
    for dims in (0, 7):
        with pytest.raises(ValueError, match=f"{dims} dims of 7 vectors of size 13: give at most as many dims as size"):
            fit_whitening(train, dims)
    with pytest.raises(ValueError, match="more vectors than dims"):
        fit_whitening(train[:1])


def test_epsilon_holds_small_variances_back_whatever_the_scale():
    train = make_cone(101)
    held = fit_whitening(train, epsilon=0.1)(train)
    assert held.var(0)[-1] < 0.5 < 0.9 < held.var(0)[0] < 1
    assert_close(fit_whitening(1000 * train, epsilon=0.1)(1000 * train).abs(), held.abs(), atol=1e-2, rtol=1e-2)
