"""What the variants share: what they return, a mask made a bias, and one layer after the other."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.inside_the_encoder.model import AttentionWeights, Hidden, TokenIds


class BaseModelOutput(NamedTuple):
    """A vector for each token and, if asked for, each layer's attention weights. There is no vector of the text."""

    last_hidden_state: Hidden
    attentions: tuple[AttentionWeights, ...]


class MaskedLMOutput(NamedTuple):
    """Scores for what is behind each token."""

    logits: Float[Tensor, "batch seq vocab"]
    attentions: tuple[AttentionWeights, ...]


def run_layers(
    layers: Iterable[nn.Module],
    hidden: Hidden,
    attention_mask: TokenIds | Int[Tensor, "batch seq seq"] | None = None,
    output_attentions: bool = False,
) -> tuple[Hidden, tuple[AttentionWeights, ...]]:
    """Send hidden states through layers, one after the other; return them and, if asked for, all attention weights.

    Example: `run_layers(model.encoder["layer"].children(), model.embeddings(ids, types), attention_mask)[0]`
    """
    bias = None
    if attention_mask is not None:  # 0 on tokens; on padding a number so low that the softmax makes 0 of it
        visible = attention_mask.reshape(len(hidden), 1, -1, hidden.shape[1])  # (B, 1, 1 or T, T)
        bias = (1 - visible.to(hidden.dtype)) * torch.finfo(hidden.dtype).min
    attentions: list[AttentionWeights] = []
    for layer in layers:
        hidden, weights = layer(hidden, bias)
        attentions += [weights] if output_attentions else []
    return hidden, tuple(attentions)
