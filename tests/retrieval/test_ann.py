"""Indexes by name: how much of the exact hits each finds, cosine made explicit, and what cannot be built."""

import pytest
import torch

from bertlab.retrieval.ann import KINDS, Sizes, build_index, share_found, unit
from bertlab.retrieval.exact import top_k
from tests.encoders import assert_close


@pytest.fixture(scope="module")
def data():
    """Vectors in clusters, as those of texts are, whose lengths differ a lot."""
    generator = torch.Generator().manual_seed(8)
    centers = torch.randn(9, 32, generator=generator)
    vectors = centers[torch.randint(9, (700,), generator=generator)] + torch.randn(700, 32, generator=generator)
    vectors *= torch.rand(700, 1, generator=generator) * 5 + 0.1
    return torch.randn(13, 32, generator=generator) + centers[torch.arange(13) % 9], vectors


SIZES = Sizes(clusters=16, probes=4, parts=16, bits=6)
FLOORS = {"flat": 1.0, "ivf": 0.7, "hnsw": 0.9, "pq": 0.5, "sq8": 0.9, "binary": 0.3}


@pytest.mark.parametrize("kind", KINDS)
def test_most_of_the_exact_hits_are_found(data, kind):
    queries, vectors = data
    exact = top_k(unit(queries), unit(vectors), k=10)
    index = build_index(kind, vectors, sizes=SIZES)
    found = index.search(queries, k=10)
    assert found.ids.shape == (13, 10)
    assert FLOORS[kind] <= share_found(found.ids, exact.ids) <= 1
    assert share_found(found.ids, top_k(unit(queries), unit(vectors.flip(0)), k=10).ids) < 0.2  # those of other vectors


def test_a_flat_index_is_exact_with_and_without_cosine(data):
    queries, vectors = data
    for cosine, exact in [(True, top_k(unit(queries), unit(vectors), 7)), (False, top_k(queries, vectors, 7))]:
        found = build_index("flat", vectors, cosine).search(queries, k=7)
        assert found.ids.tolist() == exact.ids.tolist()
        assert_close(found.scores, exact.scores)


def test_without_cosine_the_longest_vectors_win(data):
    queries, vectors = data
    cosine, product = (build_index("flat", vectors, cosine).search(queries, k=5).ids for cosine in (True, False))
    assert vectors[product].norm(dim=2).mean() > 1.3 * vectors[cosine].norm(dim=2).mean()


def test_what_is_given_is_not_changed(data):
    queries, vectors = data[0].clone(), data[1].clone()
    build_index("ivf", vectors, sizes=SIZES).search(queries, k=3)
    assert torch.equal(queries, data[0])
    assert torch.equal(vectors, data[1])


def test_more_effort_finds_more(data):
    queries, vectors = data
    exact = top_k(unit(queries), unit(vectors), k=10).ids

    def found(kind, **sizes):
        return share_found(build_index(kind, vectors, sizes=Sizes(**sizes)).search(queries, k=10).ids, exact)

    assert found("ivf", probes=1) < found("ivf", probes=16) == 1
    assert found("pq", bits=4) < found("pq", bits=8)
    assert found("binary", candidates=1) < found("binary", candidates=10)
    assert found("hnsw", neighbors=2, effort=10) < found("hnsw", neighbors=16, effort=200)


def test_smaller_vectors_make_a_smaller_index(data):
    sizes = {kind: build_index(kind, data[1], sizes=SIZES).bytes for kind in KINDS}
    assert 700 * 32 * 4 <= sizes["flat"] < 700 * 32 * 4 + 1000
    assert 700 * 4 <= sizes["binary"] < 700 * 4 + 1000
    assert sizes["binary"] < sizes["pq"] < sizes["sq8"] < sizes["flat"] < sizes["ivf"] < sizes["hnsw"]


def test_share_found():
    found, exact = torch.tensor([[1, 2, -1], [7, 8, 9]]), torch.tensor([[2, 3, 4], [9, 7, 8]])
    assert share_found(found, exact) == pytest.approx(4 / 6)


def test_a_vector_of_zeros_stays_so():
    assert unit(torch.tensor([[0.0, 0.0], [0.0, 5.0]])).tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("kind", "count", "message"),
    [
        ("tree", 50, "no index 'tree': take one of flat, ivf"),
        ("ivf", 15, '15 vectors are too few for "ivf", which needs 16: take fewer clusters, or take "flat"'),
        ("pq", 255, '255 vectors are too few for "pq", which needs 256: take fewer bits, or take "flat"'),
        ("flat", 0, "0 vectors are too few"),
    ],
)
def test_what_cannot_be_built_is_refused(kind, count, message):
    with pytest.raises(ValueError, match=message):
        build_index(kind, torch.ones(count, 32))


def test_parts_must_divide_the_dimensions_and_numbers_be_finite():
    with pytest.raises(ValueError, match="30 dimensions cannot be cut into 16 equal parts: take parts that divide 30"):
        build_index("pq", torch.ones(300, 30))
    with pytest.raises(ValueError, match="NaN or infinity"):
        build_index("flat", torch.full((3, 4), torch.inf))
    with pytest.raises(ValueError, match="2 bits for each part: FAISS takes 4 to 12"):
        build_index("pq", torch.ones(300, 32), sizes=Sizes(bits=2))


def test_just_enough_vectors_to_train_give_no_warning(capfd):
    vectors = torch.randn(16, 32, generator=torch.Generator().manual_seed(2))
    for kind in ("ivf", "pq"):
        index = build_index(kind, vectors, sizes=Sizes(clusters=16, probes=16, parts=8, bits=4))
        assert index.search(vectors, k=1).ids[:, 0].tolist() == list(range(16))
    assert capfd.readouterr() == ("", "")
