"""Matryoshka: the first numbers of a vector are to serve alone, so that an index may keep fewer of them.

Kusupati et al. 2022 (arXiv:2205.13147, section 3). The same loss is taken on several truncations and summed.
"""

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize


def truncate(vectors: Float[Tensor, "*batch hidden"], size: int) -> Float[Tensor, "*batch size"]:
    """Keep the first numbers of each vector and make it of length 1 again.

    Example: `truncate(torch.tensor([[0.0, 2.0, 7.0]]), 2)` is `[[0.0, 1.0]]`.

    ValueError if the vectors are not that wide.
    """
    if not 1 <= size <= vectors.shape[-1]:
        raise ValueError(f"{size} numbers cannot be kept of {vectors.shape[-1]}: choose from 1 to {vectors.shape[-1]}")
    return normalize(vectors[..., :size], dim=-1)


def matryoshka_loss(
    loss: Callable[..., Tensor],
    columns: Sequence[Tensor],
    sizes: Sequence[int],
    weights: Sequence[float] | None = None,
) -> Float[Tensor, ""]:
    """Return the weighted sum of a loss over truncations of all columns.

    Example: `matryoshka_loss(ranking_loss, [anchors, positives], sizes=[256, 64, 16])`

    Truncated vectors have length 1, as the library's: a margin for longer ones no longer fits. `PairClassifier` has a
    fixed width and cannot be used. Name the full width among the sizes, or it is not trained.

    Args:
        loss: takes the columns; bind whatever else it takes: `lambda u, v: cosent_loss(u, v, scores)`.
        columns: vectors of the same width.
        sizes: how many numbers to keep.
        weights: one for each size; None for 1 each.

    Raises:
        ValueError: a size is wider than the vectors, or there is none, or the weights do not fit.
    """
    weights = [1.0] * len(sizes) if weights is None else weights
    if not sizes or len(weights) != len(sizes):
        raise ValueError(f"{len(sizes)} sizes and {len(weights)} weights: give at least one size and a weight for each")
    parts = [
        weight * loss(*(truncate(column, size) for column in columns))
        for size, weight in zip(sizes, weights, strict=True)
    ]
    return sum(parts[1:], start=parts[0])
