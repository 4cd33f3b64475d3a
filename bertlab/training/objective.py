"""BERT's two losses, computing only what they depend on."""

import time

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import BertForPreTraining

from bertlab.constants import IGNORED
from bertlab.models import pick_layers
from bertlab.training.batches import Batch
from bertlab.training.vocabulary_loss import vocabulary_loss
from bertlab.training.working_copy import WorkingCopy


class PretrainingObjective(nn.Module):
    """Masked-language-modeling and next-sentence loss of a `BertForPreTraining`, summed and not yet averaged.

    Hugging Face's own forward multiplies every position by the whole vocabulary and throws 85 % of it away; the loss
    from the selected positions alone is the same number. In the last layer, too, what follows the attention is computed
    only for [CLS] and the selected positions: nothing reads the others. Sums, because several processes must divide by
    the count of the whole batch, which none of them sees.
    """

    def __init__(self, model: BertForPreTraining):
        super().__init__()
        self.model = model

    def compile(self) -> None:
        """Compile the part whose shapes do not change from step to step."""
        self.read = torch.compile(self.read)  # type: ignore[method-assign]

    def forward(self, batch: Batch) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Return the sums, in nats, of the MLM loss over selected positions and of the NSP loss over examples."""
        rows, length = batch.input_ids.shape
        labels = batch.labels.flatten()
        selected = torch.nonzero(labels != IGNORED)[:, 0]
        firsts = torch.arange(0, rows * length, length, device=selected.device)
        hidden = self.finish(*self.read(batch), torch.cat([firsts, selected]))
        head, pooler = self.model.cls, self.model.get_submodule("bert.pooler.dense")
        words = head.predictions.transform(hidden[rows:])
        mlm = vocabulary_loss(words, head.predictions.decoder, labels[selected])
        relation = head.seq_relationship(torch.tanh(pooler(hidden[:rows])))  # (batch, 2)
        nsp = nn.functional.cross_entropy(relation.float(), batch.next_sentence_label, reduction="sum")
        return mlm, nsp

    def read(self, batch: Batch) -> tuple[Float[Tensor, "batch seq width"], Float[Tensor, "batch seq width"]]:
        """All layers but the last, and of the last what its heads gather; and what the last layer had as its input."""
        bert = self.model.bert
        hidden = bert.embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)
        padding = (1 - batch.attention_mask)[:, None, None, :].to(hidden.dtype)
        mask = padding * torch.finfo(hidden.dtype).min
        *layers, last = pick_layers(self.model)
        for layer in layers:
            hidden = layer(hidden, mask)
        return last.attention.self(hidden, mask)[0], hidden

    def finish(
        self, context: Float[Tensor, "batch seq width"], hidden: Float[Tensor, "batch seq width"], at: Int[Tensor, " n"]
    ) -> Float[Tensor, "n width"]:
        """The last layer's output at some positions, counted through the rows of the batch."""
        last = pick_layers(self.model)[-1]
        attended = last.attention.output(context.flatten(0, 1)[at], hidden.flatten(0, 1)[at])
        return last.output(last.intermediate(attended), attended)


def should_use_bf16(model: BertForPreTraining, batch: Batch, trials: int = 2) -> bool:
    """Time forward and backward passes in bf16 and in fp32 on this machine, and say whether bf16 is faster.

    Example: `should_use_bf16(model, batch)`

    The two take turns, so that what else the machine does hits both; the fastest of each counts, after a warm-up.
    """
    objectives = [PretrainingObjective(WorkingCopy(model, dtype).model) for dtype in (torch.float32, torch.bfloat16)]

    def seconds(objective: PretrainingObjective) -> float:
        start = time.perf_counter()
        mlm, nsp = objective(batch)
        (mlm + nsp).backward()
        float(mlm.detach())  # a GPU works on while Python runs ahead: wait for it
        return time.perf_counter() - start

    rounds = [[seconds(objective) for objective in objectives] for _ in range(trials + 1)]
    fp32, bf16 = (min(times) for times in zip(*rounds[1:], strict=True))
    return bf16 < fp32
