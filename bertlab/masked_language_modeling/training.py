"""What a small BERT is trained on in the tiny world: batches of corrupted sentences, and the loss on them."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.models import mlm_logits
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import MASK, Channel, Mixture

TRAINING = Channel(rate=0.4)
"""How sentences are corrupted while training: more of them than the 15 % at which the loss is measured. That gives more
to learn from in each sentence (Wettig et al. 2023, arXiv:2202.08005, found 40 % better for BERT-large, too)."""


BATCH_SIZE, STEPS = 144, 1500
"""A run of about a minute on one idle core, in the course of which the loss comes within 0.05 nats of the floor."""


def mlm_batch(
    mixture: Mixture, size: int, seed: int, channel: Channel = TRAINING
) -> dict[str, Int[Tensor, "batch seq"]]:
    """Draw `size` sentences and corrupt them as BERT does: `model_inputs` of what is read, and `labels`.

    Example: `mlm_batch(world.sentences, 256, seed=0)["labels"]` is the original id where selected, -100 elsewhere.

    The same seed gives the same batch.
    """
    generator = torch.Generator().manual_seed(seed)
    input_ids = mixture.sample(size, generator).input_ids
    corrupted, labels = mask_tokens(
        input_ids,
        input_ids < MASK,
        mask_token_id=MASK,
        vocab_size=mixture.vocab_size,
        generator=generator,
        **channel._asdict(),
    )
    return {**model_inputs(input_ids), "input_ids": corrupted, "labels": labels}


def mlm_losses(model: nn.Module, batch: dict[str, Int[Tensor, "batch seq"]]) -> Float[Tensor, " positions"]:
    """Return the loss at each selected position, in nats, in the order of `labels[labels != -100]`.

    Example: `mlm_losses(model, batch) - floor(mixture, batch["input_ids"], batch["labels"]).losses`

    Logits are computed at the selected positions only.
    """
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    chosen = batch["labels"] != IGNORED
    return nn.functional.cross_entropy(mlm_logits(model, inputs, chosen), batch["labels"][chosen], reduction="none")


def mlm_loss(model: nn.Module, batch: dict[str, Int[Tensor, "batch seq"]]) -> Float[Tensor, ""]:
    """Return the mean loss at the selected positions, in nats.

    Example: `mlm_loss(model, mlm_batch(world.sentences, 256, seed=0))`
    """
    return mlm_losses(model, batch).mean()
