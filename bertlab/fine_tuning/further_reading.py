"""Continued pre-training: fill gaps in the unlabeled texts of a task before its labels are looked at.

"Don't Stop Pretraining", Gururangan et al. 2020, calls it task-adaptive pre-training.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.fine_tuning.batches import Encoded, pad
from bertlab.fine_tuning.loop import FineTuning
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.models import mlm_logits


class FurtherReading(FineTuning):
    """The same loop with another loss: that of hidden tokens. Example: `FurtherReading(model, tokenizer, train)`"""

    def batch_loss(self, numbers: list[int]) -> Tensor:
        """Hide 15 % of the tokens of these texts, and return the mean loss where they were.

        Example: `run.batch_loss([0, 1]).backward()`
        """
        batch = pad(self.tokenizer, [self.train.features[number] for number in numbers])
        special = torch.isin(batch["input_ids"], torch.tensor(self.tokenizer.all_special_ids))
        ids: dict[str, Any] = {"mask_token_id": self.tokenizer.mask_token_id, "vocab_size": len(self.tokenizer)}
        batch["input_ids"], labels = mask_tokens(batch["input_ids"], special, **ids, generator=self.generator)
        chosen = labels != IGNORED
        total = cross_entropy(mlm_logits(self.model, batch, chosen), labels[chosen], reduction="sum")
        return total / max(1, int(chosen.sum()))  # in a few short texts no token may be chosen: a mean of none is nan


def read_further(
    model: Any, tokenizer: PreTrainedTokenizerFast, data: Encoded, epochs: int, lr: float = 1e-4, seed: int = 0
) -> list[float]:
    """Train a masked language model on texts whose labels are not looked at; return the loss of each step.

    Example: `read_further(AutoModelForMaskedLM.from_pretrained(checkpoint), tokenizer, train, epochs=3)`
    """
    run = FurtherReading(model, tokenizer, data, epochs=epochs, batch_size=32, lr=lr, seed=seed).finish()
    model.eval()
    return [loss for _, loss in run.losses]
