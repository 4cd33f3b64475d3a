"""What one can look at in a recorded run, with a line on what it is, and which figure speaks against a guess.

    LOOKS["near-copies"].show(run)
    speaks_against("leakage", run, sound)

Most causes have one figure that they move far; a guess is refuted only by that one.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from bertlab.diagnosing_fine_tuning.causes import RECIPE
from bertlab.diagnosing_fine_tuning.recorded import RecordedRun


class Look(NamedTuple):
    """A check to look at: its name among the recorded checks, what it means, and how its figure is written.

    Example: `Look("majority", "the share of the commonest label", "{:.1%}")`
    """

    check: str
    means: str
    form: str

    def value(self, run: RecordedRun) -> float:
        """Return the figure of a run. Example: `LOOKS["near-copies"].value(run)`"""
        return (run.checks | {"rise": rise(run.curves["validation loss"])})[self.check]

    def show(self, *runs: RecordedRun) -> str:
        """Write the figure of a run, or the mean of several. Example: `LOOKS["test accuracy"].show(*sound)`"""
        return self.form.format(fmean(self.value(run) for run in runs))


def rise(losses: Sequence[float]) -> float:
    """Return how far a curve ends above its lowest point. Example: `rise([0.75, 0.25, 0.5])` is `0.25`."""
    return losses[-1] - min(losses)


LOOKS = {
    "test accuracy": Look("test accuracy", "on unchanged texts, neither trained on nor validated with", "{:.1%}"),
    "training accuracy": Look("training accuracy", "on the labels that were trained with, dropout off", "{:.1%}"),
    "macro F1": Look("macro F1", "on validation, with both classes counting the same", "{:.3f}"),
    "majority share": Look("majority", "what the same answer to every text scores on validation", "{:.1%}"),
    "spread of P": Look("spread of P", "standard deviation of P(positive); 0 if all texts get one answer", "{:.3f}"),
    "evaluated twice": Look("evaluated twice", "by how much P differs if the same texts are asked again", "{:.3f}"),
    "near-copies": Look("near-copies", "validation texts that have a near-duplicate in training", "{:.0f}"),
    "words alone": Look("words alone", "validation accuracy of TF-IDF and a logistic regression", "{:.1%}"),
    "text loss": Look("text loss", "nats per hidden token of training texts, before the run", "{:.2f}"),
    "highest rate": Look("highest rate", "the highest learning rate of all steps", "{:.2g}"),
    "perfect loss": Look("perfect loss", "the loss of an answer that could not be better, in nats", "{:.3f}"),
    "gradient left": Look("gradient left", "length of the gradient right after it was cleared", "{:.3f}"),
}
"""All looks, by the label of their button."""

RISE = "how far validation loss ends above its lowest point"


class Sign(NamedTuple):
    """By how much a cause moves a figure away from the sound run, at least. Example: `Sign("near-copies", 5)`"""

    look: str
    by: float


SIGNS = {
    "overfitting": Sign(RISE, 0.1),
    "wrong labels": Sign("training accuracy", -0.05),
    "labels out of step": Sign("test accuracy", -0.2),
    "leakage": Sign("near-copies", 5),
    "shortcut": Sign("words alone", 0.05),
    "imbalance": Sign("majority share", 0.2),
    "rate too high": Sign("highest rate", RECIPE["lr"] / 2),
    "rate too low": Sign("highest rate", -RECIPE["lr"] / 2),
    "schedule per epoch": Sign("highest rate", -RECIPE["lr"] / 2),
    "softmax twice": Sign("perfect loss", 0.1),
    "gradients kept": Sign("gradient left", 0.01),
    "no eval mode": Sign("evaluated twice", 0.001),
    "wrong tokenizer": Sign("text loss", 1.0),
}
"""The plainest sign of each cause; that of a sound run is that there is none."""


def speaks_against(cause: str, run: RecordedRun, sound: Sequence[RecordedRun]) -> str:
    """Say which figure of a run speaks against a cause; nothing if the plainest one does not.

    Example: `speaks_against("leakage", run, sound)` may be
    `"It would show in near-copies: 0 here, 0 in the sound run."`
    """
    if cause not in SIGNS:
        return ""
    name, by = SIGNS[cause]
    look = LOOKS.get(name) or Look("rise", name, "{:.2f}")
    moved = look.value(run) - fmean(look.value(other) for other in sound)
    is_missing = moved < by if by > 0 else moved > by  # false for nan: then it says nothing
    return (
        f"It would show in {name}: {look.show(run)} here, {look.show(*sound)} in the sound run." if is_missing else ""
    )
