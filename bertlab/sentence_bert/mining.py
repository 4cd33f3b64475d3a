"""Hard negatives: what an encoder finds similar to an anchor, though it does not answer it.

Random negatives are soon told apart, and then teach nothing. The most similar ones teach most, but among them are texts
that answer as well and were only never labeled. So what comes too close to the positive is left out: by a margin, or by
a share of the positive's similarity (NV-Retriever, Moreira et al. 2024, arXiv:2407.15831).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor


class HardNegative(NamedTuple):
    """A candidate for an anchor, by number, and how similar it is. Example: `HardNegative(0, 17, 0.62).candidate`."""

    anchor: int
    candidate: int
    similarity: float


def mine_hard_negatives(
    similarities: Float[Tensor, "anchors candidates"],
    relevant: Bool[Tensor, "anchors candidates"],
    count: int = 1,
    margin: float = 0.0,
    share: float = 1.0,
    skipped: int = 0,
) -> list[HardNegative]:
    """Return the most similar candidates of each anchor that are not relevant and not too similar.

    Example: `mine_hard_negatives(cosines(anchors, passages), relevant, count=4, share=0.95)`

    The most similar come first; equally similar ones by their number. An anchor may have fewer than `count`, or none.

    Args:
        similarities: of each anchor with each candidate.
        relevant: which candidates are right for an anchor; each anchor has at least one.
        count: how many negatives an anchor gets at most.
        margin: how much less similar than the positive a negative is at least.
        share: how similar a negative is at most, as a share of the positive: 0.95 leaves out what is closer. A positive
            with a similarity s below 0 sets the limit s - (1 - share) * |s|.
        skipped: how many of the most similar that are left to pass over.

    Raises:
        ValueError: an anchor has no relevant candidate, or a number is out of range.
    """
    if count < 1 or margin < 0 or not 0 <= share <= 1 or skipped < 0:
        raise ValueError("count is at least 1, margin and skipped are at least 0, share lies between 0 and 1")
    without = (~relevant.any(1)).nonzero()
    if len(without):
        raise ValueError(f"anchor {int(without[0])} has no relevant candidate: mark one, or leave the anchor out")
    # Of several positives the least similar one sets the limit: rather a negative too few than a false one.
    positive = similarities.masked_fill(~relevant, torch.inf).amin(1, keepdim=True)
    limit = torch.minimum(positive - margin, positive - (1 - share) * positive.abs())
    fit = ~relevant & (similarities <= limit)
    order = similarities.masked_fill(~fit, -torch.inf).sort(dim=1, descending=True, stable=True).indices
    return [
        HardNegative(anchor, number, similarities[anchor, number].item())
        for anchor, numbers in enumerate(order.tolist())
        for number in numbers[: int(fit[anchor].sum())][skipped : skipped + count]
    ]
