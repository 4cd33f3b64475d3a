"""BERT's two losses, with vocabulary logits computed only where a loss is taken."""

import time

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import BertForPreTraining

from bertlab.constants import IGNORED
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
    """Time forward and backward passes with and without bf16 autocast on this machine, and say whether it helps.

    The two take turns, so that what else the machine does hits both; the fastest of each counts, after a warm-up.
    """

    def seconds(bf16: bool) -> float:
        start = time.perf_counter()
        with torch.autocast(batch.input_ids.device.type, torch.bfloat16, enabled=bf16):
            mlm, nsp = objective(batch)
        (mlm + nsp).backward()
        float(mlm.detach())  # a GPU works on while Python runs ahead: wait for it
        return time.perf_counter() - start

    rounds = [(seconds(bf16=False), seconds(bf16=True)) for _ in range(trials + 1)]
    objective.zero_grad(set_to_none=True)
    fp32, bf16 = (min(times) for times in zip(*rounds[1:], strict=True))
    return bf16 < fp32
