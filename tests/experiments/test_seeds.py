"""Separated means that no value of one lies among those of the other; chance is counted over all orders."""

from itertools import permutations

import pytest

from bertlab.experiments import seeds
from bertlab.experiments.seeds import chance, separated
from tests.docstrings import assert_examples_hold


@pytest.mark.parametrize("function", [separated, chance])
def test_the_examples_hold(function):
    assert_examples_hold(function.__doc__, vars(seeds))


def test_either_may_be_above():
    assert separated([3.0, 4.0], [1.0, 2.0])
    assert separated([1.0, 2.0], [3.0, 4.0])


def test_a_tie_or_an_overlap_does_not_separate():
    assert not separated([2.0, 3.0], [1.0, 2.0])
    assert not separated([1.0, 4.0], [2.0, 3.0])


def test_nothing_recorded_separates_nothing():
    with pytest.raises(ValueError, match="at least one seed each"):
        separated([], [1.0])


@pytest.mark.parametrize(("some", "others"), [(2, 2), (3, 3), (2, 4)])
def test_chance_is_the_share_of_orders_that_separate(some, others):
    orders = [list(map(float, order)) for order in permutations(range(some + others))]
    assert chance(some, others) == pytest.approx(sum(separated(o[:some], o[some:]) for o in orders) / len(orders))


def test_five_seeds_against_five():
    assert chance(5) == pytest.approx(1 / 126)
