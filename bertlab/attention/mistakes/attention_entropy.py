"""Likely wrong answers of those who measure how spread out attention is. See `bertlab.exercises.mistakes`."""

import math

from jaxtyping import Float
from torch import Tensor

from bertlab.attention.reading import attention_entropy

Weights = Float[Tensor, "query key"]
Entropies = Float[Tensor, " query"]


def takes_the_log_of_zero(weights: Weights) -> Entropies:
    """A weight of 0 makes your sum NaN: its logarithm is -∞, and 0 · -∞ is NaN. Every masked key has that weight.
    As p goes to 0, so does p log p: let such keys add nothing."""
    return -(weights * weights.log()).sum(dim=-1)


def forgets_the_minus(weights: Weights) -> Entropies:
    """Your entropies are negative: the logarithm of a weight below 1 is. The minus in front of the sum turns them."""
    return -attention_entropy(weights)


def counts_in_bits(weights: Weights) -> Entropies:
    """You count in bits, with the logarithm to base 2. Asked for are nats, with the natural logarithm `log`."""
    return attention_entropy(weights) / math.log(2)


def takes_the_mean(weights: Weights) -> Entropies:
    """You take the mean over the keys where the entropy is their sum: the weights have shared out the 1 already."""
    return attention_entropy(weights) / weights.shape[-1]


def sums_over_queries(weights: Weights) -> Float[Tensor, " key"]:
    """You sum down the columns, over the queries. The weights that belong together, with the sum 1, are a row:
    `dim=-1`."""
    return attention_entropy(weights.T)


def sums_up_everything(weights: Weights) -> Float[Tensor, ""]:
    """You add up the whole matrix. Each query has an entropy of its own: `.sum(dim=-1)`, along its row."""
    return attention_entropy(weights).sum()


def keeps_the_column(weights: Weights) -> Float[Tensor, "query 1"]:
    """The numbers are right, but stand in a column of width 1. Leave out `keepdim=True`."""
    return attention_entropy(weights)[:, None]


def writes_into_the_weights(weights: Weights) -> Entropies:
    """You change `weights` itself, in place, and it belongs to the caller; here PyTorch refuses, as one row in memory
    stands for two. Make a new tensor: `torch.where(...)`, or `weights.clone()` first."""
    return attention_entropy(weights.clamp_(min=1e-12))
