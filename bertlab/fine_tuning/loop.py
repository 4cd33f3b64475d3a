"""The loop of notebook 07 as a class: the same steps in the same order, to be interrupted and continued."""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import Encoded, length_sorted_batches, pad
from bertlab.fine_tuning.optimizer import parameter_groups, warmup_then_decay
from bertlab.models import evaluating

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass
class FineTuning:
    """A run that keeps where it is, so that a cell that was interrupted goes on when it is run again.

    Example: `for _ in FineTuning(model, tokenizer, train, validation): ...`

    Attributes:
        model: takes a batch, returns `.logits`: ours, or a library's `...ForSequenceClassification`.
        train, validation: tokenized texts; without a validation set nothing is kept as the best.
        epochs, batch_size, lr, warmup, weight_decay, clip: the recipe; `warmup` is a share of all steps.
        loss: of logits and labels, a mean.
        groups: parameter groups for the optimizer, if not all trained weights at one rate.
        evaluate_every: steps between two evaluations; 0 for once an epoch.
        losses: (step, loss) of each batch.
        history: what each evaluation found: step, loss, accuracy.
        best: the weights with the lowest validation loss so far.
    """

    model: Any
    tokenizer: PreTrainedTokenizerFast
    train: Encoded
    validation: Encoded | None = None
    epochs: int = 3
    batch_size: int = 16
    lr: float = 1e-4
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0
    loss: Loss = cross_entropy
    groups: list[dict[str, Any]] | None = None
    evaluate_every: int = 0
    step: int = 0
    seconds: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.generator = torch.Generator().manual_seed(self.seed)
        lengths = self.train.lengths
        epochs = [length_sorted_batches(lengths, self.batch_size, self.generator) for _ in range(self.epochs)]
        self.batches = [batch for epoch in epochs for batch in epoch]
        self.evaluate_every = self.evaluate_every or max(1, len(self.batches) // self.epochs)
        groups = self.groups or parameter_groups(self.model, self.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=self.lr, fused=True)
        self.peaks = [group["lr"] for group in self.optimizer.param_groups]

    @property
    def steps(self) -> int:
        """The number of steps of the whole run. Example: `run.steps`"""
        return len(self.batches)

    def __iter__(self) -> Iterator[int]:
        """Train to the end, from wherever it is, and yield the number of steps done after each."""
        self.evaluate_if_due()  # the interruption may have come while it was evaluating
        while self.step < self.steps:
            started = time.perf_counter()
            self.train_step()
            self.seconds += time.perf_counter() - started
            yield self.step

    def finish(self) -> "FineTuning":
        """Train to the end without a pause, and return this run. Example: `FineTuning(...).finish().history[-1]`."""
        for _ in self:
            pass
        return self

    def train_step(self) -> None:
        """Take one step; evaluate if that is due. Interrupted in the middle, it is taken once more from its start."""
        numbers = self.batches[self.step]
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * warmup_then_decay(self.step, self.steps, math.ceil(self.warmup * self.steps))
        self.model.train()
        loss = self.batch_loss(numbers)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.step += 1
        self.losses.append((self.step, loss.item()))
        self.evaluate_if_due()

    def batch_loss(self, numbers: list[int]) -> Tensor:
        """Return the mean loss of these training texts; another task may have another one.

        Example: `run.batch_loss([0, 1]).backward()`
        """
        batch = pad(self.tokenizer, [self.train.features[number] for number in numbers])
        return self.loss(self.model(**batch).logits, self.train.labels[numbers])

    def evaluate_if_due(self) -> None:
        """Evaluate at every so many steps and at the end, once each."""
        due = self.step and (self.step % self.evaluate_every == 0 or self.step == self.steps)
        done = self.history and self.history[-1]["step"] == self.step
        if self.validation and due and not done:
            self.evaluate(self.validation)

    def evaluate(self, data: Encoded) -> None:
        """Measure, and keep the weights if the loss is the lowest so far."""
        found = self.figures(data)
        if not self.history or found["loss"] < min(earlier["loss"] for earlier in self.history):
            self.best = copy.deepcopy(self.model.state_dict())
        self.history.append({"step": self.step, **found})

    def figures(self, data: Encoded) -> dict[str, float]:
        """Measure loss and accuracy; another task may have others, `loss` among them.

        Example: `run.figures(validation)["accuracy"]`
        """
        logits = logits_of(self.model, self.tokenizer, data)
        return {"loss": self.loss(logits, data.labels).item(), "accuracy": accuracy(logits, data.labels)}


@torch.inference_mode()
def logits_of(
    model: Any, tokenizer: PreTrainedTokenizerFast, data: Encoded, batch_size: int = 32
) -> Float[Tensor, "texts outputs"]:
    """Return the logits of all texts, in their order, with dropout off. Example: `logits_of(model, tokenizer, test)`.

    Texts go through the model sorted by length, which saves padding and changes nothing else.
    """
    order = sorted(range(len(data.features)), key=lambda number: data.lengths[number])
    with evaluating(model):
        parts = [
            model(**pad(tokenizer, [data.features[number] for number in order[start : start + batch_size]])).logits
            for start in range(0, len(order), batch_size)
        ]
    logits = torch.cat(parts)
    return torch.empty_like(logits).index_copy_(0, torch.tensor(order), logits)


def accuracy(logits: Float[Tensor, "texts classes"], labels: Int[Tensor, " texts"]) -> float:
    """Return the share of texts whose largest logit is at their label.

    Example: `accuracy(torch.tensor([[0.0, 1.0], [2.0, 1.0]]), torch.tensor([1, 1]))` is `0.5`.
    """
    return (logits.argmax(-1) == labels).double().mean().item()
