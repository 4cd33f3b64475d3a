"""Notebook 03: attention, its masks, and what its weights tell."""

from bertlab.attention.importance import gradient_importance, looks, rank_correlation, ranks
from bertlab.attention.masks import (
    Inputs,
    causal_mask,
    full_mask,
    get_attentions,
    outputs_that_move,
    padding_mask,
    receptive_set,
    scaled_dot_product_attention,
)
from bertlab.attention.reading import (
    EVENNESS,
    SHARE,
    attention_entropy,
    attention_rollout,
    classify_heads,
    contributions,
    head_targets,
    mean_over_words,
    measure_heads,
    rollout_step,
)

__all__ = [
    "EVENNESS",
    "SHARE",
    "Inputs",
    "attention_entropy",
    "attention_rollout",
    "causal_mask",
    "classify_heads",
    "contributions",
    "full_mask",
    "get_attentions",
    "gradient_importance",
    "head_targets",
    "looks",
    "mean_over_words",
    "measure_heads",
    "outputs_that_move",
    "padding_mask",
    "rank_correlation",
    "ranks",
    "receptive_set",
    "rollout_step",
    "scaled_dot_product_attention",
]
