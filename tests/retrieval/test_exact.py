"""Exact search: FAISS's hits and scores, blocks of any size, ties, and what cannot be ranked."""

import faiss
import pytest
import torch

from bertlab.retrieval.exact import top_k
from tests.encoders import assert_close


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(3)
    return torch.randn(7, 13, generator=generator), torch.randn(137, 13, generator=generator)


@pytest.mark.parametrize("block", [1, 10, 64, 137, 4096])
def test_the_hits_of_a_flat_index(data, block):
    queries, vectors = data
    index = faiss.IndexFlatIP(13)
    index.add(vectors.numpy())
    scores, ids = index.search(queries.numpy(), 11)
    found = top_k(queries, vectors, k=11, block=block)
    assert found.ids.tolist() == ids.tolist()
    assert_close(found.scores, torch.from_numpy(scores))


@pytest.mark.parametrize("block", [2, 5, 100])
def test_of_equal_scores_the_lower_number_comes_first(block):
    vectors = torch.tensor([[1.0], [2.0], [1.0], [2.0], [0.0], [2.0], [1.0]])
    assert top_k(torch.tensor([[1.0], [-1.0]]), vectors, k=5, block=block).ids.tolist() == [
        [1, 3, 5, 0, 2],
        [4, 0, 2, 6, 1],
    ]


@pytest.mark.parametrize("block", [3, 17, 8192])
def test_many_equal_scores_across_blocks(block):
    generator = torch.Generator().manual_seed(5)
    queries, vectors = (torch.randint(-1, 2, (count, 3), generator=generator).float() for count in (7, 137))
    scores, ids = (queries @ vectors.T).sort(dim=1, descending=True, stable=True)
    found = top_k(queries, vectors, k=13, block=block)
    assert found.ids.tolist() == ids[:, :13].tolist()
    assert found.scores.tolist() == scores[:, :13].tolist()


@pytest.mark.parametrize("step", [-1, 1])
def test_vectors_that_lie_in_the_order_of_their_scores(step):
    vectors = torch.arange(1.0, 38.0)[:, None]
    vectors = vectors if step == 1 else vectors.flip(0)
    found = top_k(torch.ones(1, 1), vectors, k=5, block=4)
    assert found.scores.tolist() == [[37, 36, 35, 34, 33]]
    assert found.ids.tolist() == [[36, 35, 34, 33, 32] if step == 1 else [0, 1, 2, 3, 4]]


def test_fewer_vectors_than_asked_for(data):
    queries, vectors = data
    found = top_k(queries, vectors[:4], k=9)
    assert found.scores.shape == found.ids.shape == (7, 4)
    assert sorted(found.ids[0].tolist()) == [0, 1, 2, 3]
    assert top_k(queries, vectors[:0], k=9).ids.shape == (7, 0)
    assert top_k(queries[:0], vectors, k=9).ids.shape == (0, 9)


def test_what_cannot_be_ranked_is_refused(data):
    queries, vectors = data
    vectors[5, 2] = torch.nan
    with pytest.raises(ValueError, match="vectors hold NaN"):
        top_k(queries, vectors, k=3)
    with pytest.raises(ValueError, match="queries hold NaN or infinity"):
        top_k(torch.full((1, 13), -torch.inf), vectors[:5], k=3)
    with pytest.raises(ValueError, match="at least 1"):
        top_k(queries, vectors, k=0)
