"""Bits and candidates: Hamming distances by hand, hits rescored as in sentence-transformers."""

import pytest
import torch
from sentence_transformers.util.quantization import quantize_embeddings, semantic_search_faiss

from bertlab.retrieval.binary import BinaryIndex, rescore, to_bits, to_signs
from bertlab.retrieval.exact import top_k
from tests.encoders import assert_close


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(9)
    return torch.randn(7, 24, generator=generator), torch.randn(137, 24, generator=generator)


@pytest.mark.parametrize("dim", [1, 8, 13, 24])
def test_signs_come_back(dim):
    vectors = torch.randn(7, dim, generator=torch.Generator().manual_seed(dim))
    bits = to_bits(vectors)
    assert bits.shape == (7, -(-dim // 8))
    assert_close(to_signs(bits, dim), vectors.sign())


@pytest.mark.parametrize("dim", [13, 24])
def test_distances_are_the_numbers_of_signs_that_differ(data, dim):
    queries, vectors = (side[:, :dim] for side in data)
    found = BinaryIndex(vectors).search(queries, k=9)
    differ = (queries.sign()[:, None] != vectors.sign()[None]).sum(dim=2)
    assert_close(-found.scores, differ.gather(1, found.ids).float())
    assert_close(-found.scores, differ.sort(dim=1).values[:, :9].float())


def test_rescored_hits_are_those_of_sentence_transformers(data):
    queries, vectors = data
    bits = quantize_embeddings(vectors.numpy(), precision="ubinary")
    assert (bits == to_bits(vectors).numpy()).all()
    theirs, *_ = semantic_search_faiss(
        queries.numpy(), corpus_embeddings=bits, corpus_precision="ubinary", top_k=5, rescore_multiplier=4
    )
    found = BinaryIndex(vectors).search(queries, k=5, candidates=20)
    assert found.ids.tolist() == [[hit["corpus_id"] for hit in hits] for hits in theirs]
    assert_close(found.scores, torch.einsum("qd,qkd->qk", queries, vectors.sign()[found.ids]))


def test_with_all_candidates_and_the_vectors_themselves_the_search_is_exact(data):
    queries, vectors = data
    exact = top_k(queries, vectors, k=6)
    found = BinaryIndex(vectors).search(queries, k=6, candidates=999, vectors=vectors)
    assert found.ids.tolist() == exact.ids.tolist()
    assert_close(found.scores, exact.scores)


def test_a_second_look_finds_more(data):
    queries, vectors = data
    exact = top_k(queries, vectors, k=5).ids
    index = BinaryIndex(vectors)
    looks = [{}, {"candidates": 40}, {"candidates": 40, "vectors": vectors}]
    found = [index.search(queries, 5, **look).ids for look in looks]
    shares = [(exact[:, :, None] == ids[:, None]).any(2).float().mean() for ids in found]
    assert shares[0] < shares[1] < shares[2]


def test_rescoring_keeps_the_order_of_equals():
    found = rescore(torch.ones(1, 2), torch.tensor([[3, 0, 2]]), torch.tensor([[[0.0, 1], [1, 0], [2, 0]]]), k=3)
    assert found.ids.tolist() == [[2, 3, 0]]
