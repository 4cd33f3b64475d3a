"""Spearman's correlation, by which sentence vectors are judged, and how sure it is: a bootstrap over pairs.

Only the order of the similarities counts, so that no scale has to be learned (Reimers et al. 2016, "Task-Oriented
Intrinsic Evaluation of Semantic Textual Similarity"). Bootstrap: Efron 1979.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

Values = Shaped[Tensor, " pairs"]


class Interval(NamedTuple):
    """What was found, and between which bounds it lies. Example: `Interval(0.71, 0.63, 0.78).low` is `0.63`."""

    value: float
    low: float
    high: float


def ranks(values: Values) -> Float[Tensor, " pairs"]:
    """Return the place of each value from the smallest, 1; equal values share the mean of their places.

    Example: `ranks(torch.tensor([0.2, 0.9, 0.9, 0.1]))` is `[2.0, 3.5, 3.5, 1.0]`.
    """
    _, kinds, counts = values.unique(return_inverse=True, return_counts=True)  # sorted, smallest first
    last = counts.cumsum(0).double()
    return (last - (counts - 1) / 2)[kinds]


def pearson(first: Values, second: Values) -> float:
    """Return how well a straight line describes pairs of values, from -1 to 1.

    Example: `pearson(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([5.0, 3.0, 1.0]))` is `-1.0`.

    ValueError if there are fewer than two, not all are numbers, or all are the same.
    """
    check_values(first, second)
    first, second = first.double(), second.double()
    first, second = first - first.mean(), second - second.mean()
    return ((first * second).sum() / (first.norm() * second.norm())).item()


def spearman(first: Values, second: Values) -> float:
    """Return how well two orders agree, from -1 to 1: Pearson's correlation of the ranks.

    Example: `spearman(torch.tensor([0.1, 0.7, 0.8]), torch.tensor([0, 1, 5]))` is `1.0`.

    ValueError as for `pearson`.
    """
    check_values(first, second)
    return pearson(ranks(first), ranks(second))


def check_values(first: Values, second: Values) -> None:
    """Refuse values without an order. Example: `check_values(torch.tensor([1, 2]), torch.tensor([3, 4]))`.

    ValueError says what to do.
    """
    for values in (first, second):
        if len(values) < 2:
            raise ValueError("a correlation needs two pairs or more")
        if not torch.isfinite(values).all():
            raise ValueError("a value is NaN or infinite: see which pair made it")
        if (values == values[0]).all():
            raise ValueError(f"all values are {values[0].item()}: where nothing differs, nothing can correlate")


def spearman_interval(
    predicted: Values, scores: Values, samples: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Return Spearman's correlation and its bootstrap interval.

    Example: `spearman_interval(pairwise_cosine(a, b), torch.tensor(test.scores)).low`

    As many pairs as there are get drawn, with replacement, a prediction always with its score; `level` of the
    correlations of such samples lie within. A sample in which nothing differs is passed over. ValueError as for
    `pearson`.
    """
    return bootstrap(lambda rows: spearman(predicted[rows], scores[rows]), len(scores), samples, level, seed)


def spearman_difference(
    predicted: Values, others: Values, scores: Values, samples: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Return by how much one method's correlation is above another's on the same pairs, and the interval of that.

    Example: `spearman_difference(cosines, overlaps, torch.tensor(test.scores)).low > 0`

    Both methods are judged on the same samples of pairs, so that what makes a sample easy or hard for both cancels.
    Two intervals that overlap do not tell that. ValueError as for `pearson`.
    """

    def difference(rows: Tensor) -> float:
        return spearman(predicted[rows], scores[rows]) - spearman(others[rows], scores[rows])

    return bootstrap(difference, len(scores), samples, level, seed)


def bootstrap(figure: Callable[[Tensor], float], count: int, samples: int, level: float, seed: int) -> Interval:
    """Return a figure of all pairs, and between what bounds it lies in samples of them.

    Example: `bootstrap(lambda rows: 1.0, 7, 10, 0.95, 0)` is `Interval(1.0, 1.0, 1.0)`.

    `figure` takes the numbers of the pairs; a sample for which it raises a ValueError is passed over. ValueError if
    there is no sample left, or `level` is no share.
    """
    if samples < 1 or not 0 < level < 1:
        raise ValueError(f"samples={samples}, level={level}: give at least 1 sample and a level between 0 and 1")
    value = figure(torch.arange(count))
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(samples):
        try:
            found.append(figure(torch.randint(count, (count,), generator=generator)))
        except ValueError:  # every pair of the sample had the same score
            continue
    if not found:
        raise ValueError(f"no sample of {count} pairs could be judged: give more pairs")
    bounds = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.double)
    low, high = torch.tensor(found, dtype=torch.double).quantile(bounds).tolist()
    return Interval(value, low, high)
