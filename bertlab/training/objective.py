"""BERT's two losses, with vocabulary logits computed only where a loss is taken."""

import time

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import BertForPreTraining

from bertlab.masked_language_modeling import IGNORED
from bertlab.training.batches import Batch


class PretrainingObjective(nn.Module):
    """Masked-language-modeling and next-sentence loss of a `BertForPreTraining`, summed and not yet averaged.

    Hugging Face's own forward multiplies every position by the whole vocabulary and throws 85 % of it away; the loss
    from the selected positions alone is the same number. Sums, because several processes must divide by the count of
    the whole batch, which none of them sees.
    """

    def __init__(self, model: BertForPreTraining):
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Return the sums, in nats, of the MLM loss over selected positions and of the NSP loss over examples."""
        hidden, pooled = self.model.bert(
            input_ids=batch.input_ids,
            token_type_ids=batch.token_type_ids,
            attention_mask=batch.attention_mask,
            return_dict=False,
        )
        selected = batch.labels != IGNORED
        logits = self.model.cls.predictions(hidden[selected])  # (selected, vocab)
        mlm = nn.functional.cross_entropy(logits.float(), batch.labels[selected], reduction="sum")
        relation = self.model.cls.seq_relationship(pooled)  # (batch, 2)
        nsp = nn.functional.cross_entropy(relation.float(), batch.next_sentence_label, reduction="sum")
        return mlm, nsp


def should_use_bf16(objective: PretrainingObjective, batch: Batch, trials: int = 3) -> bool:
    """Time a forward and backward pass with and without bf16 autocast on this machine, and say whether it helps."""

    def seconds(enabled: bool) -> float:
        times = []
        for _ in range(trials + 1):
            start = time.perf_counter()
            with torch.autocast(batch.input_ids.device.type, torch.bfloat16, enabled=enabled):
                mlm, nsp = objective(batch)
            (mlm + nsp).backward()
            float(mlm.detach())  # a GPU works on while Python runs ahead: wait for it
            times.append(time.perf_counter() - start)
        objective.zero_grad(set_to_none=True)
        return min(times[1:])

    return seconds(True) < seconds(False)
