"""ModernBERT: our BERT with the parts that six years of decoders brought.

Positions are rotary and in every layer, not added once at the bottom. Two layers in three are local: each token sees
its neighborhood alone, which a kernel made for that turns into time (ours only hides the rest). LayerNorm stands before
each part, not after the sum; the first layer has none before attention, for the embeddings are normalized already. The
feed-forward part has a gate (GeGLU). There are no biases but the decoder's, no token types and no pooler.

Source: Warner et al. 2024 (arXiv:2412.13663), section 2.1; GeGLU is from Shazeer 2020 (arXiv:2002.05202), section 2.
"""

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from transformers import ModernBertConfig

from bertlab.inside_the_encoder.model import AttentionWeights, Bias, Hidden, TokenIds, merge_heads, split_heads
from bertlab.inside_the_encoder.weights import load_weights
from bertlab.variants.layers import BaseModelOutput, MaskedLMOutput
from bertlab.variants.rotary import rotate

KNOWN: dict[str, Any] = {
    **dict.fromkeys(["hidden_activation", "classifier_activation"], "gelu"),
    **dict.fromkeys(["attention_bias", "mlp_bias", "norm_bias", "classifier_bias", "sparse_prediction"], False),
    **dict.fromkeys(["decoder_bias", "tie_word_embeddings"], True),
    **dict.fromkeys(["embedding_dropout", "attention_dropout", "mlp_dropout"], 0.0),
}
"""The settings that our code knows, each with the one value that it can build: those of the published models."""


def checked_config(config: ModernBertConfig) -> ModernBertConfig:
    """Return a configuration that our code builds as it says. Example: `checked_config(ModernBertConfig())`.

    ValueError for a ModernBERT with parts that our code does not have, or whose heads do not share its width evenly.
    """
    asked = {name: getattr(config, name) for name in KNOWN}
    ropes: Any = config.rope_parameters
    asked |= {f"rope_type ({kind})": rope["rope_type"] for kind, rope in ropes.items()}
    for name, value in asked.items():
        known = KNOWN.get(name, "default")
        if value != known:
            raise ValueError(f"the configuration says {name}={value!r}, and our ModernBERT only knows {known!r}")
    if config.hidden_size % config.num_attention_heads:
        raise ValueError(f"{config.num_attention_heads} heads cannot share {config.hidden_size} numbers evenly")
    return config


def local_mask(length: int, reach: int) -> Bool[Tensor, "query key"]:
    """Let every position use itself and `reach` positions on each side.

    Example: `local_mask(3, 1).tolist()` is `[[True, True, False], [True, True, True], [False, True, True]]`.
    """
    positions = torch.arange(length)
    return (positions[:, None] - positions).abs() <= reach


class Attention(nn.Module):
    """BERT's, but queries and keys are turned by their positions, and a local layer looks no farther than its reach."""

    def __init__(self, config: ModernBertConfig, kind: str):
        super().__init__()
        self.num_heads = config.num_attention_heads
        ropes: Any = config.rope_parameters
        self.theta = ropes[kind]["rope_theta"]
        self.reach = config.local_attention // 2 if kind == "sliding_attention" else None
        self.Wqkv = nn.Linear(config.hidden_size, 3 * config.hidden_size, bias=False)
        self.Wo = nn.Linear(config.hidden_size, config.hidden_size, bias=False)

    def mix(self, qkv: Float[Tensor, "batch seq qkv"], bias: Bias = None) -> tuple[Hidden, AttentionWeights]:
        """Do what needs the other tokens of a text; `Wqkv` before it and `Wo` after it work on each token alone."""
        query, key, value = (split_heads(part, self.num_heads) for part in qkv.chunk(3, dim=-1))
        query, key = rotate(query, self.theta), rotate(key, self.theta)
        scores = query / math.sqrt(query.shape[-1]) @ key.transpose(-1, -2)  # (B, H, T, T)
        scores = scores if bias is None else scores + bias
        if self.reach is not None:
            far = ~local_mask(scores.shape[-1], self.reach).to(scores.device)
            scores = scores.masked_fill(far, torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1)
        return merge_heads(weights @ value), weights

    def forward(self, hidden: Hidden, bias: Bias = None) -> tuple[Hidden, AttentionWeights]:
        """Return what each token gathered, and the weights it did so by."""
        found, weights = self.mix(self.Wqkv(hidden), bias)
        return self.Wo(found), weights


class GeGLU(nn.Module):
    """BERT's feed-forward, but each inner number is multiplied by a gate, a second projection of the same token."""

    def __init__(self, config: ModernBertConfig):
        super().__init__()
        self.Wi = nn.Linear(config.hidden_size, 2 * config.intermediate_size, bias=False)
        self.Wo = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, hidden: Hidden) -> Hidden:
        """Return Wo(gelu(inner) · gate)."""
        inner, gate = self.Wi(hidden).chunk(2, dim=-1)
        return self.Wo(nn.functional.gelu(inner) * gate)


def layer_norm(config: ModernBertConfig) -> nn.LayerNorm:
    """Return a LayerNorm that scales but does not shift. Example: `layer_norm(config).bias` is None."""
    return nn.LayerNorm(config.hidden_size, eps=config.norm_eps, bias=False)


class Layer(nn.Module):
    """As BERT's, but with its norms in front (pre-norm): what goes from layer to layer is only ever added to."""

    def __init__(self, config: ModernBertConfig, number: int):
        super().__init__()
        self.attn_norm = layer_norm(config) if number else nn.Identity()
        kinds: Any = config.layer_types
        self.attn = Attention(config, kinds[number])
        self.mlp_norm = layer_norm(config)
        self.mlp = GeGLU(config)

    def forward(self, hidden: Hidden, bias: Bias = None) -> tuple[Hidden, AttentionWeights]:
        """Return the hidden states after this layer, and its attention weights."""
        found, weights = self.attn(self.attn_norm(hidden), bias)
        hidden = hidden + found
        return hidden + self.mlp(self.mlp_norm(hidden)), weights


class ModernBertModel(nn.Module):
    """The encoder: token embeddings, a stack of layers, and the norm that the last of them has not had."""

    def __init__(self, config: ModernBertConfig):
        super().__init__()
        self.config = checked_config(config)
        tokens = nn.Embedding(config.vocab_size, config.hidden_size, padding_idx=config.pad_token_id)
        self.embeddings = nn.Sequential(OrderedDict(tok_embeddings=tokens, norm=layer_norm(config)))
        self.layers = nn.ModuleList(Layer(config, number) for number in range(config.num_hidden_layers))
        self.final_norm = layer_norm(config)
        initialize(self, config)

    def forward(
        self,
        input_ids: TokenIds,
        attention_mask: TokenIds | None = None,
        token_type_ids: TokenIds | None = None,
        output_attentions: bool = False,
    ) -> BaseModelOutput:
        """Take what a tokenizer returns. No mask: all is seen. Types are ignored: [SEP] alone tells two texts apart."""
        hidden, bias = self.embeddings(input_ids), None
        if attention_mask is not None:
            bias = (1 - attention_mask[:, None, None].to(hidden.dtype)) * torch.finfo(hidden.dtype).min
        attentions = []
        for layer in self.layers:
            hidden, weights = layer(hidden, bias)
            attentions += [weights] if output_attentions else []
        return BaseModelOutput(self.final_norm(hidden), tuple(attentions))


class ModernBertForMaskedLM(nn.Module):
    """The encoder with the head of BERT's MLM, less one bias."""

    base_model_prefix = "model"

    def __init__(self, config: ModernBertConfig):
        super().__init__()
        self.config = config
        self.model = ModernBertModel(config)
        dense = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.head = nn.Sequential(OrderedDict(dense=dense, act=nn.GELU(), norm=layer_norm(config)))
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size)
        self.decoder.weight = self.model.get_parameter("embeddings.tok_embeddings.weight")  # tied, as in BERT
        nn.init.zeros_(self.decoder.bias)
        initialize(self.head, config)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "ModernBertForMaskedLM":
        """Load any ModernBERT: `ModernBertForMaskedLM.from_pretrained(bertlab.checkpoint(name_on_the_hub))`."""
        model = cls(ModernBertConfig.from_pretrained(folder))
        load_weights(model, folder)
        return model.eval()

    def forward(self, input_ids: TokenIds, **inputs: Any) -> MaskedLMOutput:
        """Take what `ModernBertModel` takes, and return the logits."""
        hidden, attentions = self.model(input_ids, **inputs)
        return MaskedLMOutput(self.decoder(self.head(hidden)), attentions)


def initialize(model: nn.Module, config: ModernBertConfig) -> None:
    """Draw fresh weights as BERT's are drawn, but those that end a part, and the head's, smaller by √(2·layers).

    Example: `initialize(model, ModernBertConfig())`, as Hugging Face does.

    In a pre-norm model every part adds to the same stream, which would otherwise grow with the number of layers.
    """
    for name, weight in model.named_parameters():
        if weight.dim() == 2:
            added = name.endswith(("Wo.weight", "dense.weight"))
            std = config.initializer_range / (math.sqrt(2 * config.num_hidden_layers) if added else 1)
            cut = config.initializer_cutoff_factor * std
            nn.init.trunc_normal_(weight, std=std, a=-cut, b=cut)
