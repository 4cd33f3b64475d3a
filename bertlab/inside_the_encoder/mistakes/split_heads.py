"""What goes wrong when people split hidden states into heads. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def views_without_transpose(hidden: Tensor, num_heads: int) -> Tensor:
    """The shape is right and the numbers are wrong: `view` to (batch, heads, seq, size) in one go only deals the same
    row of numbers out anew, so that a head gets all of the first tokens and nothing of the last. Split the last axis,
    to (batch, seq, heads, size), and then `transpose(1, 2)`."""
    batch, seq, width = hidden.shape
    return hidden.reshape(batch, num_heads, seq, width // num_heads)


def leaves_heads_behind_tokens(hidden: Tensor, num_heads: int) -> Tensor:
    """You split, and stop: your result is (batch, seq, heads, size). Heads must come before tokens, for a matrix
    product takes the last two axes, and those are to be tokens and numbers."""
    return hidden.unflatten(-1, (num_heads, -1))


def deals_numbers_out_in_turn(hidden: Tensor, num_heads: int) -> Tensor:
    """You deal the numbers of a token out to the heads in turn, one each, like cards. A head gets a run of neighbours:
    the first head the first numbers. Split the last axis into (heads, size), in this order."""
    return hidden.unflatten(-1, (-1, num_heads)).permute(0, 3, 1, 2)


def takes_the_number_of_heads_for_their_size(hidden: Tensor, num_heads: int) -> Tensor:
    """You make heads of `num_heads` numbers each. There are to be `num_heads` of them: each has width / num_heads
    numbers."""
    return hidden.unflatten(-1, (-1, num_heads)).transpose(1, 2)


def always_makes_two_heads(hidden: Tensor, num_heads: int) -> Tensor:
    """You always make two heads, as in the example. Make `num_heads` of them."""
    return hidden.unflatten(-1, (2, -1)).transpose(1, 2)


def turns_each_head(hidden: Tensor, num_heads: int) -> Tensor:
    """Each of your heads is (size, seq): a column for each token. A token is a row, as it was before: (seq, size)."""
    return hidden.unflatten(-1, (num_heads, -1)).permute(0, 2, 3, 1)


def puts_heads_first(hidden: Tensor, num_heads: int) -> Tensor:
    """You put the heads in front of the batch. The batch stays the first axis: (batch, heads, seq, size)."""
    return hidden.unflatten(-1, (num_heads, -1)).permute(2, 0, 1, 3)
