"""What goes wrong on the way to the ideal judge of pairs. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def forgets_the_prior(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """You left out how frequent true pairs are: weigh P(A, B | next) with `share`, and P(A) P(B) with 1 − `share`."""
    return together / (together + first * second)


def weighs_the_wrong_side(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """`share` is the share of pairs that follow. It belongs to P(A, B | next), and 1 − `share` to P(A) P(B)."""
    return together * (1 - share) / (together * (1 - share) + first * second * share)


def returns_odds(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """Those are odds, *follows* against *does not*. A probability is the share of both together: divide by the sum of
    the two weights."""
    return together * share / (first * second * (1 - share))


def returns_the_other_answer(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """That is the probability that B does *not* follow: put the other weight on top."""
    return first * second * (1 - share) / (together * share + first * second * (1 - share))


def weighs_one_side_only(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """You weigh the whole pairs with `share`, but not the torn ones: they are 1 − `share` of all."""
    return together * share / (together * share + first * second)


def divides_by_a(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """You divide `together` by P(A), which makes it P(B | A), and still have P(A) on the other side. Divide on both
    sides, or on none."""
    return together / first * share / (together / first * share + first * second * (1 - share))


def takes_together_for_a_condition(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """On one side P(A) counts once too often or is missing. `together` is P(A, B | next), both sentences at once, so
    leave it as it is; on the other side stand both, P(A) times P(B)."""
    return together * first * share / (together * first * share + first * second * (1 - share))


def decides(together: Tensor, first: Tensor, second: Tensor, share: float) -> Tensor:
    """That is a verdict, 0 or 1. Return the probability: the ideal judge knows how unsure it is."""
    return (together * share > first * second * (1 - share)).double()
