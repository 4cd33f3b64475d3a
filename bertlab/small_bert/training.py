"""Train a small model inside a notebook: seconds, not hours; to be interrupted and continued at any step.

What a course would rather show than wait for. Matrices are trained by Muon (Jordan et al. 2024, in `torch.optim`), all
else by AdamW: on models this small that takes a third of the steps of AdamW alone. The learning rate warms up, then
falls linearly to zero over the budget.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

WARM_UP = 50
MATRICES = (".encoder.layer.", ".transform.")
"""What the names of the matrices have in them that Muon trains, in a BERT."""


def make_optimizers(
    model: nn.Module, matrix_lr: float = 0.02, lr: float = 0.01, inside: Sequence[str] = MATRICES
) -> list[Optimizer]:
    """Give the matrices of the layers, and of the MLM head's transform, to Muon; all else to AdamW.

    Example: `make_optimizers(model)`

    Embeddings, and the decoder tied to them, are tables with a row per word rather than maps from vectors to vectors:
    Muon, which evens out all directions of an update, is not meant for them. `inside`: parts of names, for a model that
    names its layers otherwise. ValueError for a model without layers.
    """
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and any(part in name for part in inside)]
    if not matrices:
        raise ValueError("no matrix is called ....encoder.layer....: give an encoder with a head, ours or a library's")
    chosen = set(map(id, matrices))
    others = [p for p in model.parameters() if id(p) not in chosen]
    return [Muon(matrices, lr=matrix_lr, weight_decay=0.01), AdamW(others, lr=lr, betas=(0.9, 0.98), weight_decay=0)]


def learning_rate_share(step: int, steps: int) -> float:
    """Say which share of the peak learning rate a step gets. Example: `learning_rate_share(550, 1000)` is `0.45`."""
    return min(1.0, (step + 1) / WARM_UP) * (1 - step / steps)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread within a `with` block: several only get in each other's way on tensors this small.

    Example: `with one_thread(): ...`
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass
class LiveTraining:
    """A training run that keeps where it is, so that a cell that was interrupted goes on when it is run again.

    Example: `for _ in LiveTraining(model, batch, loss, steps=700): ...`

    Attributes:
        model: has its layers under `.encoder.layer.`, as ours and Hugging Face's do.
        make_batch: returns the batch of a step from the step's number alone.
        loss: takes the model and a batch and returns a scalar.
        steps: the budget.
        evaluate: if given, called about 25 times with the model, and once at the end; returns a loss to plot.
        step, seconds, tokens: how far it has come.
        losses, held_out: (step, loss) pairs, for a curve.
        inside: parts of the names of the matrices that Muon trains, as in `make_optimizers`.
    """

    model: nn.Module
    make_batch: Callable[[int], dict[str, Tensor]]
    loss: Callable[[nn.Module, dict[str, Tensor]], Tensor]
    steps: int
    evaluate: Callable[[nn.Module], float] | None = None
    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    held_out: list[tuple[int, float]] = field(default_factory=list)
    inside: Sequence[str] = MATRICES

    def __post_init__(self) -> None:
        self.optimizers = make_optimizers(self.model, inside=self.inside)
        self.peaks = [group["lr"] for optimizer in self.optimizers for group in optimizer.param_groups]

    def __iter__(self) -> Iterator[int]:
        """Train to the end of the budget, from wherever it is, and yield the number of steps done after each."""
        while self.step < self.steps:
            started = time.perf_counter()
            with one_thread():
                self.train_step()
            self.seconds += time.perf_counter() - started
            yield self.step

    def finish(self) -> "LiveTraining":
        """Train to the end of the budget without a pause, and return this run. Example: `training.finish().model`."""
        for _ in self:
            pass
        return self

    def train_step(self) -> None:
        """Take one step. Interrupted in the middle, it is taken once more from its start."""
        self.model.train()
        batch = self.make_batch(self.step)
        loss = self.loss(self.model, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        share = learning_rate_share(self.step, self.steps)
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        for group, peak in zip(groups, self.peaks, strict=True):
            group["lr"] = peak * share
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        seen = batch["attention_mask"]  # (B, T), or (B, T, T) with a row per query, of which the last sees all tokens
        self.tokens += int((seen if seen.ndim == 2 else seen[:, -1]).sum())
        self.losses.append((self.step, loss.item()))
        self.model.eval()
        if self.evaluate and (self.step % max(1, self.steps // 25) == 0 or self.step == self.steps):
            self.held_out.append((self.step, self.evaluate(self.model)))
