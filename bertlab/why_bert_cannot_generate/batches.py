"""What a causal model learns from, and a BERT that is to answer whatever share of a sentence is hidden."""

import torch
from jaxtyping import Int
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.training import mlm_batch
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import PAD, Channel, Mixture
from bertlab.why_bert_cannot_generate.predictors import causal_visibility

CAUSAL_BATCH_SIZE, CAUSAL_STEPS = 48, 600
"""A run of some 25 seconds on one core, which ends about 0.02 nats above the exact floor."""


def causal_labels(input_ids: Int[Tensor, "batch seq"]) -> Int[Tensor, "batch seq"]:
    """Return the next token for each position, -100 where there is none: at the end of a sentence and in its padding.

    Example: `causal_labels(torch.tensor([[2, 7, 8, 3, 0]])).tolist()` is `[[7, 8, 3, -100, -100]]`
    """
    following = nn.functional.pad(input_ids[:, 1:], (0, 1), value=PAD)
    return following.masked_fill(following == PAD, IGNORED)


def causal_inputs(input_ids: Int[Tensor, "batch seq"]) -> dict[str, Int[Tensor, "batch ..."]]:
    """Return what a causal model reads, and `labels`. Example: `mlm_losses(model, causal_inputs(ids))`."""
    inputs = model_inputs(input_ids)
    visible = causal_visibility(inputs["attention_mask"])
    return {**inputs, "attention_mask": visible, "labels": causal_labels(input_ids)}


def causal_batch(mixture: Mixture, size: int, seed: int) -> dict[str, Int[Tensor, "batch ..."]]:
    """Draw `size` sentences for a causal model to learn from. Example: `causal_batch(world.sentences, 48, seed=0)`."""
    return causal_inputs(mixture.sample(size, torch.Generator().manual_seed(seed)).input_ids)


def all_rates_batch(
    mixture: Mixture, size: int, seed: int, channel: Channel, groups: int = 12
) -> dict[str, Int[Tensor, "batch seq"]]:
    """Draw sentences with any share of words hidden, from none to all: a group for each twelfth between 0 and 1.

    Example: `all_rates_batch(world.sentences, 144, seed=0, channel=Channel())`

    Within its twelfth, a group's rate is drawn at random. `channel` says what becomes of the hidden words; its own rate
    does not count. ValueError if the groups cannot be equally large.
    """
    if size % groups:
        raise ValueError(f"{size} sentences do not make {groups} equal groups: give a multiple of {groups}")
    lots = torch.rand(groups, generator=torch.Generator().manual_seed(seed)).tolist()
    parts = [
        mlm_batch(mixture, size // groups, seed * groups + group, channel._replace(rate=(group + lot) / groups))
        for group, lot in enumerate(lots)
    ]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
