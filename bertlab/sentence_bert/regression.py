"""The cosine of a pair is to be its score: mean squared error.

Reimers and Gurevych 2019 (arXiv:1908.10084, section 3, "Regression Objective Function"). It asks for each score as
such; `cosent` asks only that pairs with higher scores get higher cosines.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Vectors = Float[Tensor, "batch hidden"]


def unit_scores(scores: Float[Tensor, " batch"], low: float = 0.0, high: float = 5.0) -> Float[Tensor, " batch"]:
    """Bring scores from their scale to 0 to 1. Example: `unit_scores(torch.tensor([0.0, 2.5]))` is `[0.0, 0.5]`.

    ValueError if a score lies outside the scale.
    """
    if scores.numel() and (scores.min() < low or scores.max() > high):
        raise ValueError(f"scores from {scores.min():g} to {scores.max():g} do not fit the scale {low:g} to {high:g}")
    return (scores - low) / (high - low)


def cosine_regression_loss(u: Vectors, v: Vectors, scores: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
    """Return the mean of (cosine - score)².

    Example: `cosine_regression_loss(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]]), torch.tensor([0.5]))` is
    `0.25`.

    ValueError if a score is no possible cosine.
    """
    if scores.numel() and scores.abs().max() > 1:
        raise ValueError(f"a score of {scores.abs().max():g} is no possible cosine: use unit_scores(scores) first")
    return (torch.cosine_similarity(u, v, dim=1) - scores).square().mean()
