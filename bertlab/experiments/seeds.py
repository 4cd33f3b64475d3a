"""What a few seeds allow to be said: when two settings count as separated, and how often chance alone does that.

Settings are called separated if every seed of one lies above every seed of the other. That is all: no claim of the
course rests on a difference of means alone. Whoever looks at several differences has several chances.
"""

from collections.abc import Sequence
from math import comb


def separated(some: Sequence[float], others: Sequence[float]) -> bool:
    """Say whether all of one lie above all of the other, whichever it is.

    Example: `separated([0.3, 0.4], [0.1, 0.2])` is `True`.

    ValueError if one of them is empty.
    """
    if not some or not others:
        raise ValueError("nothing was recorded of one of them: give the values of at least one seed each")
    return min(some) > max(others) or max(some) < min(others)


def chance(seeds: int, other_seeds: int | None = None) -> float:
    """Return how often two settings that do not differ are separated by chance: 2 / C(n + m, n).

    Example: `chance(3)` is `0.1`.

    All orders of the values are then equally likely, and two of the ways to choose whose are the lowest separate them.
    """
    other_seeds = seeds if other_seeds is None else other_seeds
    return 2 / comb(seeds + other_seeds, seeds)
