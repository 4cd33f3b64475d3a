"""What an encoder costs as texts get longer: multiplications by hand, seconds and bytes measured, and how they grow.

Comparing each token with each other grows with the square of the length; all else grows with the length itself.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from transformers import BertConfig


def flops_per_token(config: BertConfig, seq_len: int) -> dict[str, int]:
    """Count what the layers compute for one token of a text of `seq_len` tokens, a multiplication and addition as two.

    Example: `flops_per_token(BertConfig(), 512)["attention"]` is `12 * 4 * 512 * 768`.

    Only matrix products are counted, which are nearly all. A matrix of m by n numbers costs a token 2·m·n: so query,
    key, value and output take 8·d², and the feed-forward network 4·d·f. Attention takes 2·d for the score of each of
    the `seq_len` tokens that are looked at, and 2·d to add its value.
    """
    layers, width = config.num_hidden_layers, config.hidden_size
    return {
        "projections": layers * 8 * width**2,
        "feed-forward": layers * 4 * width * config.intermediate_size,
        "attention": layers * 4 * seq_len * width,
    }


@torch.inference_mode()
def seconds(model: nn.Module, seq_len: int, repeats: int = 3) -> float:
    """Measure one forward pass over one text of `seq_len` tokens: the fastest of several, after one to warm up.

    Example: `seconds(model.bert, seq_len=512) > seconds(model.bert, seq_len=64)`
    """
    input_ids = torch.zeros(1, seq_len, dtype=torch.long)
    measured = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        model(input_ids)
        measured.append(time.perf_counter() - start)
    return min(measured[1:])


def saved_bytes(model: nn.Module, seq_len: int) -> int:
    """Measure what a forward pass over one text keeps for the backward pass, in bytes, without the weights themselves.

    Example: `saved_bytes(model.bert, seq_len=512)`

    The same on every machine. This is what fills the memory in training; without gradients nothing is kept.
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
    """Find the growth that comes nearest to measured amounts, by least squares of the relative errors.

    Example: `fit_growth([1, 2, 3], [4, 10, 18])` is close to `Growth(linear=3.0, quadratic=1.0)`.

    Relative, because otherwise the longest text alone would decide. ValueError for fewer than two lengths.
    """
    if len(set(lengths)) < 2:
        raise ValueError("two terms cannot be told apart by one length: measure at two or more")
    length, amount = torch.tensor(lengths, dtype=torch.float64), torch.tensor(amounts, dtype=torch.float64)
    terms = torch.stack([length, length**2], dim=1) / amount[:, None]
    return Growth(*torch.linalg.lstsq(terms, torch.ones_like(amount)[:, None]).solution.flatten().tolist())
