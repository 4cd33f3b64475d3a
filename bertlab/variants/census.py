"""A census of BERT's variants: parameters, where they sit, operations and bytes, from the published configurations.

The library builds each model on the meta device, where weights have shapes and no numbers: exact, at once, offline.
Sizes are those of the `config.json` beside the weights on the Hub, and of the papers named in `published`.
"""

from functools import cache
from typing import Any, NamedTuple

import torch
from torch import nn
from transformers import (
    AlbertConfig,
    AutoModel,
    BertConfig,
    DebertaConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    PreTrainedConfig,
    RobertaConfig,
    XLMRobertaConfig,
)

ROBERTA: dict[str, Any] = {"vocab_size": 50_265, "max_position_embeddings": 514, "type_vocab_size": 1}
RELATIVE: dict[str, Any] = {"relative_attention": True, "position_biased_input": False, "type_vocab_size": 0}
BUCKETS = {**RELATIVE, "position_buckets": 256, "norm_rel_ebd": "layer_norm", "share_att_key": True}
BUCKETS |= {"vocab_size": 128_100, "pos_att_type": "p2c|c2p"}
CONVOLUTION: dict[str, Any] = {"conv_kernel_size": 3, "conv_act": "gelu"}


def sizes(width: int, layers: int, heads: int, inner: int) -> dict[str, Any]:
    """Name four sizes as configurations do. Example: `sizes(768, 12, 12, 3072)["hidden_size"]` is `768`."""
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    return dict(zip(names, (width, layers, heads, inner), strict=True))


BASE, LARGE = sizes(768, 12, 12, 3072), sizes(1024, 24, 16, 4096)
CONFIGS: dict[str, PreTrainedConfig] = {
    "BERT-base": BertConfig(),
    "BERT-large": BertConfig(**LARGE),
    "RoBERTa-base": RobertaConfig(**BASE, **ROBERTA),
    "RoBERTa-large": RobertaConfig(**LARGE, **ROBERTA),
    "XLM-R-base": XLMRobertaConfig(**BASE, **{**ROBERTA, "vocab_size": 250_002}),
    "ALBERT-base": AlbertConfig(embedding_size=128, **BASE),
    "ALBERT-large": AlbertConfig(embedding_size=128, **LARGE),
    "ALBERT-xlarge": AlbertConfig(embedding_size=128, **sizes(2048, 24, 16, 8192)),
    "ALBERT-xxlarge": AlbertConfig(embedding_size=128, **sizes(4096, 12, 64, 16_384)),
    "DistilBERT": DistilBertConfig(),
    "DeBERTa-base": DebertaConfig(vocab_size=50_265, pos_att_type="c2p|p2c", **BASE, **RELATIVE),
    "DeBERTa-v2-xxlarge": DebertaV2Config(**sizes(1536, 48, 24, 6144), **BUCKETS, **CONVOLUTION),
    "DeBERTa-v3-base": DebertaV2Config(**BASE, **BUCKETS),
    "ELECTRA-small": ElectraConfig(embedding_size=128, **sizes(256, 12, 4, 1024)),
    "ELECTRA-base": ElectraConfig(embedding_size=768, **BASE),
    "ModernBERT-base": ModernBertConfig(**sizes(768, 22, 12, 1152)),
    "ModernBERT-large": ModernBertConfig(**sizes(1024, 28, 16, 2624)),
    "all-MiniLM-L6-v2": BertConfig(**sizes(384, 6, 12, 1536)),
}
"""The models of the census. ELECTRA stands for its discriminator; the last one is a sentence encoder."""

PLACES = {
    "pooler": "other",
    "conv.": "other",
    "encoder.LayerNorm": "other",  # of DeBERTa's relative positions
    "final_norm": "other",
    "embedding": "embeddings",
    "attention": "attention",
    "attn": "attention",
    "sa_layer_norm": "attention",
    "layer": "feed-forward",  # what is left of a layer
}
"""Where weights sit: the first of these that occurs in a weight's name decides."""


def build_empty(config: PreTrainedConfig, kind: Any = AutoModel) -> nn.Module:
    """Build the library's model on the meta device. Example: `build_empty(CONFIGS["BERT-base"]).pooler.dense.bias`.

    `kind` is one of the library's automatic classes: with `AutoModelForPreTraining` the heads are there, too.
    """
    with torch.device("meta"):
        return kind.from_config(config)


def count_places(model: nn.Module) -> dict[str, int]:
    """Count the weights of each place, shared ones once.

    Example: `count_places(build_empty(CONFIGS["BERT-base"]))["attention"]` is `28_366_848`.

    ValueError for a weight of no place that we know.
    """
    counts = dict.fromkeys(("embeddings", "attention", "feed-forward", "other"), 0)
    for name, weight in model.named_parameters():
        place = next((place for part, place in PLACES.items() if part in name), None)
        if place is None:
            raise ValueError(f"{name} is of no place that we know: give an encoder without a head, or add to PLACES")
        counts[place] += weight.numel()
    return counts


def visible(seq_len: int, reach: int) -> float:
    """Return how many tokens one sees on average if it sees itself and up to `reach` on either side.

    Example: `visible(3, 1)` is `7 / 3`, `visible(5, 9)` is `5.0`.
    """
    hidden = max(seq_len - reach, 1) * max(seq_len - reach - 1, 0)  # pairs that are farther apart than that
    return (seq_len**2 - hidden) / seq_len


def flops_per_token(config: PreTrainedConfig, seq_len: int) -> dict[str, float]:
    """Count what the layers compute for one token of a text of `seq_len` tokens, as `inside_the_encoder.cost` does.

    Example: `flops_per_token(CONFIGS["BERT-base"], 512)["attention"]` is `12 * 4 * 512 * 768`.

    Only matrix products count, a multiplication and an addition as two. A layer that is used again computes again
    (ALBERT). DeBERTa projects its relative positions in each layer, once for a batch (here: one text), and scores them
    twice, from content to position and back; the xxlarge has a convolution. ModernBERT's GeGLU has three matrices, and
    of its layers two in three see only the window: the pairs within it count, which a kernel made for it computes; one
    that masks computes all.
    """
    layers, width, kind = config.num_hidden_layers, config.hidden_size, config.model_type
    inner = config.hidden_dim if kind == "distilbert" else config.intermediate_size
    looked_at = [float(seq_len)] * layers
    if kind == "modernbert":
        local = visible(seq_len, config.local_attention // 2)
        looked_at = [float(seq_len) if each == "full_attention" else local for each in config.layer_types]
    flops = {
        "projections": layers * 8.0 * width**2,
        "feed-forward": layers * (6.0 if kind == "modernbert" else 4.0) * width * inner,
        "attention": 4.0 * width * sum(looked_at),
    }
    if kind.startswith("deberta"):
        rows = 2 * (min(seq_len, 512) if kind == "deberta" else config.position_buckets)
        flops["positions"] = layers * (2 * 2 * width * rows + 2 * 2 * width**2 * rows / seq_len)
        flops["convolution"] = 2.0 * width**2 * getattr(config, "conv_kernel_size", 0)
    return flops


class Row(NamedTuple):
    """One model of the census. Example: `census("ALBERT-base").total` is `11_683_584`.

    Attributes:
        name: of `CONFIGS`.
        places: parameters in the embeddings, attention, feed-forward networks, and elsewhere.
        total: their sum.
        bytes: of the weights, four for each.
        flops: for one token of a text of 128 tokens, and of 512.
    """

    name: str
    places: dict[str, int]
    total: int
    bytes: int
    flops: dict[int, float]


@cache
def census(name: str) -> Row:
    """Count one model. Example: `census("DistilBERT").bytes` is `4 * 66_362_880`.

    ValueError if it is not in the census.
    """
    if name not in CONFIGS:
        raise ValueError(f"{name!r} is not in the census: take one of {', '.join(CONFIGS)}")
    config = CONFIGS[name]
    places = count_places(build_empty(config))
    total = sum(places.values())
    flops = {length: sum(flops_per_token(config, length).values()) for length in (128, 512)}
    return Row(name, places, total, 4 * total, flops)


def work(name: str, seq_len: int = 128) -> float:
    """Compare the work for each token with BERT-base's at the same length.

    Example: `work("BERT-base", 512)` is `1.0`, `work("DistilBERT")` is `0.5`.

    Operations are not seconds: what they take is measured on the machine that serves.
    """
    mine, base = (sum(flops_per_token(CONFIGS[each], seq_len).values()) for each in (name, "BERT-base"))
    return mine / base
