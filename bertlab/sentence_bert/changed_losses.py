"""Losses with one thing changed, for the experiment: fewer candidates, a false negative in each row, nothing pushes."""

from collections.abc import Callable

import torch
from torch import Tensor

from bertlab.sentence_bert.ranking import ranking_loss


def in_groups(size: int) -> Callable[..., Tensor]:
    """Return the ranking loss in which an anchor sees only `size` candidates: the batch is cut, the step is not.

    Example: `in_groups(4)(anchors, positives)`
    """

    def loss(anchors: Tensor, positives: Tensor) -> Tensor:
        parts = zip(anchors.split(size), positives.split(size), strict=True)
        found = [ranking_loss(*part) * len(part[0]) for part in parts]
        return torch.stack(found).sum() / len(anchors)

    return loss


def positive_twice(anchors: Tensor, positives: Tensor, again: Tensor, exclude: bool) -> Tensor:
    """Return the ranking loss where each anchor's positive stands among its negatives, too: a false one.

    Example: `positive_twice(anchors, positives, again, exclude=False)`

    `again` are the positives encoded once more, so that dropout makes another vector of them, as it does where two rows
    have the same answer. `exclude` leaves each anchor's own copy out of its row.
    """
    rows = len(anchors)
    own = torch.eye(rows, 2 * rows, dtype=torch.bool).roll(rows, dims=1)
    return ranking_loss(anchors, positives, again, excluded=own if exclude else None)


def pulled_together(anchors: Tensor, positives: Tensor) -> Tensor:
    """Return a loss that only pulls: 1 - cosine. Example: `pulled_together(anchors, positives)`"""
    return (1 - torch.cosine_similarity(anchors, positives)).mean()
