"""Similarities are the library's, and on unit vectors all rank alike."""

import pytest
import torch
from sentence_transformers import util
from torch.nn import functional

from bertlab.sentence_embeddings import similarity
from bertlab.sentence_embeddings.similarity import cosine, dot, euclidean, normalize, pairwise_euclidean
from tests.encoders import assert_close
from tests.sentence_embeddings.toys import draw

A, B = draw(7), 3 * draw(13, seed=1)


@pytest.mark.parametrize(
    ("name", "theirs", "sign"),
    [("cosine", "cos_sim", 1), ("dot", "dot_score", 1), ("euclidean", "euclidean_sim", -1)],
)
def test_each_with_each_and_pair_by_pair_as_in_the_library(name, theirs, sign):
    ours = getattr(similarity, name)(A, B)
    assert ours.shape == (7, 13)
    assert_close(ours, sign * getattr(util, theirs)(A, B))
    pairs = getattr(similarity, f"pairwise_{name}")(A, B[:7])
    assert_close(pairs, ours[:, :7].diagonal())
    assert_close(pairs, sign * getattr(util, f"pairwise_{theirs}")(A, B[:7]))


def test_to_unit_length():
    vectors = torch.stack([A, 1e-3 * A, 1e6 * A])
    assert_close(normalize(vectors), functional.normalize(vectors, dim=-1))
    assert_close(normalize(A), util.normalize_embeddings(A))
    assert_close(normalize(vectors).norm(dim=-1), torch.ones(3, 7))


def test_a_vector_of_zeros_has_no_direction():
    zeros = torch.zeros(2, 12)
    assert normalize(zeros).abs().max() == 0
    assert cosine(zeros, A).abs().max() == 0


def test_dot_prefers_the_long_vector():
    query, texts = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    assert dot(query, texts).argmax().item() == 1
    assert cosine(query, texts).argmax().item() == euclidean(query, texts).argmin().item() == 0


def test_on_unit_vectors_the_squared_distance_is_two_less_twice_the_cosine():
    a, b = normalize(A), normalize(B)
    assert_close(euclidean(a, b) ** 2, 2 - 2 * cosine(A, B))
    assert_close(dot(a, b), cosine(A, B))
    assert (euclidean(a, b).argsort(1) == cosine(A, B).argsort(1, descending=True)).all()
    assert (euclidean(A, B).argsort(1) != cosine(A, B).argsort(1, descending=True)).any()


def test_equal_vectors_have_no_distance():
    a = 1e3 + draw(7)  # ‖a‖² + ‖b‖² - 2ab would find some
    assert euclidean(a, a).diagonal().tolist() == pairwise_euclidean(a, a).tolist() == [0] * 7
    assert euclidean(a[:0], a).shape == (0, 7)


def test_gradients_pass():
    a = A.clone().requires_grad_()
    euclidean(a, B).sum().backward()
    other = A.clone().requires_grad_()
    torch.cdist(other, B).sum().backward()
    assert_close(a.grad, other.grad)
