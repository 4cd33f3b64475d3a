"""Pairs that belong together, or do not: together at distance 0, apart at least a margin away.

Hadsell et al. 2006 (CVPR, eq. 4), where the label is 1 for pairs that do *not* belong together; here, as in the
library, 1 is for those that do. Each pair is judged alone: a negative beyond the margin teaches nothing.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Vectors = Float[Tensor, "batch hidden"]


def cosine_distance(u: Vectors, v: Vectors) -> Float[Tensor, " batch"]:
    """Return 1 - cosine, from 0 to 2.

    Example: `cosine_distance(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]]))` is `[1.0]`.
    """
    return 1 - torch.cosine_similarity(u, v, dim=1)


def contrastive_loss(
    u: Vectors,
    v: Vectors,
    same: Bool[Tensor, " batch"] | Int[Tensor, " batch"],
    margin: float = 0.5,
    between: Callable[[Tensor, Tensor], Tensor] = cosine_distance,
) -> Float[Tensor, ""]:
    """Return the mean of d² / 2 for pairs that belong together and max(0, margin - d)² / 2 for the others.

    Example: `contrastive_loss(u, v, torch.tensor([1, 0, 1]))`, Hadsell's with `between=triplet.distance`.

    ValueError for a label that is neither 0 nor 1.
    """
    if not ((same == 0) | (same == 1)).all():
        raise ValueError("labels must be 1 for pairs that belong together and 0 for others: for scores use cosent_loss")
    apart = between(u, v)
    return torch.where(same.bool(), apart.square(), (margin - apart).relu().square()).mean() / 2
