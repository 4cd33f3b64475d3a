"""DeBERTa keeps what a token is apart from where it stands, in every layer (He et al. 2021, arXiv:2006.03654, §3.1).

BERT adds the two vectors once, at the bottom. Here each layer scores tokens i and j by content → content, content →
position and position → content; the position is the distance i − j. Position → position is left out: without content it
is one number for each distance, the same in every text, and c2p has such a number already, through the query's bias.
Absolute positions serve pre-training alone, in an enhanced mask decoder below the softmax (§3.2). The library has none
(its `z_steps` stays 0): its `DebertaForMaskedLM` is this encoder under BERT's head, and so is ours.
"""

import math
from collections import OrderedDict
from functools import reduce
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import DebertaConfig, DebertaV2Config

from bertlab.inside_the_encoder.model import (
    AttentionWeights,
    Bias,
    Heads,
    Hidden,
    Layer,
    MLMHead,
    TokenIds,
    merge_heads,
    split_heads,
)
from bertlab.inside_the_encoder.weights import initialize
from bertlab.variants.deberta_setup import checked_deberta
from bertlab.variants.layers import BaseModelOutput, MaskedLMOutput
from bertlab.variants.roberta import as_bert


class Distances(NamedTuple):
    """A vector for each distance, and the row of it that stands for the distance i − j, for each i and j."""

    embeddings: Float[Tensor, "distances hidden"]
    rows: Int[Tensor, "seq seq"]


class DisentangledSelfAttention(nn.Module):
    """softmax((QKᵀ + c2p + p2c) / √3d + bias) V, with as many d under the root as there are parts in the sum."""

    def __init__(self, config: DebertaConfig):
        super().__init__()
        width = config.hidden_size
        self.num_heads, self.kinds = config.num_attention_heads, config.pos_att_type or []
        self.in_proj = nn.Linear(width, 3 * width, bias=False)  # query, key and value in one
        self.q_bias, self.v_bias = (nn.Parameter(torch.zeros(width)) for _ in range(2))
        if "c2p" in self.kinds:
            self.pos_proj = nn.Linear(width, width, bias=False)
        if "p2c" in self.kinds:
            self.pos_q_proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)
        self.pos_dropout = nn.Dropout(config.hidden_dropout_prob)

    def content(self, hidden: Hidden) -> tuple[Heads, Heads, Heads]:
        """Return query, key and value of each token, for each head."""
        fused = split_heads(self.in_proj(hidden), self.num_heads)  # (B, H, T, 3d): the three of a head lie side by side
        query, key, value = fused.chunk(3, dim=-1)
        q_bias, v_bias = (split_heads(bias[None, None], self.num_heads) for bias in (self.q_bias, self.v_bias))
        return query + q_bias, key, value + v_bias

    def position_key(self, embeddings: Hidden) -> Heads:
        """Return what a distance offers to be found by."""
        return split_heads(self.pos_proj(embeddings), self.num_heads)

    def position_query(self, embeddings: Hidden) -> Heads:
        """Return what a distance looks for."""
        return split_heads(self.pos_q_proj(embeddings), self.num_heads)

    def parts(self, query: Heads, key: Heads, distances: Distances) -> dict[str, AttentionWeights]:
        """Return the parts of the scores before scaling: c2c, and c2p and p2c if the configuration has them.

        Both position terms look up the distance i − j, as Microsoft's code and the library do. The paper's equation 4
        has j − i in the last one (microsoft/DeBERTa#162): either can be learned, but weights fit only one of them.
        """
        first, last = distances.rows.min(), distances.rows.max()  # a short text needs few of the distances
        where = self.pos_dropout(distances.embeddings)[None, first : last + 1]
        rows = (distances.rows - first).expand(*query.shape[:2], -1, -1)  # (B, H, T, T)
        parts = {"c2c": query @ key.mT}
        if "c2p" in self.kinds:  # token i with each distance, of which the one to j is taken: out of columns
            parts["c2p"] = (query @ self.position_key(where).mT).gather(-1, rows)
        if "p2c" in self.kinds:  # each distance with token j, of which the one to i is taken: out of rows
            parts["p2c"] = (self.position_query(where) @ key.mT).gather(-2, rows)
        return parts

    def forward(self, hidden: Hidden, distances: Distances, bias: Bias = None) -> tuple[Hidden, AttentionWeights]:
        """Return what each token gathered, and the weights it did so by."""
        query, key, value = self.content(hidden)
        parts = self.parts(query, key, distances)
        scores = reduce(torch.add, parts.values()) / math.sqrt(len(parts) * query.shape[-1])
        weights = (scores if bias is None else scores + bias).softmax(dim=-1)
        return merge_heads(self.dropout(weights) @ value), weights


class DebertaLayer(Layer):
    """BERT's layer around another attention."""

    def __init__(self, config: DebertaConfig | DebertaV2Config, attention: nn.Module):
        super().__init__(as_bert(config))
        self.attention["self"] = attention

    def forward(  # type: ignore[override]
        self, hidden: Hidden, distances: Distances, bias: Bias = None
    ) -> tuple[Hidden, AttentionWeights]:
        """Return the hidden states after this layer, and its attention weights."""
        found, weights = self.attention["self"](hidden, distances, bias)
        hidden = self.attention["output"](found, hidden)
        return self.output(self.intermediate(hidden), hidden), weights


class DebertaModel(nn.Module):
    """The encoder: content embeddings, and layers that share one table of distances. There is no pooler."""

    attention: type[nn.Module] = DisentangledSelfAttention

    def __init__(self, config: DebertaConfig | DebertaV2Config):
        super().__init__()
        self.config, width = checked_deberta(config), config.hidden_size
        words = nn.Embedding(config.vocab_size, width, padding_idx=config.pad_token_id)
        norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.embeddings = nn.Sequential(OrderedDict(word_embeddings=words, LayerNorm=norm))  # no word of where
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        layers = [DebertaLayer(config, self.attention(config)) for _ in range(config.num_hidden_layers)]
        table = nn.Embedding(2 * self.span, width)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers), "rel_embeddings": table})
        initialize(self, config.initializer_range)

    @property
    def span(self) -> int:
        """How many rows of the table stand for distances below 0, and how many for the others."""
        longest = self.config.max_relative_positions
        return longest if longest > 0 else self.config.max_position_embeddings

    def rows(self, distances: Int[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
        """Return the row that stands for each distance i − j; those too far share the first or the last."""
        return distances.clamp(-self.span, self.span - 1) + self.span

    def distances(self, seq: int) -> Distances:
        """Return what the attention must know about the distances in a text of `seq` tokens, however long it is."""
        table = self.encoder.get_parameter("rel_embeddings.weight")
        places = torch.arange(seq, device=table.device)
        return Distances(table, self.rows(places[:, None] - places))

    def forward(
        self,
        input_ids: TokenIds,
        attention_mask: TokenIds | None = None,
        token_type_ids: TokenIds | None = None,
        output_attentions: bool = False,
    ) -> BaseModelOutput:
        """Take what a tokenizer returns. No mask: all is seen. Types are taken and ignored: DeBERTa has none."""
        visible = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        hidden = self.dropout(self.embeddings(input_ids) * visible[..., None])
        distances = self.distances(input_ids.shape[1])
        seen = (visible[:, None, :, None] * visible[:, None, None]).to(hidden.dtype)  # padding sees nothing, either
        bias = (1 - seen) * torch.finfo(hidden.dtype).min
        attentions = []
        for layer in self.encoder["layer"].children():
            hidden, weights = layer(hidden, distances, bias)
            attentions += [weights] if output_attentions else []
        return BaseModelOutput(hidden, tuple(attentions))


class DebertaForMaskedLM(nn.Module):
    """The encoder with BERT's head for masked language modeling."""

    base_model_prefix = "deberta"
    model: type[DebertaModel] = DebertaModel

    def __init__(self, config: DebertaConfig | DebertaV2Config):
        super().__init__()
        self.deberta = self.model(config)
        words = self.deberta.embeddings[0]
        self.cls = nn.ModuleDict({"predictions": MLMHead(as_bert(config), words)})  # type: ignore[arg-type]
        initialize(self.cls, config.initializer_range)

    def forward(self, input_ids: TokenIds, *inputs: TokenIds | None, **named: TokenIds | bool | None) -> MaskedLMOutput:
        """Take what `DebertaModel` takes, and return the logits."""
        hidden, attentions = self.deberta(input_ids, *inputs, **named)
        return MaskedLMOutput(self.cls["predictions"](hidden), attentions)
