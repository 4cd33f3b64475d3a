"""What an encoder costs as texts get longer: operations by hand, seconds and bytes measured, and how these grow.

Comparing each token with each other grows with the square of the length; all else grows with the length itself.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from transformers import BertConfig

from bertlab.models import encoder, hooked, pick_layers


def flops_per_token(config: BertConfig, seq_len: int) -> dict[str, int]:
    """Count what the layers compute for one token of a text of `seq_len` tokens, a multiplication and addition as two.

    Example: `flops_per_token(BertConfig(), 512)["attention"]` is `12 * 4 * 512 * 768`.

    Only matrix products are counted, nearly all of the work. A matrix of m by n numbers costs a token 2·m·n: so query,
    key, value and output take 8·d², and the feed-forward network 4·d·f. Attention takes 2·d for the score of each of
    the `seq_len` tokens that are looked at, and 2·d to add its value.
    """
    layers, width = config.num_hidden_layers, config.hidden_size
    return {
        "projections": layers * 8 * width**2,
        "feed-forward": layers * 4 * width * config.intermediate_size,
        "attention": layers * 4 * seq_len * width,
    }


class Seconds(NamedTuple):
    """How long a forward pass took: comparing tokens with each other, and everything else."""

    attention: float
    rest: float


@torch.inference_mode()
def measure_seconds(model: nn.Module, seq_len: int, repeats: int = 3) -> Seconds:
    """Time a forward pass over one text of `seq_len` tokens: the fastest of several, after one to warm up.

    Example: `measure_seconds(model, 512).attention > measure_seconds(model, 64).attention`

    "attention" is what happens between query, key and value. Making those three is part of the rest: it is linear, too.
    """
    layers = [layer.attention.self for layer in pick_layers(model)]
    projections = [part for layer in layers for part in (layer.query, layer.key, layer.value)]
    measured = []
    for _ in range(1 + repeats):
        whole, attention = Stopwatch(), Stopwatch()
        with hooked(layers, attention.start, attention.stop), hooked(projections, attention.stop, attention.start):
            whole.start()
            encoder(model)(torch.zeros(1, seq_len, dtype=torch.long))
            whole.stop()
        measured.append((whole.seconds, attention.seconds))
    fastest, attention_alone = min(measured[1:])
    return Seconds(attention_alone, fastest - attention_alone)


class Stopwatch:
    """Adds up the seconds between each start and stop; both can serve as hooks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def start(self, *hook_arguments: object) -> None:
        """Start or go on."""
        self.seconds -= time.perf_counter()

    def stop(self, *hook_arguments: object) -> None:
        """Stop."""
        self.seconds += time.perf_counter()


def saved_bytes(model: nn.Module, seq_len: int) -> int:
    """Measure what a forward pass over one text keeps for the backward pass, in bytes, without the weights themselves.

    Example: `saved_bytes(model.bert, 512) > 2 * saved_bytes(model.bert, 256)`

    The same on every machine. Training keeps this beside weights, gradients and the optimizer's state; without
    gradients nothing is kept.
    """
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}  # several operations may keep the same numbers: they count once

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage
        return tensor

    with saved_tensors_hooks(note, lambda tensor: tensor):
        model(torch.zeros(1, seq_len, dtype=torch.long))
    return sum(storage.nbytes() for storage in kept.values())


class Growth(NamedTuple):
    """An amount that grows as linear · length + quadratic · length²."""

    linear: float
    quadratic: float

    def parts(self, length: int) -> tuple[float, float]:
        """Return both terms at a length. Example: `Growth(3.0, 0.5).parts(10)` is `(30.0, 50.0)`."""
        return self.linear * length, self.quadratic * length**2


def fit_growth(lengths: Sequence[int], amounts: Sequence[int | float]) -> Growth:
    """Fit the growth that comes nearest to measured amounts, by least squares of the relative errors.

    Example: `fit_growth([1, 2, 3], [4, 10, 18])` is close to `Growth(linear=3.0, quadratic=1.0)`.

    Otherwise the longest text alone would decide. ValueError for fewer than two lengths.
    """
    if len(set(lengths)) < 2:
        raise ValueError("two terms cannot be told apart by one length: measure at two or more")
    length, amount = torch.tensor(lengths, dtype=torch.float64), torch.tensor(amounts, dtype=torch.float64)
    terms = torch.stack([length, length**2], dim=1) / amount[:, None]
    return Growth(*torch.linalg.lstsq(terms, torch.ones_like(amount)[:, None]).solution.flatten().tolist())
