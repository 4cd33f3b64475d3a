"""Likely wrong answers of those who add up attention over the layers. See `bertlab.exercises.mistakes`."""

import torch
from jaxtyping import Float
from torch import Tensor

Rollout = Float[Tensor, "seq seq"]
Weights = Float[Tensor, "heads seq seq"]


def forgets_the_residual(rollout: Rollout, weights: Weights) -> Rollout:
    """You multiply the attention alone. Beside it runs the residual connection, which passes each token on unchanged:
    half of a layer is the identity matrix, `torch.eye(n)`."""
    return weights.mean(dim=0) @ rollout


def does_not_halve(rollout: Rollout, weights: Weights) -> Rollout:
    """You add attention and identity in full, so that a row has the sum 2, after twelve layers 4,096. Take half of
    each."""
    return (weights.mean(dim=0) + torch.eye(len(rollout))) @ rollout


def multiplies_the_other_way_round(rollout: Rollout, weights: Weights) -> Rollout:
    """You multiply in the other order, as if this layer came first. A row of this layer says which positions of the
    layer below it mixes, and the rollout's rows say what is in those: layer @ rollout."""
    return rollout @ _layer(weights.mean(dim=0))


def adds_up_the_heads(rollout: Rollout, weights: Weights) -> Rollout:
    """You add up the heads. Their mean keeps the sum of a row at 1."""
    return _layer(weights.sum(dim=0)) @ rollout


def turns_the_weights(rollout: Rollout, weights: Weights) -> Rollout:
    """Your layer is turned around: its rows and columns have changed places. Row i of the weights already says what
    position i takes from each other one: leave out the transpose."""
    return _layer(weights.mean(dim=0).T) @ rollout


def multiplies_item_by_item(rollout: Rollout, weights: Weights) -> Rollout:
    """`*` multiplies item by item. What arrives over any position between has to be added up, which is the matrix
    product `@`."""
    return _layer(weights.mean(dim=0)) * rollout


def adds_the_identity_afterwards(rollout: Rollout, weights: Weights) -> Rollout:
    """You add the identity after the product. What the residual connection carries on is all that is in the token by
    now, its row of `rollout`: add before you multiply."""
    return _layer(weights.mean(dim=0) @ rollout)


def forgets_the_layers_below(rollout: Rollout, weights: Weights) -> Rollout:
    """You return this layer by itself. Multiplied with the `rollout` so far, it says how much of each *input* there
    is."""
    return _layer(weights.mean(dim=0))


def _layer(mixed: Tensor) -> Tensor:
    return 0.5 * mixed + 0.5 * torch.eye(len(mixed))
