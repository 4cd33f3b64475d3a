"""Likely wrong answers of those who follow a mask through the layers. See `bertlab.exercises.mistakes`."""

from jaxtyping import Bool
from torch import Tensor

from bertlab.attention.masks import receptive_set

Mask = Bool[Tensor, "seq seq"]


def reads_the_column(mask: Mask, position: int, layers: int) -> set[int]:
    """You read the column: who looks at `position`. Asked for is whom it looks at, and that is its row."""
    return receptive_set(mask.T, position, layers)


def forgets_the_residual(mask: Mask, position: int, layers: int) -> set[int]:
    """You follow the attention alone. The residual connection carries each position past it, so that a position always
    stays in its own set, even where its own row is False, as for padding."""
    seen = {position}
    for _ in range(layers):
        seen = {key for query in seen for key in range(len(mask)) if mask[query, key]}
    return seen


def adds_itself_at_the_end(mask: Mask, position: int, layers: int) -> set[int]:
    """You keep `position` itself, but lose others that were reached on the way. The residual connection keeps each of
    them in every layer: the set only grows."""
    return forgets_the_residual(mask, position, layers) | {position}


def goes_through_one_layer(mask: Mask, position: int, layers: int) -> set[int]:
    """You stop after one layer. In the next one each position that was reached brings along all that it has seen."""
    return receptive_set(mask, position, min(layers, 1))


def reads_one_row(mask: Mask, position: int, layers: int) -> set[int]:
    """You read one row of the mask. Two things are missing: a position keeps what it had, by the residual connection,
    and in the next layer each position that was reached brings along all that it has seen."""
    return {key for key in range(len(mask)) if mask[position, key]}


def stops_one_layer_short(mask: Mask, position: int, layers: int) -> set[int]:
    """You take one step too few: `layers` of them lead from `{position}` to the answer. (`range(1, layers)` has one
    less.)"""
    return receptive_set(mask, position, layers - 1)


def goes_on_to_the_end(mask: Mask, position: int, layers: int) -> set[int]:
    """You go on until nothing new is reached. With few layers it does not come to that: take `layers` steps."""
    return receptive_set(mask, position, len(mask))


def leaves_itself_out(mask: Mask, position: int, layers: int) -> set[int]:
    """You leave out `position` itself. What a position holds depends on its own token too."""
    return receptive_set(mask, position, layers) - {position}
