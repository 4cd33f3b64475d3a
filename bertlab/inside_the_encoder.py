"""BERT in plain PyTorch, one component per class: from `input_ids` to hidden states and to both pre-training heads.

Attributes are called as in Hugging Face, `attention.self.query` and all, so that the `state_dict` of one model fits the
other. The suite proves each component, and the whole, equal to theirs: outputs, gradients and dropout.

Source: Devlin et al. 2019 (arXiv:1810.04805) and google-research/bert, `modeling.py`; the layer is that of Vaswani et
al. 2017 (arXiv:1706.03762), section 3, with GELU in the place of ReLU.
"""

import math
from typing import NamedTuple, Self

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import BertConfig

from bertlab.weights import read_config, read_weights

Hidden = Float[Tensor, "batch seq hidden"]
Heads = Float[Tensor, "batch heads seq head_size"]
AttentionWeights = Float[Tensor, "batch heads seq seq"]
TokenIds = Int[Tensor, "batch seq"]


class Embeddings(nn.Module):
    """What a token is, where it stands and which text it belongs to: three vectors, summed and normalized."""

    def __init__(self, config: BertConfig):
        super().__init__()
        width = config.hidden_size
        self.word_embeddings = nn.Embedding(config.vocab_size, width, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids: TokenIds, token_type_ids: TokenIds | None = None) -> Hidden:
        """Look up and add. Without `token_type_ids`, all tokens have type 0."""
        seq, limit = input_ids.shape[1], self.position_embeddings.num_embeddings
        if seq > limit:
            raise ValueError(
                f"{seq} tokens are too many: this BERT has vectors for {limit} positions and can read no more. Tokenize"
                f" with truncation=True, max_length={limit}, or read a long text in windows of that size."
            )
        positions = torch.arange(seq, device=input_ids.device)
        types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        summed = self.word_embeddings(input_ids) + self.token_type_embeddings(types)  # (B, T, hidden)
        summed = summed + self.position_embeddings(positions)  # the same for each text of the batch
        return self.dropout(self.LayerNorm(summed))


def split_heads(hidden: Hidden, num_heads: int) -> Heads:
    """Cut the vector of each token into `num_heads` equal parts, and give each head a matrix of its own.

    Example: `split_heads(torch.arange(4).view(1, 2, 2) / 1, 2).tolist()` is `[[[[0.0], [2.0]], [[1.0], [3.0]]]]`.
    """
    return hidden.unflatten(-1, (num_heads, -1)).transpose(1, 2)  # (B, T, H, d), then (B, H, T, d)


def merge_heads(heads: Heads) -> Hidden:
    """Put the parts of each token side by side again: the way back from `split_heads`.

    Example: `merge_heads(torch.tensor([[[[0.0], [2.0]], [[1.0], [3.0]]]])).tolist()` is `[[[0.0, 1.0], [2.0, 3.0]]]`.
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

    def forward(
        self, hidden: Hidden, bias: Float[Tensor, "batch 1 1 seq"] | None = None
    ) -> tuple[Hidden, AttentionWeights]:
        """Return what each token gathered, and the weights it did so by. `bias` is added to the scores."""
        query, key, value = (split_heads(part(hidden), self.num_heads) for part in (self.query, self.key, self.value))
        scores = query / math.sqrt(query.shape[-1]) @ key.transpose(-1, -2)  # (B, H, T, T)
        weights = (scores if bias is None else scores + bias).softmax(dim=-1)
        return merge_heads(self.dropout(weights) @ value), weights


class AddAndNorm(nn.Module):
    """The end of each sublayer: project its result, add what it started from, normalize the sum (post-LayerNorm)."""

    def __init__(self, config: BertConfig, in_features: int):
        super().__init__()
        self.dense = nn.Linear(in_features, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, result: Float[Tensor, "batch seq features"], residual: Hidden) -> Hidden:
        """LayerNorm(residual + dense(result))."""
        return self.LayerNorm(self.dropout(self.dense(result)) + residual)


class Attention(nn.Module):
    """The first sublayer: self-attention, then Add & Norm."""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.self = SelfAttention(config)
        self.output = AddAndNorm(config, config.hidden_size)

    def forward(
        self, hidden: Hidden, bias: Float[Tensor, "batch 1 1 seq"] | None = None
    ) -> tuple[Hidden, AttentionWeights]:
        """Return the new hidden states and the attention weights."""
        gathered, weights = self.self(hidden, bias)
        return self.output(gathered, hidden), weights
