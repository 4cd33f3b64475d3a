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
    queries: Float[Tensor, "queries dim"], vectors: Float[Tensor, "texts dim"], k: int, block: int = 8192
) -> Hits:
    """Find the k vectors with the largest inner product with each query.

    Example: `top_k(torch.eye(2), torch.tensor([[3.0, 1.0], [2.0, 5.0]]), k=1).ids.tolist()` is `[[0], [1]]`.

    Vectors are taken in blocks, so that no matrix of all queries and all texts is held. Of equal scores the one of the
    lower number comes first, and if there are fewer than k vectors, all come back. For cosine similarity, give unit
    vectors. ValueError if k is no positive number, or something is not finite.
    """
    if k < 1 or block < 1:
        raise ValueError(f"k={k}, block={block}: both must be at least 1")
    scores = queries.new_empty(len(queries), 0)
    ids = torch.empty(len(queries), 0, dtype=torch.long, device=queries.device)
    total = queries.new_zeros(())
    for start in range(0, len(vectors), block):
        new = queries @ vectors[start : start + block].T  # (queries, block)
        total = total + new.sum()
        numbers = torch.arange(start, start + new.shape[1], device=ids.device)
        if len(queries):  # sorting is slow, so that only what may be a hit of some query takes part
            best = scores if scores.shape[1] == k else new.topk(min(k, new.shape[1])).values
            reaches = (new - best[:, -1:]).amax(dim=0) >= 0
            new, numbers = new[:, reaches], numbers[reaches]
        numbers = numbers.expand_as(new)
        scores, ids = torch.cat([scores, new], dim=1), torch.cat([ids, numbers], dim=1)
        # topk leaves the order of equals open; a stable sort keeps the lower number first
        scores, order = scores.sort(dim=1, descending=True, stable=True)
        scores, ids = scores[:, :k], ids.gather(1, order[:, :k])
    if not total.isfinite():  # NaN and infinity spread, and to look at every vector first would take longer
        check_finite(queries=queries, vectors=vectors)
    return Hits(scores, ids)


def check_finite(**given: Tensor) -> None:
    """Refuse tensors that hold NaN or infinity, by their names. Example: `check_finite(vectors=torch.eye(2))`."""
    for name, values in given.items():
        if not torch.isfinite(values).all():
            raise ValueError(f"{name} hold NaN or infinity, which no ranking can place: see which text made them")
