"""The exercises of notebook 02: split heads and merge them, add and normalize, GELU, count a layer's parameters."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.inside_the_encoder import model
from bertlab.inside_the_encoder.mistakes import add_and_norm as wrong_norms
from bertlab.inside_the_encoder.mistakes import gelu as wrong_gelus
from bertlab.inside_the_encoder.mistakes import layer_parameters as wrong_counts
from bertlab.inside_the_encoder.mistakes import merge_heads as wrong_merges
from bertlab.inside_the_encoder.mistakes import split_heads as wrong_splits


def _numbered(*shape: int) -> Tensor:
    """Number the places of a tensor. Example: `_numbered(1, 2)` is `tensor([[0., 1.]])`."""
    return torch.arange(math.prod(shape), dtype=torch.float32).view(shape)


split_heads = Exercise(
    id="inside_the_encoder.split_heads",
    title="From one vector to many heads",
    reference=model.split_heads,
    cases=[
        Case(_numbered(1, 2, 4), 2),
        Case(_numbered(1, 3, 4), 2),
        Case(_numbered(1, 2, 6), 3),
        Case(_numbered(2, 3, 6), 2),
        Case(_numbered(3, 2, 4), 1),
    ],
    hints=[
        "Draw it for one text of two tokens with four numbers each and two heads. Which numbers go to the first head?",
        "Two steps. Split the last axis in two, heads and size: `view` or `unflatten` does it. Then change the order"
        " of two axes.",
        "`hidden.view(batch, seq, num_heads, -1)` is the first step. In the second, `transpose` swaps the axes of the"
        " tokens and of the heads, numbers 1 and 2.",
    ],
    mistakes=mistakes.of(wrong_splits),
)

merge_heads = Exercise(
    id="inside_the_encoder.merge_heads",
    title="From many heads to one vector",
    reference=model.merge_heads,
    cases=[
        Case(_numbered(1, 2, 2, 2)),
        Case(_numbered(1, 2, 3, 1)),
        Case(_numbered(1, 3, 2, 2)),
        Case(_numbered(2, 2, 3, 2)),
    ],
    hints=[
        "It undoes what splitting did, so take the two steps of splitting in the opposite order.",
        "First bring tokens before heads, then make one axis of the last two: (batch, seq, heads · size).",
        "`transpose(1, 2)`, then `flatten(2)` or `reshape`. With `view` you need `.contiguous()` first: why?",
    ],
    mistakes=mistakes.of(wrong_merges),
)


def normalize_sum(
    found: Float[Tensor, "seq hidden"],
    residual: Float[Tensor, "seq hidden"],
    weight: Float[Tensor, " hidden"],
    bias: Float[Tensor, " hidden"],
    eps: float,
) -> Float[Tensor, "seq hidden"]:
    """Add what a sublayer found to what it started from, and normalize each token: mean 0, variance 1."""
    summed = residual + found
    centred = summed - summed.mean(dim=-1, keepdim=True)
    variance = (centred**2).mean(dim=-1, keepdim=True)  # divided by n, not by n - 1
    return centred / torch.sqrt(variance + eps) * weight + bias


_WEIGHT, _BIAS = torch.tensor([1.0, 2, 1]), torch.tensor([0.0, 3, 5])
_FOUND, _RESIDUAL = torch.tensor([[1.0, 2, 6], [0, 3, 0]]), torch.tensor([[3.0, 0, 0], [1, 1, 4]])

add_and_norm = Exercise(
    id="inside_the_encoder.add_and_norm",
    title="Add & Norm, by hand",
    reference=normalize_sum,
    cases=[
        Case(_FOUND, _RESIDUAL, _WEIGHT, _BIAS, 1e-12),
        Case(_FOUND, _RESIDUAL, _WEIGHT, _BIAS, 0.5),
        Case(_FOUND[:1], _RESIDUAL[:1], _WEIGHT, _BIAS, 2.0),
        Case(torch.tensor([[1.0, 2, 3]]), torch.tensor([[3.0, 2, 1]]), _WEIGHT, _BIAS, 1e-12),
    ],
    hints=[
        "In which order? Add the two matrices, and normalize what comes out.",
        "Each token is normalized by itself: `mean(dim=-1, keepdim=True)` gives a mean for each row. The variance is"
        " the mean of the squared distances from it.",
        "(x - mean) / sqrt(variance + eps), then times `weight`, plus `bias`. Beware of `var`: it divides by n - 1"
        " unless you say `correction=0`.",
    ],
    mistakes=mistakes.of(wrong_norms),
)


def exact_gelu(x: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """Let through of each number as much as a standard normal draw is likely to lie below it: x · Φ(x)."""
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


gelu = Exercise(
    id="inside_the_encoder.gelu",
    title="GELU, exactly",
    reference=exact_gelu,
    cases=[
        Case(torch.tensor([-1.0, 0, 1])),
        Case(torch.tensor([-3.0, -2, -0.5, 0.5, 2, 3])),
        Case(torch.tensor([[-2.5, 2.5], [-0.1, 10]])),
    ],
    hints=[
        "x · Φ(x), where Φ(x) is the probability that a standard normal draw is smaller than x.",
        "PyTorch has the error function, `torch.erf`, which is nearly the same: Φ(x) = (1 + erf(x / √2)) / 2.",
        "`x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))`, with an `import math` above.",
    ],
    mistakes=mistakes.of(wrong_gelus),
)


def count_layer(hidden_size: int, intermediate_size: int) -> dict[str, int]:
    """Count the two halves of one layer: m · n weights and n biases where m numbers become n, and a LayerNorm each."""
    projection = hidden_size * hidden_size + hidden_size  # query, key, value, and what mixes the heads: 4 of them
    up = hidden_size * intermediate_size + intermediate_size
    down = intermediate_size * hidden_size + hidden_size
    layer_norm = 2 * hidden_size  # a scale and a shift
    return {"attention": 4 * projection + layer_norm, "feed-forward": up + down + layer_norm}


layer_parameters = Exercise(
    id="inside_the_encoder.layer_parameters",
    title="How many numbers are in a layer?",
    reference=count_layer,
    cases=[Case(2, 3), Case(10, 40), Case(32, 37), Case(768, 3072)],
    hints=[
        "A linear layer from m numbers to n has m · n weights and n biases. How many linear layers does attention have,"
        " how many the feed-forward network, and between which widths?",
        "Attention: query, key, value, and one that mixes the heads' results, each from hidden_size to hidden_size. The"
        " number of heads changes nothing. Feed-forward: one up to intermediate_size and one back.",
        "Both end in a LayerNorm, with a scale and a shift for each of the hidden_size numbers.",
    ],
    mistakes=mistakes.of(wrong_counts),
)
