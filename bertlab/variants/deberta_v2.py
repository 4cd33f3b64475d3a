"""DeBERTa v2 and v3 score as v1 does, with fewer weights and a longer reach (arXiv:2006.03654 §5; v3: 2111.09543).

Far distances share a row, the more of them the farther they are (`position_buckets`): 512 rows reach as far as v1's
1,024. Distances are projected as tokens are (`share_att_key`), which saves two matrices a layer. The table of distances
is normalized (`norm_rel_ebd`). v3 is a v2 of this kind, pre-trained to tell replaced tokens, as ELECTRA is. The
convolution that the larger v2 have beside their first layer is not written here, and refused.
"""

import torch
from jaxtyping import Int
from torch import Tensor, nn
from transformers import DebertaV2Config

from bertlab.inside_the_encoder.model import Heads, Hidden, split_heads
from bertlab.variants.deberta import DebertaForMaskedLM, DebertaModel, DisentangledSelfAttention, Distances


def log_buckets(distances: Int[Tensor, "*shape"], buckets: int, longest: int) -> Int[Tensor, "*shape"]:
    """Number the distances so that near ones stay as they are and far ones share a number, ever more of them.

    Example: `log_buckets(torch.tensor([-1, 2, 4, 5, 9, 15]), 8, 16).tolist()` is `[-1, 2, 4, 5, 6, 7]`.

    Up to buckets / 2 a distance is its own number. From there the numbers grow with its logarithm: `longest` - 1 has
    the number buckets - 1. The same in both directions.
    """
    half = buckets // 2
    far = distances.abs().clamp(min=half)
    base = torch.log(torch.tensor((longest - 1) / half))  # rounded as in the library, or bounds would move by one
    numbers = torch.ceil(torch.log(far / half) / base * (half - 1)) + half
    return torch.where(distances.abs() <= half, distances, numbers.long() * distances.sign())


class DebertaV2SelfAttention(DisentangledSelfAttention):
    """v1's attention; its projections have other names, and those of distances may be those of tokens."""

    def __init__(self, config: DebertaV2Config):
        nn.Module.__init__(self)
        width = config.hidden_size
        self.num_heads, self.kinds = config.num_attention_heads, config.pos_att_type or []
        self.query_proj, self.key_proj, self.value_proj = (nn.Linear(width, width) for _ in range(3))
        self.shared = getattr(config, "share_att_key", False)
        if "c2p" in self.kinds and not self.shared:
            self.pos_key_proj = nn.Linear(width, width)
        if "p2c" in self.kinds and not self.shared:
            self.pos_query_proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)
        self.pos_dropout = nn.Dropout(config.hidden_dropout_prob)

    def content(self, hidden: Hidden) -> tuple[Heads, Heads, Heads]:
        """Return query, key and value of each token, for each head."""
        projections = (self.query_proj, self.key_proj, self.value_proj)
        query, key, value = (split_heads(projection(hidden), self.num_heads) for projection in projections)
        return query, key, value

    def position_key(self, embeddings: Hidden) -> Heads:
        """Return what a distance offers to be found by."""
        return split_heads((self.key_proj if self.shared else self.pos_key_proj)(embeddings), self.num_heads)

    def position_query(self, embeddings: Hidden) -> Heads:
        """Return what a distance looks for."""
        return split_heads((self.query_proj if self.shared else self.pos_query_proj)(embeddings), self.num_heads)


class DebertaV2Model(DebertaModel):
    """v1's encoder with these attentions, and buckets in its table of distances."""

    attention = DebertaV2SelfAttention

    def __init__(self, config: DebertaV2Config):
        super().__init__(config)
        if getattr(config, "norm_rel_ebd", "none") == "layer_norm":
            self.encoder["LayerNorm"] = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    @property
    def buckets(self) -> int:
        """How many numbers the distances of one sign are sorted into. Not above 0: each has its own."""
        return getattr(self.config, "position_buckets", -1)

    @property
    def span(self) -> int:
        """How many rows of the table stand for distances below 0, and how many for the others."""
        return self.buckets if self.buckets > 0 else super().span

    def rows(self, distances: Int[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
        """Return the row that stands for each distance i − j."""
        near = log_buckets(distances, self.buckets, super().span) if self.buckets > 0 else distances
        return super().rows(near)

    def distances(self, seq: int) -> Distances:
        """Return what the attention must know about the distances in a text of `seq` tokens."""
        table, rows = super().distances(seq)
        return Distances(self.encoder["LayerNorm"](table) if "LayerNorm" in self.encoder else table, rows)


class DebertaV2ForMaskedLM(DebertaForMaskedLM):
    """The encoder with BERT's head for masked language modeling."""

    model = DebertaV2Model
