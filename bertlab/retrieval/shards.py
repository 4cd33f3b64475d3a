"""Vectors on several machines: each shard finds its k best, and the best of those are the k best of all.

    search_shards(queries, cut(vectors, parts=3), k=10)       # by hand
    merge_shards(vectors, parts=3).search(as_array(queries), 10)  # FAISS

Whoever is among the k best of all is among the k best of its shard: nothing is lost, and only k hits of each shard
travel. Every distributed engine does this; a shard whose own index is approximate loses what that index loses.
"""

from collections.abc import Sequence
from typing import Any

import faiss
import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.retrieval.ann import as_array
from bertlab.retrieval.exact import Hits, top_k


def cut(vectors: Float[Tensor, "texts dim"], parts: int) -> list[Float[Tensor, "part dim"]]:
    """Cut vectors into parts of about the same size, in their order.

    Example: `[len(part) for part in cut(torch.ones(7, 4), parts=3)]` is `[3, 2, 2]`.

    ValueError if a part would be empty.
    """
    if not 1 <= parts <= len(vectors):
        raise ValueError(f"{len(vectors)} vectors cannot be cut into {parts} parts: give 1 to {len(vectors)} parts")
    return list(vectors.tensor_split(parts))


def merge_hits(found: Sequence[Hits], k: int) -> Hits:
    """Make one ranking of what each shard found: side by side, sorted by score, the first k.

    Example: `merge_hits([Hits(torch.tensor([[0.9, 0.2]]), torch.tensor([[4, 1]])), Hits(torch.tensor([[0.5]]),
    torch.tensor([[7]]))], k=2).ids.tolist()` is `[[4, 7]]`.

    The ids must mean the same everywhere. Of equal scores, those of the earlier shard come first. Scores of different
    shards must be comparable: cosines are, BM25's are not while each shard counts its own words. ValueError if k is
    below 1.
    """
    if k < 1:
        raise ValueError(f"k={k}: it must be at least 1")
    scores = torch.cat([hits.scores for hits in found], dim=1)
    ids = torch.cat([hits.ids for hits in found], dim=1)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return Hits(scores[:, :k], ids.gather(1, order[:, :k]))


def search_shards(queries: Float[Tensor, "queries dim"], shards: Sequence[Float[Tensor, "_ dim"]], k: int) -> Hits:
    """Search each shard, and merge. Example: `search_shards(torch.eye(2), cut(torch.eye(2), 2), k=1).ids.tolist()` is
    `[[0], [1]]`.

    A shard numbers its vectors from 0; the sizes of those before it are added, so ids are those before the cut.
    """
    found, first = [], 0
    for shard in shards:
        scores, ids = top_k(queries, shard, k)
        found.append(Hits(scores, ids + first))
        first += len(shard)
    return merge_hits(found, k)


def merge_shards(vectors: Float[Tensor, "texts dim"], parts: int = 2, successive_ids: bool = True) -> faiss.IndexShards:
    """Build a flat index for each part, and one over them that searches all and merges; ids are those of one index.

    Example: `merge_shards(torch.eye(4), parts=2).ntotal` is `4`.

    Args:
        vectors: one for each text, of length 1 for cosines.
        parts: how many shards.
        successive_ids: where ids come from. True: the parts follow one another, each numbers its own from 0, and FAISS
            adds the sizes of those before: nothing is stored, but a shard that grows moves the ids of all after it.
            False: every shard stores the ids of its vectors, which may then lie in any shard; here they are dealt out
            like cards, as an engine deals them by a hash.
    """
    dim = vectors.shape[1]
    shards = faiss.IndexShards(dim)
    shards.successive_ids = successive_ids
    for first, part in enumerate(cut(vectors, parts)):
        index: Any = faiss.IndexFlatIP(dim)
        if successive_ids:
            index.add(as_array(part))
        else:
            dealt = torch.arange(first, len(vectors), parts)
            index = faiss.IndexIDMap(index)
            index.add_with_ids(as_array(vectors[dealt]), dealt.numpy())
        shards.add_shard(index)
    return shards
