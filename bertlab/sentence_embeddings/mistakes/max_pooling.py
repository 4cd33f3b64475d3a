"""What goes wrong when the maximum over a text's tokens is taken. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def lets_zeros_win(hidden: Tensor, mask: Tensor) -> Tensor:
    """Padding counts as 0 in yours, and 0 is the maximum wherever all tokens of a text are negative. The vector of a
    text then depends on whether it is padded. What can never win is −∞."""
    return (hidden * mask[..., None]).amax(dim=1)


def looks_at_padding_too(hidden: Tensor, mask: Tensor) -> Tensor:
    """You look for the maximum at all positions, padding included, so that a text gets values that are none of its own
    tokens'. Where the mask is 0, nothing may win."""
    return hidden.amax(dim=1)


def turns_the_mask_round(hidden: Tensor, mask: Tensor) -> Tensor:
    """You take the maximum over the padding, and −∞ where a text has none: the tokens are what you left out. The mask
    is 1 at tokens; `masked_fill` and the like write where theirs is *true*."""
    return _largest(hidden, 1 - mask)


def makes_nan(hidden: Tensor, mask: Tensor) -> Tensor:
    """Your result is NaN, "not a number", which is what 0 times infinity gives; whatever is added to it is NaN as well.
    Do not multiply by infinity: put −∞ in the place of padding."""
    return (hidden + (1 - mask[..., None]) * -torch.inf).amax(dim=1)


def returns_places_too(hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """You return two things, the largest values and the positions at which they stand: so does `max` if it is given a
    `dim`. Only the values were asked for."""
    values, places = hidden.masked_fill(mask[..., None] == 0, -torch.inf).max(dim=1)
    return values, places


def compares_within_a_token(hidden: Tensor, mask: Tensor) -> Tensor:
    """You take the largest of the values of each token, and return a number for each position. The maximum is to go
    over the tokens of a text, in each dimension by itself."""
    return hidden.masked_fill(mask[..., None] == 0, -torch.inf).amax(dim=2)


def takes_the_first_positions(hidden: Tensor, mask: Tensor) -> Tensor:
    """You count the tokens of a text, and look at so many positions from the first one on. Zeros may stand before or
    between the ones too, for padding on the left or a prompt that is left out: go by where the ones are."""
    return _largest(hidden, torch.arange(mask.shape[1]) < mask.sum(dim=1, keepdim=True))


def mixes_the_texts(hidden: Tensor, mask: Tensor) -> Tensor:
    """You look for the maximum among the tokens of all texts together and return one vector: `hidden[mask == 1]` is a
    single list of tokens. Each text is to have its own: keep the dimensions, and take the maximum over dim 1."""
    return hidden[mask.bool()].amax(dim=0)


def _largest(hidden: Tensor, mask: Tensor) -> Tensor:
    return hidden.masked_fill(mask[..., None] == 0, -torch.inf).amax(dim=1)
