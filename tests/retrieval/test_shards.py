"""Shards find what one index finds, by FAISS and by hand, whichever way ids are given."""

import pytest
import torch

from bertlab.retrieval.ann import as_array, build_index, unit
from bertlab.retrieval.exact import Hits, top_k
from bertlab.retrieval.shards import cut, merge_hits, merge_shards, search_shards
from tests.encoders import assert_close


@pytest.fixture(scope="module")
def data():
    generator = torch.Generator().manual_seed(3)
    return unit(torch.randn(13, 37, generator=generator)), unit(torch.randn(211, 37, generator=generator))


@pytest.mark.parametrize("successive_ids", [True, False])
@pytest.mark.parametrize("parts", [1, 2, 7])
def test_faiss_and_by_hand_find_what_one_flat_index_finds(data, parts, successive_ids):
    queries, vectors = data
    flat = build_index("flat", vectors).search(queries, 7)
    shards = merge_shards(vectors, parts, successive_ids)
    scores, ids = (torch.from_numpy(found) for found in shards.search(as_array(queries), 7))
    by_hand = search_shards(queries, cut(vectors, parts), 7)
    assert ids.tolist() == by_hand.ids.tolist() == flat.ids.tolist() == top_k(queries, vectors, 7).ids.tolist()
    assert_close(scores, flat.scores)
    assert_close(by_hand.scores, flat.scores)
    assert (shards.count(), shards.ntotal) == (parts, 211)


def test_a_shard_may_hold_fewer_than_k(data):
    queries, vectors = data
    exact = top_k(queries, vectors[:11], 9)
    by_hand = search_shards(queries, cut(vectors[:11], 4), 9)
    assert by_hand.ids.tolist() == exact.ids.tolist()
    assert merge_shards(vectors[:11], 4).search(as_array(queries), 9)[1].tolist() == exact.ids.tolist()
    assert search_shards(queries, cut(vectors[:11], 4), 20).ids.shape == (13, 11)


def test_fewer_than_k_of_each_shard_are_not_enough(data):
    queries, vectors = data
    found = [top_k(queries, shard, 2) for shard in cut(vectors, 2)]
    found[1] = Hits(found[1].scores, found[1].ids + 106)
    assert merge_hits(found, 4).ids.tolist() != top_k(queries, vectors, 4).ids.tolist()


def test_of_equal_scores_the_lower_number_comes_first():
    vectors = torch.ones(7, 4)
    queries = torch.ones(3, 4)
    assert search_shards(queries, cut(vectors, 3), 5).ids.tolist() == [[0, 1, 2, 3, 4]] * 3


def test_a_shard_that_grows_moves_the_ids_after_it_unless_they_are_stored(data):
    _, vectors = data
    shards = merge_shards(vectors[:10], 2)
    assert shards.search(as_array(vectors[7:8]), 1)[1].item() == 7
    shards.at(0).add(as_array(vectors[20:23]))
    shards.syncWithSubIndexes()
    assert shards.search(as_array(vectors[7:8]), 1)[1].item() == 10
    stored = merge_shards(vectors[:10], 2, successive_ids=False)
    stored.at(0).add_with_ids(as_array(vectors[20:23]), torch.tensor([20, 21, 22]).numpy())
    stored.syncWithSubIndexes()
    assert stored.search(as_array(vectors[[7, 21]]), 1)[1].tolist() == [[7], [21]]


def test_a_cut_loses_nothing_and_leaves_no_part_empty():
    vectors = torch.arange(26.0).view(13, 2)
    assert torch.equal(torch.cat(cut(vectors, 5)), vectors)
    assert [len(part) for part in cut(vectors, 5)] == [3, 3, 3, 2, 2]
    for parts in (0, 14):
        with pytest.raises(ValueError, match=f"13 vectors cannot be cut into {parts} parts: give 1 to 13"):
            merge_shards(vectors, parts)


def test_k_must_be_a_number_of_hits():
    with pytest.raises(ValueError, match="k=0: it must be at least 1"):
        merge_hits([Hits(torch.ones(1, 2), torch.ones(1, 2).long())], 0)
