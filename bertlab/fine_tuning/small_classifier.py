"""A model for the exercise on the loop: small, and without chance, so that every right loop gives the same losses."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class SmallClassifier(nn.Module):
    """Two layers, and between them a dropout that always drops the same half, so that losses can be compared.

    Example: `SmallClassifier(3, 4, 2).eval()(torch.ones(5, 3, dtype=torch.double)).shape` is `(5, 2)`.

    Its weights are not random either, and double, so that all ways to take a step agree.
    """

    def __init__(self, features: int, hidden: int, classes: int):
        super().__init__()
        self.first = nn.Parameter(waves(features, hidden))
        self.second = nn.Parameter(waves(hidden, classes))

    def forward(self, inputs: Float[Tensor, "batch features"]) -> Float[Tensor, "batch classes"]:
        """Return the logits. Example: `model(inputs)`."""
        hidden = (inputs @ self.first).tanh()
        if self.training:
            hidden = hidden * (torch.arange(hidden.shape[1]) % 2 * 2)  # as dropout does: what stays is doubled
        return hidden @ self.second


def waves(rows: int, columns: int) -> Float[Tensor, "rows columns"]:
    """Return a table of numbers between -1 and 1, the sines of 1, 2, 3 and so on. Example: `waves(13, 7)`."""
    return torch.arange(1, rows * columns + 1, dtype=torch.double).sin().reshape(rows, columns)


BATCHES = [
    (waves(4, 3), torch.tensor([2, 0, 1, 1])),
    (waves(3, 3).flip(0), torch.tensor([0, 2, 2])),
    (waves(5, 3).cos(), torch.tensor([1, 1, 0, 2, 0])),
    (waves(2, 3).square(), torch.tensor([2, 1])),
]
"""Inputs of three features and labels of three classes, in batches of unequal sizes."""
