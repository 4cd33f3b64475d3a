"""What goes wrong when confidence is compared with accuracy, bin by bin. See `bertlab.exercises.mistakes`."""

import math
from typing import NamedTuple

from torch import Tensor


def averages_the_bins(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """That is the mean gap of the bins that have texts, so that a bin of one text weighs as much as one of many. Weigh
    each gap by the bin's share of all texts."""
    gaps = [abs(found.gap) for found in _filled(probabilities, right, bins)]
    return sum(gaps) / len(gaps)


def divides_by_all_bins(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """You add up the gaps and divide by `bins`, as if each bin had as many texts, even one that has none. Weigh each
    gap by the bin's share of all texts; these weights add up to 1, and nothing is left to divide."""
    return sum(abs(found.gap) for found in _filled(probabilities, right, bins)) / bins


def leaves_out_the_absolute_value(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """You add the gaps with their signs, so that too sure in one bin and not sure enough in another cancel out. Take
    the absolute value in each bin, before they are added."""
    return sum(found.share * found.gap for found in _filled(probabilities, right, bins))


def squares_the_gaps(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """You square the gaps, which makes them far smaller: 0.1 becomes 0.01. Take their absolute value instead."""
    return sum(found.share * found.gap**2 for found in _filled(probabilities, right, bins))


def takes_the_largest_gap(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """That is the gap of the worst bin, known as the maximum calibration error. The *expected* one adds up all gaps,
    each weighed by the bin's share of all texts."""
    return max(abs(found.gap) for found in _filled(probabilities, right, bins))


def compares_single_texts(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """You compare each text's probability with its own 0 or 1. At 0.9 a text that is right would be off by 0.1, though
    nine in ten right is just what 0.9 promises: take the two means of a bin first, then their gap."""
    return (probabilities.double() - right.double()).abs().mean().item()


def puts_an_edge_in_the_upper_bin(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """A probability at the edge of two bins is in your upper one. It belongs to the lower: `low < p <= high`, and 0 to
    the first bin."""
    places = [min(int(value * bins), bins - 1) for value in probabilities.tolist()]
    return sum(found.share * abs(found.gap) for found in _sorted(places, probabilities, right))


def takes_the_mean_of_nothing(probabilities: Tensor, right: Tensor, bins: int) -> float:
    """A bin without texts has no mean: PyTorch says nan, and one nan makes the whole sum nan, even if it is multiplied
    by 0. Pass over bins without texts."""
    filled = _filled(probabilities, right, bins)
    return sum(found.share * abs(found.gap) for found in filled) if len(filled) == bins else math.nan


class _Bin(NamedTuple):
    """A bin that has texts: its share of them all, and by how much it is too sure."""

    share: float
    gap: float


def _filled(probabilities: Tensor, right: Tensor, bins: int) -> list[_Bin]:
    places = [max(math.ceil(value * bins) - 1, 0) for value in probabilities.tolist()]
    return _sorted(places, probabilities, right)


def _sorted(places: list[int], probabilities: Tensor, right: Tensor) -> list[_Bin]:
    """Put each text into the bin of its place."""
    found = []
    for place in sorted(set(places)):
        inside = [number for number, other in enumerate(places) if other == place]
        gap = probabilities[inside].double().mean() - right[inside].double().mean()
        found.append(_Bin(len(inside) / len(places), gap.item()))
    return found
