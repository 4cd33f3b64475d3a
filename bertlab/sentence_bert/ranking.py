"""Multiple negatives ranking: each anchor must find its own positive among those of the whole batch.

No negatives need to be collected: the positives of other anchors serve. Henderson et al. 2017 (arXiv:1705.00652); the
same as InfoNCE (van den Oord et al. 2018, arXiv:1807.03748, eq. 4). `scale` is one over the temperature: 20 is a
temperature of 0.05. Cosines lie between -1 and 1, so without it the softmax over a batch stays nearly flat.

It takes every other positive of the batch for wrong. Where one is right as well, exclude it: `repeated` finds equal
texts, `guided` like ones.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import normalize

Vectors = Float[Tensor, "batch hidden"]
Others = Float[Tensor, "others hidden"]


def cosines(a: Vectors, b: Others) -> Float[Tensor, "batch others"]:
    """Return the cosine of every row of the one with every row of the other.

    Example: `cosines(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0], [3.0, 0.0]]))` is `[[0.0, 1.0]]`.
    """
    return normalize(a, dim=1) @ normalize(b, dim=1).T


def ranking_loss(
    anchors: Vectors,
    positives: Vectors,
    negatives: Others | None = None,
    scale: float = 20.0,
    symmetric: bool = False,
    excluded: Bool[Tensor, "batch candidates"] | None = None,
) -> Float[Tensor, ""]:
    """Return the cross-entropy of each anchor's own positive among all candidates, averaged over anchors.

    Example: `ranking_loss(anchors, positives, negatives, scale=20.0).backward()`

    Without negatives a batch of one gives 0: there is nothing to be told from.

    Args:
        anchors, positives: the positive of each anchor stands in the same row.
        negatives: hard ones, in any number; each is a candidate for every anchor.
        scale: one over the temperature.
        symmetric: average with the other direction, in which each positive must find its own anchor.
        excluded: candidates (columns: positives, then negatives) that take no part for an anchor (row).

    Raises:
        ValueError: an anchor's own positive is excluded.
    """
    scores = scale * cosines(anchors, positives if negatives is None else torch.cat([positives, negatives]))
    if excluded is not None:
        if excluded.diagonal().any():
            raise ValueError("an anchor's own positive is excluded: leave the diagonal of `excluded` False")
        scores = scores.masked_fill(excluded, -torch.inf)
    loss = own_cross_entropy(scores)
    return (loss + own_cross_entropy(scores[:, : len(positives)].T)) / 2 if symmetric else loss


def own_cross_entropy(scores: Float[Tensor, "rows columns"]) -> Float[Tensor, ""]:
    """Return the cross-entropy where the right column of each row is the one with its number.

    Example: `own_cross_entropy(torch.zeros(2, 4))`, the logarithm of 4: all are equally likely.
    """
    return (scores.logsumexp(1) - scores.diagonal()).mean()


def repeated(
    anchors: Sequence[str], positives: Sequence[str], negatives: Sequence[str] = ()
) -> Bool[Tensor, "batch candidates"]:
    """Say for which anchor (row) a candidate (column) that is not its own is right as well: a text stands there twice.

    Example: `repeated(["a", "a", "b"], ["x", "y", "z"])` is
    `[[False, True, False], [True, False, False], [False, False, False]]`.

    Two rows belong together if they have a text in common, be it an anchor or a positive; a negative is none for
    the row whose text it is. Give the result to `ranking_loss` as `excluded`; the library's sampler keeps such rows
    in different batches.
    """
    rows = [{anchor, positive} for anchor, positive in zip(anchors, positives, strict=True)]
    right = [
        [i != j and bool(one & other) for j, other in enumerate(rows)] + [text in one for text in negatives]
        for i, one in enumerate(rows)
    ]
    return torch.tensor(right, dtype=torch.bool).view(len(rows), len(rows) + len(negatives))
