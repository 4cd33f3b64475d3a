"""Likely wrong answers of those who keep a decoder from looking ahead. See `bertlab.exercises.mistakes`."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Mask = Bool[Tensor, "query key"]


def hides_the_present(length: int) -> Mask:
    """You hide the present token too: the first position is left with nothing to look at, and its softmax is NaN. A
    position may use itself: it predicts the *next* token."""
    return torch.ones(length, length, dtype=torch.bool).tril(-1)


def looks_ahead(length: int) -> Mask:
    """Your mask is the other way round: each position uses what comes after it. Rows are queries, columns are keys:
    row 0 may use column 0 only."""
    return torch.ones(length, length, dtype=torch.bool).triu()


def marks_what_is_hidden(length: int) -> Mask:
    """You mark with True what must *not* be used. That is what `nn.MultiheadAttention` wants; for
    `scaled_dot_product_attention`, and here, True means: may be used."""
    return torch.ones(length, length, dtype=torch.bool).triu(1)


def lets_one_token_through(length: int) -> Mask:
    """You let each position use the token after it: the very one that it has to predict."""
    return torch.ones(length, length, dtype=torch.bool).tril(1)


def hides_nothing(length: int) -> Mask:
    """Your mask hides nothing: that is an encoder's. Where the column is greater than the row, it must be False."""
    return torch.ones(length, length, dtype=torch.bool)


def gives_numbers(length: int) -> Float[Tensor, "query key"]:
    """The pattern is right, but made of ones and zeros, which `scaled_dot_product_attention` would *add* to the
    scores: 0 or 1 more hides nothing. Make it of booleans: `dtype=torch.bool`."""
    return torch.ones(length, length).tril()


def gives_integers(length: int) -> Int[Tensor, "query key"]:
    """The pattern is right, but made of the integers 0 and 1, which `scaled_dot_product_attention` refuses. Make it of
    booleans: `dtype=torch.bool`, or `.bool()` at the end."""
    return torch.ones(length, length, dtype=torch.long).tril()


def gives_what_is_added(length: int) -> Float[Tensor, "query key"]:
    """That is the mask as it is added to the scores, 0 and -∞. It hides the right keys, but asked for is the pattern
    itself: True and False."""
    return torch.full((length, length), -torch.inf).triu(1)
