"""How far a run has come, and how that survives a kill."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from bertlab.training.running_mean import RunningMean


@dataclass
class Counters:
    """What a run needs, beside its weights and its optimizers, to go on as if nothing had happened."""

    step: int = 0
    stage: int = 0
    stage_step: int = 0
    tokens: int = 0
    seconds: float = 0.0  # of training steps alone
    loss: float | None = None  # MLM loss in nats, averaged over about the last 50 steps
    bf16: bool | None = None  # None: not probed yet

    def count(self, tokens: int, loss: float, seconds: float) -> None:
        """Move past one step."""
        self.step, self.stage_step = self.step + 1, self.stage_step + 1
        self.tokens, self.seconds = self.tokens + tokens, self.seconds + seconds
        self.loss = loss if self.loss is None else 0.98 * self.loss + 0.02 * loss


def save_state(
    path: Path,
    model: torch.nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    counters: Counters,
    mean: RunningMean | None = None,
) -> None:
    """Write the state beside the old one, then put it in its place: a kill in mid-write loses nothing.

    Example: `save_state(Path("runs/mini/state.pt"), model, optimizers, counters)`
    """
    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "counters": asdict(counters),
        "mean": vars(mean or RunningMean()),
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def load_state(
    path: Path,
    model: torch.nn.Module,
    optimizers: Sequence[torch.optim.Optimizer] = (),
    mean: RunningMean | None = None,
) -> Counters:
    """Put a saved state into `model` and, to train on, into its optimizers and mean; say how far it had come.

    Example: `load_state(Path("runs/mini/state.pt"), model).tokens`
    """
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=bool(optimizers)):
        optimizer.load_state_dict(saved)
    if mean is not None:
        vars(mean).update(state["mean"])
    return Counters(**state["counters"])
