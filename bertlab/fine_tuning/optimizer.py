"""AdamW by hand, and the learning rate that warms up and falls.

Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2; bias correction as in Kingma & Ba 2015.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

NO_DECAY = ("bias", "LayerNorm.weight", "layer_norm.weight", "norm.weight")


class AdamW:
    """Adam with decoupled weight decay, one parameter at a time.

    Example: `AdamW([{"params": model.parameters()}], lr=5e-5).step()`

    The same as `torch.optim.AdamW`, whose updates it gives to the last digits but a few. `bias_correction=False` is
    what BERT's own code does: both means then begin too small, that of the squares far more, and the first step is
    about three times as long.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        bias_correction: bool = True,
    ):
        groups = list(params)
        groups = groups if groups and isinstance(groups[0], dict) else [{"params": groups}]
        self.param_groups = [
            {"lr": lr, "weight_decay": weight_decay, **group, "params": list(group["params"])} for group in groups
        ]
        self.betas, self.eps, self.bias_correction = betas, eps, bias_correction
        self.state: dict[nn.Parameter, tuple[torch.Tensor, torch.Tensor]] = {}
        self.steps: dict[nn.Parameter, int] = {}

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient. Example: `loss.backward(); optimizer.step()`"""
        for group in self.param_groups:
            for weight in group["params"]:
                self.update(weight, group["lr"], group["weight_decay"])

    def update(self, weight: nn.Parameter, lr: float, decay: float) -> None:
        """Move one parameter, if it has a gradient. Example: `optimizer.update(bias, lr=5e-5, decay=0.0)`."""
        gradient = weight.grad
        if gradient is None:
            return
        first, second = self.state.setdefault(weight, (torch.zeros_like(weight), torch.zeros_like(weight)))
        beta1, beta2 = self.betas
        steps = self.steps[weight] = self.steps.get(weight, 0) + 1  # its own: not each step has a gradient for it
        first.mul_(beta1).add_(gradient, alpha=1 - beta1)  # the mean of the gradients
        second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)  # of their squares
        shrunk1, shrunk2 = 1 - beta1**steps, 1 - beta2**steps  # both means began at zero
        if not self.bias_correction:
            shrunk1 = shrunk2 = 1.0
        weight.mul_(1 - lr * decay)  # decay: beside the gradient, not in it
        weight.sub_(lr * (first / shrunk1) / ((second / shrunk2).sqrt() + self.eps))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients. Example: `optimizer.zero_grad()`"""
        for group in self.param_groups:
            for weight in group["params"]:
                weight.grad = None if set_to_none or weight.grad is None else torch.zeros_like(weight)


def warmup_then_decay(step: int, steps: int, warmup: int) -> float:
    """Return the share of the peak learning rate in a step, counted from 0: up linearly, then down to zero.

    Example: `warmup_then_decay(55, 100, 10)` is `0.5`.
    """
    if step < warmup:
        return step / max(1, warmup)
    return max(0.0, (steps - step) / max(1, steps - warmup))


def parameter_groups(model: nn.Module, weight_decay: float = 0.01) -> list[dict[str, Any]]:
    """Return all trained parameters in two groups: matrices decay, biases and LayerNorm do not.

    Example: `AdamW(parameter_groups(model), lr=5e-5)`
    """
    return split_by_decay(((name, w) for name, w in model.named_parameters() if w.requires_grad), weight_decay)


def split_by_decay(
    named: Iterable[tuple[str, nn.Parameter]], weight_decay: float, **options: Any
) -> list[dict[str, Any]]:
    """Return named parameters in a group that decays and one that does not, empty ones left out.

    Example: `split_by_decay(layer.named_parameters(), 0.01, lr=1e-5)`; options go into both groups.
    """
    decayed: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, weight in named:
        (others if name.endswith(NO_DECAY) else decayed).append(weight)
    groups = [(decayed, weight_decay), (others, 0.0)]
    return [{"params": weights, "weight_decay": decay, **options} for weights, decay in groups if weights]
