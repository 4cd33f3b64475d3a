"""How good is a ranking? Measures for one query, by hand, and their mean over many with an interval.

A ranking is a list of ids, best first; what is relevant is a collection of ids, or grades by id. Where nothing is
relevant, these measures are not defined: ValueError for one query, NaN in `per_query`, left out by `mean_interval`.
What a search does with such a query is measured by `abstention`.
"""

import math
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Measure = Callable[..., float]


def recall_at_k(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Return the share of what is relevant that is among the first k.

    Example: `recall_at_k(["c", "a", "b"], {"a", "d"}, k=2)` is `0.5`.
    """
    wanted = check(ranked, relevant, k)
    return hits(ranked, wanted, k) / len(wanted)


def precision_at_k(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Return the share of the first k places that are relevant; a place left empty counts as a miss.

    Example: `precision_at_k(["c", "a", "b"], {"a", "d"}, k=2)` is `0.5`, `precision_at_k(["a"], {"a"}, k=4)` is `0.25`.
    """
    return hits(ranked, check(ranked, relevant, k), k) / k


def reciprocal_rank(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int | None = None) -> float:
    """Return 1 / the place of the first relevant one, 0 if none is found; its mean is MRR.

    Example: `reciprocal_rank(["c", "a", "b"], {"a", "b"})` is `0.5`.
    """
    k = max(len(ranked), 1) if k is None else k
    wanted = check(ranked, relevant, k)
    return next((1 / place for place, found in enumerate(ranked[:k], 1) if found in wanted), 0.0)


def ndcg_at_k(
    ranked: Sequence[Hashable],
    relevant: Collection[Hashable],
    k: int,
    exponential: bool = False,
) -> float:
    """Return the gain of the first k, discounted by the logarithm of the place, over that of the best ranking.

    Example: `ndcg_at_k(["a", "c"], {"a"}, k=2)` is `1.0`, and `ndcg_at_k(["c", "a"], {"a"}, k=2)` is
    `1 / math.log2(3)`.

    Args:
        ranked: ids, best first.
        relevant: ids of grade 1, or a grade of 0 or more for each id.
        k: how many places count.
        exponential: whether the gain is 2**grade - 1, as in Burges et al. 2005, or the grade itself, as in Järvelin and
            Kekäläinen 2002. For grades 0 and 1 both are the same.
    """
    grades = relevant if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1)
    if any(grade < 0 or not math.isfinite(grade) for grade in grades.values()):
        raise ValueError("a grade is negative or not finite: give 0 for what is not relevant")
    check(ranked, relevant, k)
    gains = {found: float(2**grade - 1 if exponential else grade) for found, grade in grades.items()}
    ideal = discounted(sorted(gains.values(), reverse=True)[:k])
    return discounted([gains.get(found, 0.0) for found in ranked[:k]]) / ideal


def discounted(gains: Sequence[float]) -> float:
    """Sum gains, each divided by log2(1 + its place). Example: `discounted([3.0, 0.0, 2.0])` is `4.0`."""
    return sum(gain / math.log2(1 + place) for place, gain in enumerate(gains, 1))


def hits(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> int:
    """Count the relevant ones among the first k. Example: `hits(["c", "a", "b"], {"a", "b"}, k=2)` is `1`."""
    return sum(found in relevant for found in ranked[:k])


def graded(relevant: Collection[Hashable]) -> set[Hashable]:
    """Return the ids that are relevant: all, or those with a grade above 0. Example: `graded({"a": 2, "b": 0})` is
    `{"a"}`.
    """
    return {found for found in relevant if not isinstance(relevant, Mapping) or relevant[found] > 0}


def check(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> set[Hashable]:
    """Return what is relevant, or refuse what has no measure. Example: `check(["a", "b"], {"a"}, k=10)` is `{"a"}`.

    ValueError if nothing is relevant, k is below 1, or an id stands twice in the ranking.
    """
    wanted = graded(relevant)
    if not wanted:
        raise ValueError("nothing is relevant to this query: leave it out of the mean, and see abstention(...)")
    if k < 1:
        raise ValueError(f"k={k}: it must be at least 1")
    if len(set(ranked)) < len(ranked):
        raise ValueError("an id stands twice in the ranking: its hit would be counted twice")
    return wanted


def per_query(
    measure: Measure, rankings: Sequence[Sequence[Hashable]], relevant: Sequence[Collection[Hashable]], **options: Any
) -> list[float]:
    """Return a measure for each query, NaN where nothing is relevant.

    Example: `per_query(recall_at_k, [["a"], ["b"]], [{"a"}, {"c"}], k=1)` is `[1.0, 0.0]`.

    ValueError if there are not as many rankings as queries.
    """
    return [
        measure(ranked, wanted, **options) if graded(wanted) else math.nan
        for ranked, wanted in zip(rankings, relevant, strict=True)
    ]


class Mean(NamedTuple):
    """A mean over queries, the bounds of its interval, and how many queries it is taken on.

    Example: `Mean(0.5, 0.3, 0.7, 24).mean` is `0.5`.
    """

    mean: float
    low: float
    high: float
    queries: int


def mean_interval(values: Sequence[float], level: float = 0.95, draws: int = 2000, seed: int = 0) -> Mean:
    """Return the mean of what is not NaN, with a bootstrap interval: queries are drawn again, with replacement.

    Example: `mean_interval([1.0, math.nan, 1.0])` is `(1.0, 1.0, 1.0, 2)`.

    To compare two searches, give the differences of their values query by query: the interval of that mean says more
    than two intervals that overlap. ValueError if no value is left.
    """
    found = np.array([value for value in values if not math.isnan(value)])
    if not len(found):
        raise ValueError("there is no query with anything relevant: nothing can be averaged")
    drawn = np.random.default_rng(seed).integers(len(found), size=(draws, len(found)))
    low, high = np.quantile(found[drawn].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return Mean(float(found.mean()), float(low), float(high), len(found))


class Abstention(NamedTuple):
    """The share of answerable queries that get hits, and of the others that get none: NaN for a share of nothing.

    Example: `Abstention(0.9, 0.4).refused` is `0.4`.
    """

    answered: float
    refused: float


def abstention(best: Sequence[float], answerable: Sequence[bool], threshold: float) -> Abstention:
    """Say what becomes of queries if hits below a score are not shown.

    Example: `abstention([0.9, 0.3, 0.6, 0.2], [True, True, False, False], threshold=0.5)` is `(0.5, 0.5)`.

    Args:
        best: the score of each query's best hit.
        answerable: whether anything is relevant to it.
        threshold: the lowest score that is shown.
    """
    shown: dict[bool, list[bool]] = {True: [], False: []}
    for score, can in zip(best, answerable, strict=True):
        shown[can].append(score >= threshold)
    answered, alarms = (sum(flags) / len(flags) if flags else math.nan for flags in (shown[True], shown[False]))
    return Abstention(answered, 1 - alarms)
