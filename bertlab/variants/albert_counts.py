"""How many parameters ALBERT's two economies save, each alone and both together: in closed form.

ALBERT-base has 11,683,584 where a BERT of the same sizes has 109,081,344; its table 1 says 12M and 108M. Most of what
is saved is saved by sharing. Source: Lan et al. 2020 (arXiv:1909.11942), sections 3.1 and 4.1.
"""

from transformers import AlbertConfig

from bertlab.inside_the_encoder.counts import layer_parameters, linear

ALBERT_BASE = {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}
"""ALBERT-base, for `AlbertConfig(**ALBERT_BASE)`; `AlbertConfig()` is ALBERT-xxlarge."""


def count_albert(config: AlbertConfig, factorized: bool = True, shared: bool = True) -> dict[str, int]:
    """Count each part of an ALBERT's encoder, with its economies or without.

    Example: `sum(count_albert(AlbertConfig(**ALBERT_BASE)).values())` is `11_683_584`.

    Factorized: all three embeddings and their LayerNorm are E wide, and E·H + H more are the projection; otherwise they
    are H wide, without a projection, as in a BERT. Shared layers count once, however often they are applied.
    """
    width, narrow = config.hidden_size, config.embedding_size if factorized else config.hidden_size
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size
    layer = sum(layer_parameters(width, config.intermediate_size).values())
    return {
        "embeddings": rows * narrow + 2 * narrow,
        "projection": linear(narrow, width) if factorized else 0,
        "layers": layer if shared else config.num_hidden_layers * layer,
        "pooler": linear(width, width),
    }


def worthwhile_below(vocab_size: int, hidden_size: int) -> float:
    """Return the embedding size E at which V·E + E·H is no longer less than V·H: V·H / (V + H).

    Example: `worthwhile_below(30_000, 30_000)` is `15_000.0`.

    Below it factorization saves weights. With ordinary sizes it is just under H: 748.8 of 768 for ALBERT-base.
    """
    return vocab_size * hidden_size / (vocab_size + hidden_size)
