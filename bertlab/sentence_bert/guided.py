"""Negatives that are none: a second encoder, the guide, says which candidates to leave out.

GISTEmbed, Solatorio 2024 (arXiv:2402.16829). What the guide finds more similar to the anchor than the anchor's own
positive is likely right as well, and to push it away would teach an error.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from bertlab.sentence_bert.ranking import cosines, own_cross_entropy

Columns = tuple[Tensor, ...]


def false_negatives(guide: Float[Tensor, "batch candidates"], margin: float = 0.0) -> Bool[Tensor, "batch candidates"]:
    """Say which candidates the guide finds more similar than the anchor's own positive, less a margin.

    Example: `false_negatives(torch.tensor([[0.8, 0.9, 0.7], [0.1, 0.6, 0.2]]))` is
    `[[False, True, False], [False, False, False]]`.

    The own positive of each row stands in the column with its number, and is never among them. A larger margin leaves
    out more.
    """
    own = torch.eye(*guide.shape, dtype=torch.bool, device=guide.device)
    return (guide > guide.diagonal()[:, None] - margin) & ~own


def all_cosines(columns: Columns) -> Float[Tensor, "batch candidates"]:
    """Return the cosines of each row's texts with those of all rows.

    Example: `all_cosines((anchors, positives))`, three times as wide as a batch.

    In this order: its anchor with all positives, its anchor with all anchors, its positive with all positives, and,
    where there are negatives, its anchor with those.
    """
    anchors, positives, *negatives = columns
    blocks = [cosines(anchors, positives), cosines(anchors, anchors), cosines(positives, positives)]
    return torch.cat([*blocks, *(cosines(anchors, column) for column in negatives)], dim=1)


def guided_ranking_loss(
    columns: Columns, guide: Columns, scale: float = 100.0, margin: float = 0.0
) -> Float[Tensor, ""]:
    """Return the ranking loss over the candidates that the guide leaves.

    Example: `guided_ranking_loss((anchors, positives), (guide_anchors, guide_positives))`

    Every anchor is told from the other anchors too, and every positive from the other positives. For the plain loss
    with fewer candidates: `ranking_loss(..., excluded=false_negatives(cosines(guide_anchors, guide_positives)))`.

    Args:
        columns: vectors of the encoder that is trained: anchors, positives, and negatives if there are any.
        guide: the guide's vectors of the same texts, of any width; they get no gradient: a mask has none.
        scale: one over the temperature; 100 is 0.01, the library's.
        margin: how much less similar than the positive a candidate must be.

    Raises:
        ValueError: the guide has not as many columns.
    """
    if len(columns) != len(guide) or len(columns) not in (2, 3):
        raise ValueError(
            f"{len(columns)} columns and {len(guide)} of the guide: give two of both (anchors, positives), or three"
        )
    batch = len(columns[0])
    left_out = false_negatives(all_cosines(guide), margin)
    itself = torch.eye(batch, dtype=torch.bool, device=left_out.device)
    left_out[:, batch : 3 * batch] |= itself.repeat(1, 2)  # a text is no negative of its own, whatever the rounding
    return own_cross_entropy((scale * all_cosines(columns)).masked_fill(left_out, -torch.inf))
