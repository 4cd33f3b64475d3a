"""DeBERTa's scores taken apart, and what its positions cost: in products, and in parameters."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import BertConfig, DebertaConfig, DebertaV2Config

from bertlab.inside_the_encoder.counts import linear
from bertlab.variants.deberta import DebertaModel, DisentangledSelfAttention

Scores = Float[Tensor, "seq seq"]


@torch.no_grad()
def score_parts(model: DebertaModel, input_ids: Int[Tensor, "1 seq"], layer: int, head: int) -> dict[str, Scores]:
    """Return what the attention of one head sums before it divides by √3d: row i is the token that looks, j the seen.

    Example: `[*score_parts(model, input_ids, 0, 0)]` is `["c2c", "c2p", "p2c"]`

    Content → content is what the tokens are; content → position, where token i looks whatever stands there; position →
    content, from where token j is looked at whatever looks. One text without padding; call
    `model.eval()` before, or dropout falls on the table of distances.
    """
    hidden, distances = model.embeddings(input_ids), model.distances(input_ids.shape[1])
    for before in [*model.encoder["layer"].children()][:layer]:
        hidden, _ = before(hidden, distances)
    attention = _attention(model, layer)
    query, key, _ = attention.content(hidden)
    return {name: part[0, head] for name, part in attention.parts(query, key, distances).items()}


@torch.no_grad()
def position_to_position(model: DebertaModel, layer: int, head: int, seq: int) -> Scores:
    """Return the fourth part, which DeBERTa leaves out: what a distance looks for, times what it offers.

    Example: `position_to_position(model, layer=0, head=1, seq=13)[5, 3]` is that of the distance 2, as `[4, 2]` is.

    No token takes part: each row of the table gives one number, so that the matrix is the same for every text of this
    length and constant along its diagonals. ValueError unless the model projects distances both ways.
    """
    attention = _attention(model, layer)
    if len(attention.kinds) != 2:
        raise ValueError(f"pos_att_type is {attention.kinds}: the product takes the projections of both c2p and p2c")
    table, rows = model.distances(seq)
    offers, wants = attention.position_key(table[None]), attention.position_query(table[None])  # (1, H, rows, d)
    return (offers * wants).sum(-1)[0, head][rows]


def distances_per_row(model: DebertaModel, seq: int) -> dict[int, tuple[int, int]]:
    """Tell which distances i − j each row stands for in a text of `seq` tokens: the least and the greatest.

    Example: with `max_relative_positions=2` it is `{0: (-3, -2), 1: (-1, -1), 2: (0, 0), 3: (1, 3)}` for four tokens.

    Below 0 the seen token comes after the one that looks.
    """
    spans: dict[int, tuple[int, int]] = {}
    distances = torch.arange(1 - seq, seq)
    for distance, row in zip(distances.tolist(), model.rows(distances).tolist(), strict=True):
        spans[row] = (spans[row][0] if row in spans else distance, distance)
    return spans


def position_flops(model: DebertaModel, seq: int, batch: int = 1) -> dict[str, int]:
    """Count what the position terms add to one layer for a batch, a multiplication and addition as two.

    Example: for DeBERTa-base and one text of 512 tokens, "scores" is `2 * 2 * 512 * 1_023 * 768`.

    Each term projects the distances that occur, 2·T − 1 or as many rows as there are, once for the whole batch, and
    compares every token with every one of them. Only T of those 2·T − 1 products are then looked up: with both terms
    the scores cost nearly five times what content → content alone does (2·T²·hidden_size).
    """
    width, kinds = model.config.hidden_size, len(model.config.pos_att_type or [])
    rows = len(distances_per_row(model, seq))
    return {"projections": kinds * 2 * rows * width**2, "scores": kinds * 2 * batch * seq * rows * width}


def parameters_beside_bert(config: DebertaConfig | DebertaV2Config, bert: BertConfig) -> dict[str, int]:
    """Tell where a DeBERTa has more parameters than a BERT of the same width and depth, or fewer.

    Example: DeBERTa-base has `138_601_728`: BERT-base's 109,482,240 and the sum of these.

    The vocabulary is the largest item, then the two projections in each layer, which v2 and v3 share with the tokens'.
    """
    width, layers, kinds = config.hidden_size, config.num_hidden_layers, config.pos_att_type or []
    v2 = isinstance(config, DebertaV2Config)
    buckets, longest = getattr(config, "position_buckets", -1), config.max_relative_positions
    span = buckets if buckets > 0 else longest if longest > 0 else config.max_position_embeddings
    key = (linear(width, width) if v2 else width**2) * ("c2p" in kinds)
    query = linear(width, width) * ("p2c" in kinds)
    kernel = getattr(config, "conv_kernel_size", 0)
    return {
        "vocabulary": (config.vocab_size - bert.vocab_size) * width,
        "absolute positions": -bert.max_position_embeddings * width,
        "token types": -bert.type_vocab_size * width,
        "pooler": -linear(width, width),
        "distances": 2 * span * width,
        "LayerNorm of distances": 2 * width * (getattr(config, "norm_rel_ebd", "none") == "layer_norm"),
        "projections of distances": 0 if getattr(config, "share_att_key", False) else layers * (key + query),
        "no bias of keys": 0 if v2 else -layers * width,
        "convolution": (kernel * width**2 + 3 * width) * (kernel > 0),
    }


def _attention(model: DebertaModel, layer: int) -> DisentangledSelfAttention:
    attention = model.encoder.get_submodule(f"layer.{layer}.attention.self")
    assert isinstance(attention, DisentangledSelfAttention)
    return attention
