"""BERT in plain PyTorch: from `input_ids` to hidden states, and on to the two heads that it was pre-trained with.

Attributes are called as in Hugging Face: the `state_dict` of either fits the other. The suite proves every part, and
the whole, equal to theirs in outputs, gradients and dropout. Source: Devlin et al. 2019 (arXiv:1810.04805) and
google-research/bert, `modeling.py`; the layer is that of Vaswani et al. 2017 (arXiv:1706.03762).
"""

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import BertConfig

from bertlab.inside_the_encoder.weights import checked_config, initialize, load_weights, read_config

TokenIds = Int[Tensor, "batch seq"]
Hidden = Float[Tensor, "batch seq hidden"]
Heads = Float[Tensor, "batch heads seq head_size"]
AttentionWeights = Float[Tensor, "batch heads seq seq"]
Bias = Float[Tensor, "batch 1 queries seq"] | None


class Embeddings(nn.Module):
    """What a token is, where it stands and which text it belongs to: three vectors, summed and normalized."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.hidden_size)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids: TokenIds, token_type_ids: TokenIds) -> Hidden:
        """Look up and add. ValueError if there are more tokens than positions."""
        seq, limit = input_ids.shape[1], self.position_embeddings.num_embeddings
        if seq > limit:
            raise ValueError(f"{seq} tokens for {limit} positions: tokenize with truncation=True, max_length={limit}")
        positions = self.position_embeddings(torch.arange(seq, device=input_ids.device))  # (T, hidden), for every text
        summed = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids) + positions
        return self.dropout(self.LayerNorm(summed))


def split_heads(hidden: Hidden, num_heads: int) -> Heads:
    """Cut the vector of each token into `num_heads` equal parts, and give each head a matrix of its own.

    Example: `split_heads(torch.tensor([[[0.0, 1], [2, 3]]]), 2).tolist()` is `[[[[0.0], [2.0]], [[1.0], [3.0]]]]`.
    """
    return hidden.unflatten(-1, (num_heads, -1)).transpose(1, 2)  # (B, T, H, d), then (B, H, T, d)


def merge_heads(heads: Heads) -> Hidden:
    """Put the parts of each token side by side again: the way back from `split_heads`.

    Example: `merge_heads(torch.tensor([[[[0.0], [2]], [[1], [3]]]])).tolist()` is `[[[0.0, 1.0], [2.0, 3.0]]]`.
    """
    return heads.transpose(1, 2).flatten(2)  # (B, T, H, d), then (B, T, hidden)


class SelfAttention(nn.Module):
    """Each token takes a weighted mean of what all tokens offer, once per head: softmax(QKᵀ/√d + bias) V."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

    def forward(self, hidden: Hidden, bias: Bias = None) -> tuple[Hidden, AttentionWeights]:
        """Return what each token gathered, and the weights it did so by. `bias` keeps padding from being seen."""
        query, key, value = (split_heads(part(hidden), self.num_heads) for part in (self.query, self.key, self.value))
        scores = query / math.sqrt(query.shape[-1]) @ key.transpose(-1, -2)  # (B, H, T, T)
        weights = (scores if bias is None else scores.add_(bias)).softmax(dim=-1)  # in place: it is the largest tensor
        return merge_heads(self.dropout(weights) @ value), weights


class AddAndNorm(nn.Module):
    """The end of a sublayer: project what it found, add what it started from, normalize the sum (post-LayerNorm)."""

    def __init__(self, config: BertConfig, in_features: int):
        super().__init__()
        self.dense = nn.Linear(in_features, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, found: Float[Tensor, "batch seq features"], residual: Hidden) -> Hidden:
        """LayerNorm(residual + dense(found))."""
        return self.LayerNorm(residual + self.dropout(self.dense(found)))


class Layer(nn.Module):
    """Tokens exchange what they know (attention), then each works on it alone (feed-forward); Add & Norm after both."""

    def __init__(self, config: BertConfig):
        super().__init__()
        width, inner = config.hidden_size, config.intermediate_size
        self.attention = nn.ModuleDict({"self": SelfAttention(config), "output": AddAndNorm(config, width)})
        self.intermediate = nn.Sequential(OrderedDict(dense=nn.Linear(width, inner), gelu=nn.GELU()))
        self.output = AddAndNorm(config, inner)

    def forward(self, hidden: Hidden, bias: Bias = None) -> tuple[Hidden, AttentionWeights]:
        """Return the hidden states after this layer, and its attention weights."""
        found, weights = self.attention["self"](hidden, bias)
        hidden = self.attention["output"](found, hidden)
        return self.output(self.intermediate(hidden), hidden), weights


class EncoderOutput(NamedTuple):
    """A vector for each token, one for the whole text, and, if asked for, each layer's attention weights."""

    last_hidden_state: Hidden
    pooler_output: Float[Tensor, "batch hidden"]
    attentions: tuple[AttentionWeights, ...]


class BertModel(nn.Module):
    """The encoder: embeddings, a stack of layers, and a pooler, which sums up the text from the vector of [CLS]."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.config = checked_config(config)
        width = config.hidden_size
        self.embeddings = Embeddings(config)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))})
        self.pooler = nn.Sequential(OrderedDict(dense=nn.Linear(width, width), tanh=nn.Tanh()))
        initialize(self, config.initializer_range)

    def forward(
        self,
        input_ids: TokenIds,
        attention_mask: TokenIds | Int[Tensor, "batch seq seq"] | None = None,
        token_type_ids: TokenIds | None = None,
        output_attentions: bool = False,
    ) -> EncoderOutput:
        """Take what a tokenizer returns, or a mask with a row per query. No mask: all is seen. No types: all are 0."""
        hidden = self.embeddings(input_ids, torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids)
        bias = None
        if attention_mask is not None:  # 0 on tokens; on padding a number so low that the softmax makes 0 of it
            visible = attention_mask.reshape(len(hidden), 1, -1, hidden.shape[1])  # (B, 1, 1 or T, T)
            bias = (1 - visible.to(hidden.dtype)) * torch.finfo(hidden.dtype).min
        attentions = []
        for layer in self.encoder["layer"].children():
            hidden, weights = layer(hidden, bias)
            attentions += [weights] if output_attentions else []
        return EncoderOutput(hidden, self.pooler(hidden[:, 0]), tuple(attentions))


class MLMHead(nn.Module):
    """Which token belongs here: a score for each, by how well its embedding fits the transformed hidden state."""

    def __init__(self, config: BertConfig, word_embeddings: nn.Embedding):
        super().__init__()
        width = config.hidden_size
        dense, norm = nn.Linear(width, width), nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.transform = nn.Sequential(OrderedDict(dense=dense, gelu=nn.GELU(), LayerNorm=norm))
        self.decoder = nn.Linear(width, config.vocab_size)
        self.decoder.weight = word_embeddings.weight  # tied: the row that reads a token also predicts it
        self.bias = self.decoder.bias  # Hugging Face knows it by both names

    def forward(self, hidden: Float[Tensor, "*positions hidden"]) -> Float[Tensor, "*positions vocab"]:
        """Return the logits."""
        return self.decoder(self.transform(hidden))


class PreTrainingOutput(NamedTuple):
    """Scores for what is behind each token, and for whether the second text follows (0) or does not (1)."""

    prediction_logits: Float[Tensor, "batch seq vocab"]
    seq_relationship_logits: Float[Tensor, "batch 2"]
    attentions: tuple[AttentionWeights, ...]


class BertForPreTraining(nn.Module):
    """The encoder with both heads, `cls.predictions` (MLM) and `cls.seq_relationship` (NSP)."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.config = config
        self.bert = BertModel(config)
        predictions = MLMHead(config, self.bert.embeddings.word_embeddings)
        self.cls = nn.ModuleDict({"predictions": predictions, "seq_relationship": nn.Linear(config.hidden_size, 2)})
        initialize(self.cls, config.initializer_range)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "BertForPreTraining":
        """Load any BERT from its folder. Example: `BertForPreTraining.from_pretrained(bertlab.checkpoint())`."""
        model = cls(read_config(folder))
        load_weights(model, folder)
        return model.eval()

    def forward(self, input_ids: TokenIds, **inputs: Any) -> PreTrainingOutput:
        """Take what `BertModel` takes, and return the logits of both heads."""
        hidden, pooled, attentions = self.bert(input_ids, **inputs)
        return PreTrainingOutput(self.cls["predictions"](hidden), self.cls["seq_relationship"](pooled), attentions)
