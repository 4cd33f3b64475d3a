"""What goes wrong when people write GELU. See `bertlab.exercises.mistakes`."""

import math

import torch
from torch import Tensor


def approximates_by_tanh(x: Tensor) -> Tensor:
    """Close: that is the approximation by tanh, which Google's code has by now. It is off by up to 0.0005, enough to
    fail a comparison. The exact one, Hugging Face's "gelu", takes the error function: `torch.erf`."""
    return torch.nn.functional.gelu(x, approximate="tanh")


def approximates_by_sigmoid(x: Tensor) -> Tensor:
    """That is the approximation x · sigmoid(1.702 x), off by up to 0.02. The exact one takes the error function:
    `torch.erf`."""
    return x * torch.sigmoid(1.702 * x)


def is_silu(x: Tensor) -> Tensor:
    """That is SiLU, or Swish: x · sigmoid(x). In GELU, x is weighted by the normal distribution."""
    return x * torch.sigmoid(x)


def is_relu(x: Tensor) -> Tensor:
    """That is ReLU, which cuts off sharply at 0. GELU lets small negative numbers through in part."""
    return torch.relu(x)


def forgets_the_root_of_two(x: Tensor) -> Tensor:
    """You take erf(x). It is erf(x / √2) that belongs to the normal distribution with variance 1."""
    return x * 0.5 * (1 + torch.erf(x))


def takes_half_for_the_root(x: Tensor) -> Tensor:
    """You take erf(x / 2). It is erf(x / √2), divided by the root of 2."""
    return x * 0.5 * (1 + torch.erf(x / 2))


def forgets_the_one(x: Tensor) -> Tensor:
    """You take half of erf(x / √2), which runs from -0.5 to 0.5. Add 1 to erf before you halve it: a probability runs
    from 0 to 1."""
    return x * 0.5 * torch.erf(x / math.sqrt(2))


def forgets_the_half(x: Tensor) -> Tensor:
    """Yours is twice too large: 1 + erf(...) runs from 0 to 2, and a probability from 0 to 1."""
    return x * (1 + torch.erf(x / math.sqrt(2)))


def returns_the_probability(x: Tensor) -> Tensor:
    """That is Φ(x), the probability alone: how much of x passes. Multiply it by x."""
    return 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def takes_the_density(x: Tensor) -> Tensor:
    """You weight x by the bell curve itself. Weight it by the area under the curve up to x: the distribution, Φ(x)."""
    return x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
