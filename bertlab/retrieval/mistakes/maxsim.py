"""What goes wrong when each token of a query looks for its best match. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def goes_down_the_columns(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You take the maximum over the tokens of the query. A column of padding holds nothing but −∞, and then so does the
    sum. With `query @ passage.T` the passage is dim 1: take the maximum over it, and sum over what is left."""
    return _left(query @ passage.T, mask).amax(dim=0).sum()


def sums_over_the_passage(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You look for the best match of each token of the *passage*, so that long passages have large sums whatever the
    query is. Each token of the query looks for its own: maximum over the passage, sum over the query."""
    return (query @ passage[mask].T).amax(dim=0).sum()


def averages_the_passage(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You take the mean over the tokens of the passage, which is the same as to compare with a single vector, their
    mean: what late interaction is there to avoid. Only the best match of each token of the query counts."""
    return (query @ passage[mask].T).mean(dim=1).sum()


def lets_zeros_win(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You make the products with padding 0, and where those with all tokens are negative, 0 is the largest. The score
    then depends on whether the passage is padded. What can never win is −∞."""
    return ((query @ passage.T) * mask).amax(dim=1).sum()


def looks_at_padding_too(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You look for the best match at all positions, padding included, whose vectors a model computes like any others.
    Where the mask is false, nothing may be matched."""
    return (query @ passage.T).amax(dim=1).sum()


def averages_the_query(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """Your best matches are right, but you take their mean. For one query that changes no order, but it is not the
    score asked for, which adds them up."""
    return _left(query @ passage.T, mask).amax(dim=1).mean()


def takes_one_match_only(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You return the single best product of any two tokens, so that one common word would do. *Each* token of the query
    has a best match: take the maximum over dim 1 only, and add these up."""
    return _left(query @ passage.T, mask).amax()


def turns_the_mask_round(query: Tensor, passage: Tensor, mask: Tensor) -> Tensor:
    """You put −∞ at the tokens and leave the padding; where there is none, −∞ is your result. `masked_fill` writes
    where its mask is *true*, and yours is true at tokens: give it `~mask`."""
    return _left(query @ passage.T, ~mask).amax(dim=1).sum()


def _left(products: Tensor, mask: Tensor) -> Tensor:
    return products.masked_fill(~mask, -torch.inf)
