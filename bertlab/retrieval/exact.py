"""Exact search: compare every query with every vector and keep the k best."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Hits(NamedTuple):
    """What a search found: for each query the scores, best first, and the numbers of the vectors they belong to.

    Example: `Hits(torch.tensor([[0.9, 0.2]]), torch.tensor([[7, 3]])).ids.tolist()` is `[[7, 3]]`.
    """

    scores: Float[Tensor, "queries k"]
    ids: Int[Tensor, "queries k"]


def top_k(
    queries: Float[Tensor, "queries dim"], vectors: Float[Tensor, "texts dim"], k: int, block: int = 4096
) -> Hits:
    """Find the k vectors with the largest inner product with each query.

    Example: `top_k(torch.eye(2), torch.tensor([[3.0, 1.0], [2.0, 5.0]]), k=1).ids.tolist()` is `[[0], [1]]`.

    Vectors are taken in blocks, so that no matrix of all queries and all texts is held. Of equal scores the one of the
    lower number comes first, and if there are fewer than k vectors, all come back. For cosine similarity, give unit
    vectors. ValueError if k is no positive number, or something is not finite.
    """
    if k < 1 or block < 1:
        raise ValueError(f"k={k}, block={block}: both must be at least 1")
    for name, given in (("queries", queries), ("vectors", vectors)):
        if not torch.isfinite(given).all():
            raise ValueError(f"{name} hold NaN or infinity, which no ranking can place: see which text made them")
    scores = queries.new_empty(len(queries), 0)
    ids = torch.empty(len(queries), 0, dtype=torch.long, device=queries.device)
    for start in range(0, len(vectors), block):
        new = queries @ vectors[start : start + block].T  # (queries, block)
        numbers = torch.arange(start, start + new.shape[1], device=ids.device).expand_as(new)
        scores, ids = torch.cat([scores, new], dim=1), torch.cat([ids, numbers], dim=1)
        # topk leaves the order of equals open; a stable sort keeps the lower number first
        scores, order = scores.sort(dim=1, descending=True, stable=True)
        scores, ids = scores[:, :k], ids.gather(1, order[:, :k])
    return Hits(scores, ids)
