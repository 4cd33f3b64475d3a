"""Likely mistakes in choosing what mask-predict hides again. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def hides_the_surest(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """You hide the words that are most sure. Keep those, and hide the ones that are least sure."""
    return sorted(_by_sureness(sure, gaps)[::-1][: _count(len(gaps), iteration, iterations)])


def hides_more_each_time(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """Your number grows with the iterations. After the first most are hidden again, after the last none:
    N · (iterations − iteration) / iterations."""
    return sorted(_by_sureness(sure, gaps)[: len(gaps) * iteration // iterations])


def counts_iterations_from_0(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """You are one iteration behind: after the first of four, three quarters are hidden again, not all."""
    return sorted(_by_sureness(sure, gaps)[: _count(len(gaps), iteration - 1, iterations)])


def counts_special_tokens(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """Your number is a share of the whole row, [CLS] and [SEP] included. N is the number of gaps."""
    return sorted(_by_sureness(sure, gaps)[: _count(len(sure), iteration, iterations)])


def rounds_up(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """One too many where the share is not whole: it is rounded down, `//`."""
    return sorted(_by_sureness(sure, gaps)[: -(-len(gaps) * (iterations - iteration) // iterations)])


def loses_one_to_a_float(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """One too few at times: 5 · (1 − 4 / 5) is 0.99…98 in floating point, and rounds down to 0. Multiply first, and
    divide whole numbers: `N * (iterations - iteration) // iterations`."""
    return sorted(_by_sureness(sure, gaps)[: int(len(gaps) * (1 - iteration / iterations))])


def counts_places_among_the_gaps(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """Your numbers count the gaps: 0 is the first gap. Asked for are places in the row: `gaps[...]` of what you
    have."""
    return sorted(sure[gaps].argsort()[: _count(len(gaps), iteration, iterations)].tolist())


def orders_by_sureness(sure: Tensor, gaps: Tensor, iteration: int, iterations: int) -> list[int]:
    """The right places in another order: return them from the left, sorted by place."""
    return _by_sureness(sure, gaps)[: _count(len(gaps), iteration, iterations)]


def _count(gaps: int, iteration: int, iterations: int) -> int:
    return gaps * (iterations - iteration) // iterations


def _by_sureness(sure: Tensor, gaps: Tensor) -> list[int]:
    return sorted(gaps.tolist(), key=lambda place: sure[place].item())
