"""What goes wrong when a ranking is compared with the best one. See `bertlab.exercises.mistakes`."""

import math
from collections.abc import Callable

Grades = dict[str, int]


def takes_the_best_order_of_what_was_found(ranked: list[str], grades: Grades, k: int) -> float:
    """Your ideal ranking is made of the first k themselves, in their best order. A search that finds one passage of
    grade 1 and misses all others would be perfect. The ideal is made of all in `grades`."""
    gains = _gains(ranked, grades, k)
    return _dcg(gains) / _dcg(sorted(gains, reverse=True))


def lets_the_ideal_go_on(ranked: list[str], grades: Grades, k: int) -> float:
    """Your ideal ranking is longer than k: where more than k are relevant, even the best search stays below 1. Sort the
    grades first, and then cut the ideal at k as well."""
    return _dcg(_gains(ranked, grades, k)) / _dcg(_ideal(grades, len(grades)))


def leaves_out_the_ideal(ranked: list[str], grades: Grades, k: int) -> float:
    """That is DCG, without the N: it grows with how much there is to find, so that queries can't be compared or
    averaged. Divide by the DCG of the best ranking that there could be."""
    return _dcg(_gains(ranked, grades, k))


def leaves_out_the_discount(ranked: list[str], grades: Grades, k: int) -> float:
    """You add up grades wherever they stand among the first k: turn these k round, and nothing changes. Divide each by
    log2(place + 1), here and in the ideal."""
    return _ndcg(ranked, grades, k, lambda place: 1.0)


def divides_by_the_place(ranked: list[str], grades: Grades, k: int) -> float:
    """You divide by the place itself, so that the second counts half of the first, the tenth a tenth. The logarithm was
    to make that gentler: log2(place + 1) is 1 at the first place, 1.58 at the second, 3.46 at the tenth."""
    return _ndcg(ranked, grades, k, float)


def begins_with_log_1(ranked: list[str], grades: Grades, k: int) -> float:
    """At the first place you divide by log2(1), which is 0. Places count from 1, and 1 is added before the logarithm:
    with `enumerate` from 0, that is log2(number + 2)."""
    return _ndcg(ranked, grades, k, math.log2)


def takes_grades_for_yes_or_no(ranked: list[str], grades: Grades, k: int) -> float:
    """You count whatever is relevant as 1, so that a passage that barely touches the question is worth as much as the
    one that answers it. The gain is the grade."""
    return _dcg([float(gain > 0) for gain in _gains(ranked, grades, k)]) / _dcg([1.0] * min(k, len(grades)))


def raises_2_to_the_grade(ranked: list[str], grades: Grades, k: int) -> float:
    """Your gain is 2 to the power of the grade, less 1: common as well, and the same for grades 0 and 1, but it makes
    grade 3 seven times as good as grade 1. Asked for was the grade itself. Figures by the two can't be compared."""
    return _ndcg(ranked, {one: 2**grade - 1 for one, grade in grades.items()}, k)


def _gains(ranked: list[str], grades: Grades, k: int) -> list[float]:
    return [float(grades.get(one, 0)) for one in ranked[:k]]


def _ideal(grades: Grades, k: int) -> list[float]:
    return [float(grade) for grade in sorted(grades.values(), reverse=True)[:k]]


def _log(place: int) -> float:
    return math.log2(place + 1)


def _dcg(gains: list[float], discount: Callable[[int], float] = _log) -> float:
    return sum(gain / discount(place) for place, gain in enumerate(gains, 1))


def _ndcg(ranked: list[str], grades: Grades, k: int, discount: Callable[[int], float] = _log) -> float:
    return _dcg(_gains(ranked, grades, k), discount) / _dcg(_ideal(grades, k), discount)
