"""Losses with one thing changed, for the experiment: fewer candidates, or nothing that pushes."""

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


def pulled_together(anchors: Tensor, positives: Tensor) -> Tensor:
    """Return a loss that only pulls: 1 - cosine. Example: `pulled_together(anchors, positives)`"""
    return (1 - torch.cosine_similarity(anchors, positives)).mean()
