"""The average of the weights that a run passes through at its end: they circle around what they are looking for.

Their mean is nearer to it than any of them is (Izmailov et al. 2018, arXiv:1803.05407), at no cost when it is used.
"""

import torch
from torch import Tensor, nn


class RunningMean:
    """The mean of a model's weights over the times that `add` was called.

    Example: `mean.add(model)` every ten steps, then `model.load_state_dict(mean.weights)`.
    """

    def __init__(self) -> None:
        self.count = 0
        self.weights: dict[str, Tensor] = {}

    @torch.no_grad()
    def add(self, model: nn.Module) -> None:
        """Take the weights as they are now into the mean."""
        self.count += 1
        for name, weight in model.state_dict().items():
            if name in self.weights:
                self.weights[name].lerp_(weight, 1 / self.count)
            else:
                self.weights[name] = weight.clone()
