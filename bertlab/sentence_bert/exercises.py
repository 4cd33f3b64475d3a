"""The exercises of notebook 11: ranking and triplet losses, hard negatives, CoSENT, and shorter vectors."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.sentence_bert.mistakes import cosent_loss as wrong_orders
from bertlab.sentence_bert.mistakes import hard_negatives as wrong_negatives
from bertlab.sentence_bert.mistakes import ranking_loss as wrong_rankings
from bertlab.sentence_bert.mistakes import shorten as wrong_cuts
from bertlab.sentence_bert.mistakes import triplet_loss as wrong_triplets

Vectors = Float[Tensor, "batch hidden"]
Loss = Float[Tensor, ""]


def in_batch_cross_entropy(anchors: Vectors, positives: Vectors, temperature: float) -> Loss:
    """Return the mean cross-entropy of each anchor's own positive among all positives, by cosine / temperature.

    Example: `in_batch_cross_entropy(torch.tensor([[2.0, 0.0]]), torch.tensor([[3.0, 4.0]]), 0.05)` is `0.0`.
    """
    scores = normalize(anchors, dim=1) @ normalize(positives, dim=1).T / temperature  # (anchors, positives)
    return cross_entropy(scores, torch.arange(len(anchors)))  # the right column of row i is i


_TWO = torch.tensor([[1.0, 0], [3, 4]]), torch.tensor([[3.0, 1], [1, 2]])
_ANCHORS = torch.tensor([[3, 4, 0], [-1, 2, 2], [6, -2, 3], [1, 1, -4], [0, -5, 2]]) / 2
_POSITIVES = torch.tensor([[2, 1, 2], [1, 4, 1], [2, -1, -2], [3, 0, -2], [1, -2, 4]]) / 2

ranking_loss = Exercise(
    id="sentence_bert.ranking_loss",
    title="The ranking loss",
    reference=in_batch_cross_entropy,
    cases=[
        Case(*_TWO, 0.5),
        Case(_ANCHORS[:3], _POSITIVES[:3], 0.2),  # batch = hidden: whatever is broadcast along the wrong dimension fits
        Case(_ANCHORS[2:], _POSITIVES[2:] * 3, 0.05),
        Case(_ANCHORS, _POSITIVES, 0.1),
    ],
    hints=[
        "Three steps: all cosines, a softmax over the candidates of each anchor, the −log of its own positive.",
        "All vectors divided by their lengths, `anchors @ positives.T` is (anchors, positives): each row is an anchor.",
        "`/ temperature` makes logits of them. `cross_entropy` wants the right column of each: `torch.arange(batch)`.",
    ],
    mistakes=mistakes.of(wrong_rankings),
)


def hinge_on_distances(anchor: Vectors, positive: Vectors, negative: Vectors, margin: float) -> Loss:
    """Return the mean of max(0, distance to the positive − distance to the negative + margin).

    Example: `hinge_on_distances(torch.tensor([[0.0]]), torch.tensor([[2.0]]), torch.tensor([[5.0]]), 4.0)` is `1.0`.
    """
    to_positive, to_negative = (anchor - positive).norm(dim=1), (anchor - negative).norm(dim=1)  # (batch,)
    return (to_positive - to_negative + margin).relu().mean()


# The differences from the anchor, of lengths 5, 3, 13, 7, 9 and 3, 7, 5, 6, 15.
_NEAR = torch.tensor([[3.0, 0, 4], [2, 1, -2], [-5, 12, 0], [6, 2, 3], [4, -4, 7]])
_FAR = torch.tensor([[1.0, 2, 2], [6, 3, -2], [0, -3, 4], [-4, 2, -4], [10, 5, 10]])

triplet_loss = Exercise(
    id="sentence_bert.triplet_loss",
    title="The triplet loss",
    reference=hinge_on_distances,
    cases=[
        Case(*torch.tensor([[[1.0, 2], [2, 1]], [[4, 6], [3, 1]], [[1, 6], [7, 13]]]), 2.0),
        Case(_ANCHORS[:3], _ANCHORS[:3] + _NEAR[:3], _ANCHORS[:3] + _FAR[:3], 0.5),
        Case(_ANCHORS[3:], _ANCHORS[3:] + _NEAR[3:], _ANCHORS[3:] - _FAR[3:], 1.5),
        Case(_ANCHORS, _ANCHORS - _NEAR, _ANCHORS - _FAR, 5.0),
        Case(_ANCHORS[[4, 1]], _ANCHORS[[4, 1]] + _NEAR[[4, 1]], _ANCHORS[[4, 1]] + _FAR[[4, 1]], 1.0),  # all right
    ],
    hints=[
        "Work row by row until the last step: two distances for each triplet, one loss for each, then the mean.",
        "`(anchor - positive).norm(dim=1)` is (batch,). Python's `max` takes single numbers; a tensor has `.relu()`.",
        "`(to_positive - to_negative + margin).relu().mean()`.",
    ],
    mistakes=mistakes.of(wrong_triplets),
)


def hardest_below(
    similarities: Float[Tensor, "anchors candidates"], positive: Int[Tensor, " anchors"], margin: float
) -> Int[Tensor, " anchors"]:
    """Return for each anchor the most similar candidate at least `margin` below its positive, or −1 for none.

    Example: `hardest_below(torch.tensor([[0.9, 0.8, 0.4], [0.1, 0.2, 0.0]]), torch.tensor([0, 1]), 0.3)` is `[2, -1]`.
    """
    limits = similarities.gather(1, positive[:, None]) - margin  # (anchors, 1)
    fit = similarities <= limits
    hardest = similarities.masked_fill(~fit, -torch.inf).argmax(dim=1)
    return torch.where(fit.any(dim=1), hardest, -1)


# Eighths, which are subtracted without rounding: in the first row a candidate lies right on the limit.
_SIMILARITIES = torch.tensor([[4, 7, 5, 6, 2], [7, 3, 6, 1, 5], [5, 1, 3, 2, 6], [-5, -7, 2, -6, -8], [6, 8, 3, 5, 7]])
_BEST = torch.tensor([1, 2, 3, 2, 0])

hard_negatives = Exercise(
    id="sentence_bert.hard_negatives",
    title="Hard negatives",
    reference=hardest_below,
    cases=[
        Case(torch.tensor([[0.75, 0.5, 0.25]]), torch.tensor([0]), 0.25),
        Case(_SIMILARITIES[:3, :3] / 8, torch.tensor([1, 2, 0]), 0.25),
        Case(_SIMILARITIES / 8, _BEST, 0.25),
        Case(_SIMILARITIES.flip(1) / 8, 4 - _BEST, 0.375),
    ],
    hints=[
        "Each anchor has a limit of its own: what similarity has its positive? What lies above the limit may not win.",
        "`similarities.gather(1, positive[:, None])` is (anchors, 1). Put −∞ above the limit; look for the maximum.",
        "With `fit = similarities <= limits`: `torch.where(fit.any(dim=1), hardest, -1)`.",
    ],
    mistakes=mistakes.of(wrong_negatives),
)


def loss_of_order(cosines: Float[Tensor, " pairs"], scores: Float[Tensor, " pairs"], scale: float) -> Loss:
    """Return log(1 + sum of exp(scale · (cosine j − cosine i))) over all i, j where i has the higher score.

    Example: `loss_of_order(torch.tensor([0.1, 0.7]), torch.tensor([3.0, 3.0]), 20.0)` is `0.0`.
    """
    exponents = scale * (cosines - cosines[:, None])  # (i, j)
    counted = exponents[scores[:, None] > scores]
    return torch.cat([torch.zeros(1), counted]).logsumexp(dim=0)  # the 1 is exp(0)


_COSINES = torch.tensor([0.3, 0.8, 0.55, 0.1, 0.7, 0.45])
_SCORES = torch.tensor([1.0, 4, 3, 3, 5, 1])

cosent_loss = Exercise(
    id="sentence_bert.cosent_loss",
    title="CoSENT",
    reference=loss_of_order,
    cases=[
        Case(torch.tensor([0.5, 0.7]), torch.tensor([4.0, 1.0]), 5.0),
        Case(torch.tensor([0.6, 0.2, 0.5]), torch.tensor([2.0, 5.0, 3.0]), 2.0),
        Case(_COSINES, _SCORES, 3.0),
        Case(_COSINES.flip(0), _SCORES.flip(0), 20.0),
    ],
    hints=[
        "Compare each pair with each: a table (i, j) of differences of cosines, and one that says which of them count.",
        "`cosines - cosines[:, None]` has cosine j less cosine i in row i, column j. Which sign has `scores`' table?",
        "`(scale * differences)[scores[:, None] > scores]` is all that counts: `.exp().sum()`, and 1 more, then `log`.",
    ],
    mistakes=mistakes.of(wrong_orders),
)


def first_dimensions(vectors: Vectors, dim: int) -> Float[Tensor, "batch dim"]:
    """Return the first `dim` dimensions of each vector, scaled to length 1.

    Example: `first_dimensions(torch.tensor([[0.0, 2.0, 7.0]]), 2)` is `[[0.0, 1.0]]`.
    """
    kept = vectors[:, :dim]
    return kept / kept.norm(dim=1, keepdim=True)


_WIDE = torch.tensor([[3, 4, 0, 5, -1, 2], [2, -1, 2, 7, 0, 4], [-6, 2, 3, 1, 8, -3], [1, 2, -2, 4, 4, 7]]) / 2

shorten = Exercise(
    id="sentence_bert.shorten",
    title="Shorter vectors",
    reference=first_dimensions,
    cases=[
        Case(torch.tensor([[3.0, 4.0, 12.0]]), 2),
        Case(_WIDE[:2, :3], 2),  # batch = dim: whatever is broadcast along the wrong dimension fits
        Case(_WIDE[:3], 3),
        Case(_WIDE, 4),
        Case(_WIDE, 2),
    ],
    hints=[
        "Two steps, and their order matters: whose length is to be 1, that of the whole vector or of what is left?",
        "`vectors[:, :dim]` cuts. Then each row is divided by its own norm.",
        "`kept.norm(dim=1, keepdim=True)` is (batch, 1), and `kept` can be divided by it.",
    ],
    mistakes=mistakes.of(wrong_cuts),
)
