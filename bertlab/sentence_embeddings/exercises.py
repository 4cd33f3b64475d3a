"""The exercises of notebook 10: two ways to pool, cosines of all pairs, rank correlation, whitening."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.sentence_embeddings.mistakes import max_pooling as wrong_maxima
from bertlab.sentence_embeddings.mistakes import mean_pooling as wrong_means
from bertlab.sentence_embeddings.mistakes import similarities as wrong_cosines
from bertlab.sentence_embeddings.mistakes import spearman as wrong_correlations
from bertlab.sentence_embeddings.mistakes import whiten as wrong_whitening

Hidden = Float[Tensor, "batch seq hidden"]
Mask = Int[Tensor, "batch seq"]
Pooled = Float[Tensor, "batch hidden"]
Vectors = Float[Tensor, "vectors hidden"]


def mean_of_tokens(hidden: Hidden, mask: Mask) -> Pooled:
    """Return the mean of the vectors of each text at which its mask is 1.

    Example: `mean_of_tokens(torch.tensor([[[1.0], [5.0], [9.0]]]), torch.tensor([[1, 1, 0]]))` is `[[3.0]]`.
    """
    weights = mask[:, :, None]  # (batch, seq, 1)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)


# Quarters, which are added without rounding.
_STATES = torch.tensor([[7, -2, 5], [1, 6, -4], [-3, 9, 2], [8, -6, 3], [4, 2, -9], [-7, 1, 6], [5, 3, -1], [-2, 8, 4]])
_TWO_TEXTS = _STATES.view(2, 4, 3) / 4
_FOUR_TEXTS = torch.cat([_STATES, _STATES.flip(0, 1), 2 - _STATES[:4]]).view(4, 5, 3) / 4
_BESIDE = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 1, 0, 0], [1, 0, 0, 1, 0]])  # not only the first ones

mean_pooling = Exercise(
    id="sentence_embeddings.mean_pooling",
    title="Mean pooling",
    reference=mean_of_tokens,
    cases=[
        Case(torch.tensor([[[1.0, 2.0], [3.0, 6.0], [9.0, -7.0]]]), torch.tensor([[1, 1, 0]])),
        Case(_TWO_TEXTS, torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]])),
        Case(_TWO_TEXTS[:, :3], torch.tensor([[1, 0, 0], [1, 1, 1]])),
        Case(_FOUR_TEXTS, _BESIDE),
    ],
    hints=[
        "A mean is a sum over a count. Padding may be in neither: how does the mask help with each of the two?",
        "The mask is (batch, seq), `hidden` has one dimension more: `mask[:, :, None]` makes them fit. Sum over dim 1.",
        "`(hidden * mask[:, :, None]).sum(dim=1)`, divided by `mask.sum(dim=1)`, which needs a last dimension too.",
    ],
    mistakes=mistakes.of(wrong_means),
)


def cosines(a: Float[Tensor, "m hidden"], b: Float[Tensor, "n hidden"]) -> Float[Tensor, "m n"]:
    """Return the cosine between each row of `a` and each row of `b`.

    Example: `cosines(torch.tensor([[2.0, 0.0]]), torch.tensor([[7.0, 0.0], [0.0, 1.0]]))` is `[[1.0, 0.0]]`.
    """
    a = a / a.norm(dim=1, keepdim=True)
    b = b / b.norm(dim=1, keepdim=True)
    return a @ b.T


_SEVEN = torch.tensor([[3, 4, 0], [-1, 2, 2], [6, -2, 3], [1, 1, -4], [0, -5, 2], [2, 3, 6], [-4, 1, 1]]) / 2

similarities = Exercise(
    id="sentence_embeddings.similarities",
    title="Cosines, each with each",
    reference=cosines,
    cases=[
        Case(torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0], [0.0, 2.0]])),
        Case(_SEVEN[:2], _SEVEN[2:4]),
        Case(_SEVEN[1:4], _SEVEN[4:]),  # m = n = hidden: whatever is broadcast along the wrong dimension fits
        Case(_SEVEN[:3], _SEVEN[2:]),
        Case(_SEVEN[3:] / 3, _SEVEN[:2]),
    ],
    hints=[
        "A cosine is the dot product of two vectors of length 1. What makes a vector's length 1?",
        "Divide each row by its norm: `norm(dim=1)` gives one number a row, and `keepdim=True` lets it be divided by.",
        "With both sides divided, `a @ b.T` is every row of `a` with every row of `b`.",
    ],
    mistakes=mistakes.of(wrong_cosines),
)


def maximum_of_tokens(hidden: Hidden, mask: Mask) -> Pooled:
    """Return in each dimension the largest value of each text at which its mask is 1.

    Example: `maximum_of_tokens(torch.tensor([[[-3.0], [-5.0], [9.0]]]), torch.tensor([[1, 1, 0]]))` is `[[-3.0]]`.
    """
    return hidden.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(dim=1)


max_pooling = Exercise(
    id="sentence_embeddings.max_pooling",
    title="Max pooling",
    reference=maximum_of_tokens,
    cases=[
        Case(torch.tensor([[[1.0, -5.0], [3.0, -2.0], [9.0, -1.0]]]), torch.tensor([[1, 1, 0]])),
        Case(_TWO_TEXTS, torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]])),
        Case(_TWO_TEXTS[:, 1:] - 13, torch.tensor([[0, 1, 1], [1, 1, 0]])),
        Case(_FOUR_TEXTS, _BESIDE),
        Case(_TWO_TEXTS - 30_000, torch.tensor([[1, 0, 1, 0], [0, 1, 1, 1]])),  # near the lower end of float16
    ],
    hints=[
        "What number can you put in the place of padding, so that it never is the largest? 0 is not it.",
        "−∞ is `-torch.inf`. Put it where the mask is 0, in all dimensions, and then look for the maximum over dim 1.",
        "`hidden.masked_fill(mask[:, :, None] == 0, -torch.inf)`, and of that `.amax(dim=1)`.",
    ],
    mistakes=mistakes.of(wrong_maxima),
)


def rank_correlation(x: Float[Tensor, " pairs"], y: Float[Tensor, " pairs"]) -> float:
    """Return Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of theirs.

    Example: `rank_correlation(torch.tensor([0.1, 0.2, 0.9]), torch.tensor([0.0, 4.0, 5.0]))` is `1.0`.
    """
    centered = []
    for values in (x, y):
        below = (values[:, None] > values).sum(dim=1)
        equal = (values[:, None] == values).sum(dim=1)  # with itself
        ranks = below + (equal.double() + 1) / 2
        centered.append(ranks - ranks.mean())
    x, y = centered
    return (x @ y / ((x @ x) * (y @ y)).sqrt()).item()


_COSINES = torch.tensor([0.55, 0.1, 0.65, 0.3, 0.5, 0.1, 0, 0, 0.2, 0.1, 0])
_SCORES = torch.tensor([5.0, 0, 5, 3, 3, 3, 4, 0, 0, 0, 0])

spearman = Exercise(
    id="sentence_embeddings.spearman",
    title="Spearman's correlation",
    reference=rank_correlation,
    cases=[
        Case(torch.tensor([0.1, 0.2, 0.9]), torch.tensor([5.0, 1.0, 3.0])),
        Case(torch.tensor([0.25, 0.1, 0.9, 0.2, 0.7]), torch.tensor([4.0, 0.0, 3.0, 1.0, 2.0])),
        Case(torch.tensor([0.65, 0.2, 0.15, 0.1, 0.65, 0.9, 0.1]), torch.tensor([5.0, 2, 2, 3, 5, 5, 5])),
        Case(_COSINES, _SCORES),
    ],
    hints=[
        "Two steps: values to ranks, and then Pearson's correlation of the ranks. What rank do equal values get?",
        "A rank can be counted: how many values are smaller, and how many are equal? `values[:, None] > values`.",
        "`smaller + (equal + 1) / 2` is the rank, the value itself counted as equal. Then `torch.corrcoef`.",
    ],
    mistakes=mistakes.of(wrong_correlations),
)


def whitened(fitted: Vectors, given: Float[Tensor, "others hidden"]) -> Float[Tensor, "others hidden"]:
    """Return `given` as what whitens `fitted` makes of it: the mean off, then times W = U · diag(1/√λ) · Uᵀ.

    Example: `whitened(torch.tensor([[2.0, 2], [2, -2], [-2, 2], [-2, -2], [0, 0]]), torch.tensor([[6.0, 2]]))` is
    `[[3.0, 1.0]]`.

    The covariance of `fitted` is U · diag(λ) · Uᵀ.
    """
    variances, directions = torch.linalg.eigh(fitted.T.cov())
    return (given - fitted.mean(dim=0)) @ directions @ torch.diag(1 / variances.sqrt()) @ directions.T


# No variance is more than ten times another's, so that single precision is enough. In a plane LAPACK's U is symmetric,
# and U for Uᵀ would not be noticed.
_ROOM = torch.tensor([[2.0, 0, 0], [2, -2, -2], [1, -2, -1], [-1, -2, -1], [1, 1, -1]])
_PLANE = torch.tensor([[3.0, 2], [-1, -2], [2, -1], [0, 1], [1, 0]])
_SPACE = torch.tensor([[0.0, 3, 7], [2, -1, 3], [-1, -3, -1], [2, 1, 1], [4, 2, 2], [-2, -2, -2], [-4, 3, 4]])
_EIGHT = torch.tensor([[5.0, -3, 3], [1, 6, 3], [7, 4, 5], [6, 1, 7], [7, 1, 5], [-2, 4, 7], [6, 6, 7], [7, -3, 5]])

whiten = Exercise(
    id="sentence_embeddings.whiten",
    title="Whitening",
    reference=whitened,
    cases=[
        Case(_ROOM, torch.tensor([[3.0, -1, -1], [1, 2, 0]])),
        Case(_PLANE, torch.tensor([[5.0, 4.0], [5.0, 0.0], [1.0, 3.0]])),
        Case(_SPACE, torch.tensor([[0.0, 0, 1], [3, 7, -3], [0, 5, 7], [7, 1, 6]])),
        Case(_EIGHT, torch.tensor([[5.0, 4, -1], [2, 1, 4], [-2, -2, 5], [7, 0, -4], [-2, 2, -4]])),
    ],
    hints=[
        "Two things are learned from `fitted`, its mean and its covariance. `given` is only what they are applied to.",
        "`torch.cov` wants dimensions as rows: `fitted.T`. `torch.linalg.eigh` takes it apart: λ and U, in this order.",
        "`(given - fitted.mean(dim=0)) @ W` with `W = U @ torch.diag(1 / variances.sqrt()) @ U.T`.",
    ],
    mistakes=mistakes.of(wrong_whitening),
)
