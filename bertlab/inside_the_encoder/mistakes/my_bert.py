"""Likely mistakes in a BERT written from memory. See `bertlab.exercises.mistakes`."""

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from transformers import BertConfig

from bertlab.inside_the_encoder.model import AddAndNorm, BertForPreTraining, Layer, SelfAttention, merge_heads
from bertlab.inside_the_encoder.model import split_heads as right_split


def views_without_transpose(config: BertConfig) -> nn.Module:
    """Heads are cut wrongly: `view(batch, heads, seq, size)` in one go gives a head pieces of a few tokens instead of
    its share of every token. First `view(batch, seq, heads, size)`, then `transpose(1, 2)`."""
    return _with_attention(config, split=lambda x, heads: x.reshape(len(x), heads, x.shape[1], -1))


def forgets_to_divide(config: BertConfig) -> nn.Module:
    """Attention scores are not divided by √d, the square root of the size of a head: the softmax is too sharp."""
    return _with_attention(config, divisor=lambda width, size: 1)


def divides_by_the_root_of_the_width(config: BertConfig) -> nn.Module:
    """Attention scores are divided by √hidden_size. d is the size of one head: hidden_size / num_attention_heads."""
    return _with_attention(config, divisor=lambda width, size: math.sqrt(width))


def lets_padding_be_seen(config: BertConfig) -> nn.Module:
    """Real tokens look at padding. From `attention_mask` make a bias, 0 at tokens and a hugely negative number at
    padding, shape (batch, 1, 1, seq), and add it to the scores of every layer before the softmax."""
    return _with_attention(config, masked=False)


def takes_its_own_eps(config: BertConfig) -> nn.Module:
    """LayerNorm is not given `eps=config.layer_norm_eps`. PyTorch's default is 1e-5, BERT's value 1e-12, and this
    configuration asks for another one still."""
    model = BertForPreTraining(config)
    for part in model.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-5
    return model


def approximates_gelu_by_tanh(config: BertConfig) -> nn.Module:
    """Your GELU is the approximation by tanh, off by up to 0.0005. BERT's checkpoints on the Hub ask for the exact one,
    with erf: `nn.functional.gelu(x)` without `approximate`."""
    model = BertForPreTraining(config)
    for part in model.modules():
        if isinstance(part, nn.GELU):
            part.approximate = "tanh"
    return model


def normalizes_first(config: BertConfig) -> nn.Module:
    """Your layers normalize before attention (pre-LayerNorm, as in GPT-2). BERT normalizes after adding:
    `LayerNorm(residual + dense(found))`."""
    return _with_layers(config, _PreNormLayer)


def forgets_the_residual(config: BertConfig) -> nn.Module:
    """What went into attention is not added before the LayerNorm. Add the residual there:
    `LayerNorm(residual + dense(found))`."""
    model = BertForPreTraining(config)
    for layer in _layers(model):
        layer.attention["output"] = _WithoutResidual(config, config.hidden_size)
    return model


class _Attention(SelfAttention):
    """Self-attention with one choice made otherwise."""

    def __init__(
        self,
        config: BertConfig,
        split: Callable[[Tensor, int], Tensor] = right_split,
        divisor: Callable[[int, int], float] = lambda width, size: math.sqrt(size),
        masked: bool = True,
    ):
        super().__init__(config)
        self.split, self.divisor, self.masked = split, divisor, masked

    def forward(self, hidden: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        query, key, value = (self.split(part(hidden), self.num_heads) for part in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) / self.divisor(hidden.shape[-1], query.shape[-1])
        weights = (scores + bias if self.masked and bias is not None else scores).softmax(dim=-1)
        return merge_heads(weights @ value), weights


class _WithoutResidual(AddAndNorm):
    """Normalizes what was found, and nothing else."""

    def forward(self, found: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(found))


class _PreNormLayer(Layer):
    """A layer with its LayerNorms in front."""

    def forward(self, hidden: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        attention: Any = self.attention["output"]
        found, weights = self.attention["self"](attention.LayerNorm(hidden), bias)
        hidden = hidden + attention.dense(found)
        return hidden + self.output.dense(self.intermediate(self.output.LayerNorm(hidden))), weights


def _layers(model: BertForPreTraining) -> list[Any]:
    return list(model.bert.encoder["layer"].children())


def _with_layers(config: BertConfig, kind: type[Layer]) -> nn.Module:
    model = BertForPreTraining(config)
    model.bert.encoder["layer"] = nn.ModuleList(kind(config) for _ in range(config.num_hidden_layers))
    return model


def _with_attention(config: BertConfig, **choice: Any) -> nn.Module:
    model = BertForPreTraining(config)
    for layer in _layers(model):
        layer.attention["self"] = _Attention(config, **choice)
    return model
