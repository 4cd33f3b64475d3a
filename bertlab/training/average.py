"""Average weights that one run passed through: late in training they circle around what they are looking for.

Their mean is nearer to it than any of them is (Izmailov et al. 2018, arXiv:1803.05407), at no cost when it is used.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor


def average_weights(states: Sequence[Path]) -> dict[str, Tensor]:
    """Return the mean of the weights in several checkpoints of one run, as `save_state` wrote them.

    Example: `average_weights([Path("runs/mini/state.pt"), Path("runs/at-120.pt")])`

    ValueError if they do not hold the same parts: they would be of different models.
    """
    total: dict[str, Tensor] = {}
    for path in states:
        weights = torch.load(path, map_location="cpu", weights_only=True)["model"]
        if total and total.keys() != weights.keys():
            raise ValueError(f"{path} holds other parts than {states[0]}: average checkpoints of one run")
        total = {name: weight.double() + total.get(name, 0) for name, weight in weights.items()}
    return {name: (weight / len(states)).float() for name, weight in total.items()}
