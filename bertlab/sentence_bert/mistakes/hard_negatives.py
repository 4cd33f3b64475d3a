"""What goes wrong when negatives are looked for below the positives. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def takes_the_most_similar_of_all(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """You return the most similar candidate of all. Mostly that is the positive itself, and otherwise one that probably
    answers as well. Only candidates *below* the limit may be taken: the positive's similarity, less the margin."""
    return similarities.argmax(dim=1)


def keeps_out_only_the_positive(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """You leave out the positive, and of the others take the most similar, however near to the positive or above it:
    likely a false negative, a right answer that nobody labeled. What is not below it by the margin is left out too."""
    own = torch.arange(similarities.shape[1]) == positive[:, None]
    return similarities.masked_fill(own, -torch.inf).argmax(dim=1)


def ignores_the_margin(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """You take whatever is less similar than the positive, by however little: there most of the false negatives are,
    right answers that nobody labeled. A negative lies below the positive by at least the margin."""
    return _hardest(similarities, similarities < _own(similarities, positive))


def adds_the_margin(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """Your limit lies *above* the positive, by the margin, and lets in the positive itself, and what is more similar
    than it. The margin is taken off: a negative is less similar than the positive by at least so much."""
    return _hardest(similarities, similarities <= _own(similarities, positive) + margin)


def takes_the_least_similar(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """You return the least similar candidate: the easiest negative, from which nothing is left to be learned. Of those
    that keep the margin, the hardest is the *most* similar."""
    return _hardest(-similarities, _fit(similarities, positive, margin))


def lines_limits_up_with_columns(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """Your limits are right, one for each anchor, but they are lined up with the candidates: (anchors,) beside
    (anchors, candidates) goes along the columns and fits only by chance. Make them (anchors, 1), by `[:, None]`."""
    return _hardest(similarities, similarities <= _own(similarities, positive).squeeze(1) - margin)


def gives_0_where_there_is_none(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """Right where there is a negative. Where no candidate keeps the margin you return 0, a candidate like any other,
    and not even below the limit: `argmax` of equal values takes the first. Put −1 there."""
    return similarities.masked_fill(~_fit(similarities, positive, margin), -torch.inf).argmax(dim=1)


def counts_only_those_left(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    """You pick the right candidate, but give its place among those that are left when the others are taken out. Asked
    for was its column in `similarities`: do not take any out, put −∞ where one may not win."""
    fit = _fit(similarities, positive, margin)
    place = fit.cumsum(dim=1).gather(1, _hardest(similarities, fit).clamp(min=0)[:, None]) - 1
    return torch.where(fit.any(dim=1), place.squeeze(1), -1)


def _own(similarities: Tensor, positive: Tensor) -> Tensor:
    return similarities.gather(1, positive[:, None])


def _fit(similarities: Tensor, positive: Tensor, margin: float) -> Tensor:
    return similarities <= _own(similarities, positive) - margin


def _hardest(similarities: Tensor, fit: Tensor) -> Tensor:
    return torch.where(fit.any(dim=1), similarities.masked_fill(~fit, -torch.inf).argmax(dim=1), -1)
