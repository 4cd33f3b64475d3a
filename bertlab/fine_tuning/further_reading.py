"""Continued pre-training: fill gaps in the unlabeled texts of a task before its labels are looked at.

"Don't Stop Pretraining", Gururangan et al. 2020, calls it task-adaptive pre-training.
"""

import math
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.fine_tuning.batches import Encoded, length_sorted_batches, pad
from bertlab.fine_tuning.optimizer import parameter_groups, warmup_then_decay
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.models import mlm_logits


def read_further(
    model: Any, tokenizer: PreTrainedTokenizerFast, data: Encoded, epochs: int, lr: float = 1e-4, seed: int = 0
) -> list[float]:
    """Train a masked language model on texts whose labels are not looked at; return the loss of each step.

    Example: `read_further(AutoModelForMaskedLM.from_pretrained(checkpoint), tokenizer, train, epochs=3)`
    """
    generator = torch.Generator().manual_seed(seed)
    epoch_batches = [length_sorted_batches(data.lengths, 32, generator) for _ in range(epochs)]
    batches = [batch for epoch in epoch_batches for batch in epoch]
    optimizer = torch.optim.AdamW(parameter_groups(model), lr=lr, fused=True)
    losses = []
    model.train()
    for step, numbers in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = lr * warmup_then_decay(step, len(batches), math.ceil(0.1 * len(batches)))
        batch = pad(tokenizer, [data.features[number] for number in numbers])
        special = torch.isin(batch["input_ids"], torch.tensor(tokenizer.all_special_ids))
        ids: dict[str, Any] = {"mask_token_id": tokenizer.mask_token_id, "vocab_size": len(tokenizer)}
        batch["input_ids"], labels = mask_tokens(batch["input_ids"], special, **ids, generator=generator)
        chosen = labels != IGNORED
        total = cross_entropy(mlm_logits(model, batch, chosen), labels[chosen], reduction="sum")
        loss = total / max(1, int(chosen.sum()))  # in a few short texts no token may be chosen: a mean of none is nan
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses
