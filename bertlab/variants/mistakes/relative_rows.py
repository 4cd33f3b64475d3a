"""What goes wrong when distances are looked up in a table. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def reverses_the_sign(seq: int, k: int) -> Tensor:
    """You count from j to i: yours are the rows of j − i. Before and after change places, and a model that was trained
    with i − j would look to the wrong side everywhere. Row i holds i − j: `places[:, None] - places`."""
    return (-_distances(seq)).clamp(-k, k - 1) + k


def does_not_shift(seq: int, k: int) -> Tensor:
    """These are distances, not yet rows of a table: half of them are negative, and −1 would silently look up the last
    row. Distance −k stands in row 0: add k."""
    return _distances(seq).clamp(-k, k - 1)


def lets_k_be_a_distance(seq: int, k: int) -> Tensor:
    """You clamp to k above, which makes 2k + 1 rows with the 0: row 2k does not exist. The k rows for what is not
    negative hold 0 to k − 1, so clamp to k − 1 there."""
    return _distances(seq).clamp(-k, k) + k


def takes_the_absolute_distance(seq: int, k: int) -> Tensor:
    """Yours tells how far two tokens are apart, but not which comes first: "dog bites" and "bites dog" would be the
    same. Keep the sign; the first k rows of the table are for it."""
    return _distances(seq).abs().clamp(-k, k - 1) + k


def does_not_clamp(seq: int, k: int) -> Tensor:
    """Right as long as the text is short. Farther away, yours asks for rows below 0 or above 2k − 1: all distances
    below −k share row 0, and all above k − 1 share the last."""
    return _distances(seq) + k


def shifts_before_it_clamps(seq: int, k: int) -> Tensor:
    """You add k first and then clamp to the bounds of the *distances*, so that nothing passes row k − 1, and rows below
    0 remain. Clamp first; or after the shift, but then to 0 and 2k − 1."""
    return (_distances(seq) + k).clamp(-k, k - 1)


def comes_round_again(seq: int, k: int) -> Tensor:
    """You take a remainder, so that a token 2k places away is given the row of the token itself. What is far shares the
    outermost row: clamp."""
    return (_distances(seq) + k) % (2 * k)


def never_uses_row_0(seq: int, k: int) -> Tensor:
    """You clamp to −(k − 1) below, so that distance −k shares a row with the one after it, and row 0 stays unused. The
    rows are not the same number on both sides: k below 0, and k with the 0."""
    return _distances(seq).clamp(1 - k, k - 1) + k


def _distances(seq: int) -> Tensor:
    places = torch.arange(seq)
    return places[:, None] - places
