"""What goes wrong when people put heads together again. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def reshapes_without_transpose(heads: Tensor) -> Tensor:
    """The shape is right and the numbers are wrong: what you make one token of are numbers of several tokens, all from
    one head. Bring tokens before heads, `transpose(1, 2)`, and only then join the last two axes."""
    batch, num_heads, seq, size = heads.shape
    return heads.reshape(batch, seq, num_heads * size)


def views_what_was_transposed(heads: Tensor) -> Tensor:
    """`view` raises an error here: it never moves a number, and after `transpose` those of a token are not neighbours
    in memory. Use `reshape` or `flatten`, which copy where they must, or call `.contiguous()` before `view`."""
    batch, num_heads, seq, size = heads.shape
    return heads.transpose(1, 2).view(batch, seq, num_heads * size)


def joins_numbers_in_turn(heads: Tensor) -> Tensor:
    """You take a number from each head in turn. Heads lie one after another: first all numbers of the first head. Bring
    the axes to (batch, seq, heads, size), not (batch, seq, size, heads), before you join the last two."""
    return heads.permute(0, 2, 3, 1).flatten(2)


def stops_after_transpose(heads: Tensor) -> Tensor:
    """Your result still has a place for each head: (batch, seq, heads, size). Join the last two axes into one."""
    return heads.transpose(1, 2)


def joins_tokens(heads: Tensor) -> Tensor:
    """You join the last two axes, and those are tokens and size: each head's tokens have become one long vector. Bring
    tokens before heads first, `transpose(1, 2)`; then the last two axes are heads and size."""
    return heads.flatten(2)


def puts_heads_below_each_other(heads: Tensor) -> Tensor:
    """You put the heads below each other, as if they were more tokens. They go side by side: each token gets one
    vector, as wide as all heads together."""
    return heads.flatten(1, 2)


def joins_two_heads(heads: Tensor) -> Tensor:
    """You join the first two heads, as in the example, and leave out the rest. Join all of them: `heads.shape[1]` says
    how many there are."""
    return heads[:, :2].transpose(1, 2).flatten(2)


def averages_heads(heads: Tensor) -> Tensor:
    """You average the heads, and what each of them found is lost. Put them side by side: to mix them is the work of the
    linear layer that comes next."""
    return heads.mean(dim=1)


def adds_heads(heads: Tensor) -> Tensor:
    """You add the heads up: who found what is lost. Put them side by side: to mix them is the work of the
    linear layer that comes next."""
    return heads.sum(dim=1)
