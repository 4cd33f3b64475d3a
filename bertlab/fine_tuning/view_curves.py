"""The curves of a fine-tuning run, drawn while it runs: training loss, validation loss and score, time left."""

import time
from typing import Any

from IPython.display import HTML, display

from bertlab.views.figures import show, subplots

REDRAW_SECONDS = 2.0


class LiveCurves:
    """What a loop reports, step by step, and the picture of it.

    Example: `curves = LiveCurves(steps=180); curves.show(); curves.trained(1, 0.69); curves.measured(45, 0.61, 0.66)`

    Show it at the top of the cell that trains: after an interruption the same cell shows it again, and it goes on.
    `score` names what is measured besides the loss, between 0 and 1; an accuracy is drawn from 0.4 on, others from 0.
    """

    def __init__(self, steps: int, score: str = "accuracy"):
        self.steps, self.score, self.seconds = steps, score, 0.0
        self.losses: list[tuple[int, float]] = []
        self.history: list[tuple[int, float, float]] = []
        self._handle: Any = None
        self._seen = self._drawn = time.monotonic()

    def show(self) -> None:
        """Draw the curves here, and keep them up to date from now on. Example: `curves.show()`"""
        self._seen = self._drawn = time.monotonic()
        self._handle = display(self.draw(), display_id=True)

    def trained(self, step: int, loss: float) -> None:
        """Report the loss of a batch. Example: `curves.trained(step, loss.item())`"""
        now = time.monotonic()
        self.seconds, self._seen = self.seconds + now - self._seen, now
        self.losses.append((step, loss))
        if self._handle and (now - self._drawn > REDRAW_SECONDS or step == self.steps):
            self._handle.update(self.draw())
            self._drawn = now

    def measured(self, step: int, loss: float, score: float) -> None:
        """Report what was found on the validation texts. Example: `curves.measured(step, 0.61, 0.66)`"""
        self.history.append((step, loss, score))
        if self._handle:
            self._handle.update(self.draw())

    def follow(self, run: Any) -> None:
        """Train a `FineTuning` to its end, drawing what it reports. Example: `LiveCurves(run.steps).follow(run)`

        In a cell that was interrupted and is run again, the curves begin where the run did.
        """
        self.losses = list(run.losses)
        self.history = [(int(step), loss, score) for step, loss, score in map(dict.values, run.history)]
        self.show()
        for step in run:
            self.trained(*run.losses[-1])
            if run.history[-1:] and run.history[-1]["step"] == step:
                self.measured(step, *list(run.history[-1].values())[1:])

    def __repr__(self) -> str:
        """Say in words how far it has come: what a screen reader and a test read."""
        done = self.losses[-1][0] if self.losses else 0
        parts = [f"step {done} of {self.steps}"]
        if 0 < done < self.steps:
            parts.append(f"about {self.seconds / done * (self.steps - done):.0f} s left")
        if self.history:
            _, loss, score = self.history[-1]
            parts.append(f"validation loss {loss:.2f}, {self.score} {score:.1%}")
        return ", ".join(parts)

    def draw(self) -> HTML:
        """Draw what was reported so far. Example: `curves.draw()`"""
        figure, (left, right) = subplots(1, 2, width=9, height=2.8)
        if self.losses:
            left.plot(*zip(*self.losses, strict=True), color="#ABABAB", marker="", linewidth=0.8, label="each batch")
        if self.history:
            steps, losses, scores = zip(*self.history, strict=True)
            left.plot(steps, losses, color="#006BA4", label="validation")
            right.plot(steps, scores, color="#006BA4", marker="o")
        if self.losses or self.history:
            left.legend(loc="lower left")
        left.set(xlabel="step", ylabel="loss (nats)", xlim=(0, self.steps))
        bottom = 0.4 if self.score == "accuracy" else 0.0
        right.set(xlabel="step", ylabel=f"validation {self.score}", xlim=(0, self.steps), ylim=(bottom, 1.0))
        figure.suptitle(repr(self), fontsize="medium")
        return show(figure, f"Loss and validation {self.score} against training steps: {self!r}.")
