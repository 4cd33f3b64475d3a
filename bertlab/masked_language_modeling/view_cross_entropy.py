"""Softmax and cross-entropy with four sliders: move a logit, and see every probability and the loss move."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import traitlets

from bertlab.views.live import LiveWidget, static

PLACES = ("first", "second", "third", "fourth")


class Row(NamedTuple):
    """One word of a softmax: its logit, e to the power of it, and its share of the sum of those."""

    word: str
    logit: float
    exponential: float
    probability: float


def softmax_rows(words: Sequence[str], logits: Sequence[float]) -> list[Row]:
    """Compute a softmax step by step. Example: `softmax_rows(["yes", "no"], [0.0, 0.0])[0].probability` is `0.5`."""
    exponentials = [math.exp(logit) for logit in logits]
    total = sum(exponentials)
    return [Row(*row, row[2] / total) for row in zip(words, logits, exponentials, strict=True)]


def summarize(rows: Sequence[Row]) -> str:
    """Say the loss as a sum one could do on paper; the first word is the one that had been hidden.

    Example: `"P(cat) = 20.09 / 26.89 = 0.75, and the loss is -log 0.75 = 0.29 nats."`
    """
    word, _, exponential, probability = rows[0]
    total = sum(row.exponential for row in rows)
    return (
        f"P({word}) = {exponential:.2f} / {total:.2f} = {probability:.2f}, and the loss is "
        f"-log {probability:.2f} = {-math.log(probability):.2f} nats."
    )


def as_text(rows: Sequence[Row]) -> str:
    """Draw the table in plain text: word, logit, exponential, probability. Example: `as_text(rows).splitlines()[0]`."""
    width = max(len("hidden word"), *(len(row.word) for row in rows))
    head = f"{'hidden word'.ljust(width)}  logit  e^logit  probability"
    lines = [
        f"{row.word.ljust(width)}  {row.logit:5.1f}  {row.exponential:7.2f}  {row.probability:11.3f}" for row in rows
    ]
    return "\n".join([head, *lines, summarize(rows)])


class CrossEntropyWidget(LiveWidget):
    """The widget behind `live_cross_entropy`; a logit can also be set from Python, as in `widget.first = 1.0`."""

    _esm = static("views/live.js", "masked_language_modeling/view_cross_entropy.js")
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    first = traitlets.Float().tag(sync=True, asks=True)
    second = traitlets.Float().tag(sync=True, asks=True)
    third = traitlets.Float().tag(sync=True, asks=True)
    fourth = traitlets.Float().tag(sync=True, asks=True)

    def rows(self) -> list[Row]:
        """Return the table as it stands."""
        return softmax_rows(self.words, [getattr(self, place) for place in PLACES])

    def compute(self) -> dict[str, Any]:
        """Return the table, and the loss in words."""
        rows = self.rows()
        return {"rows": rows, "summary": summarize(rows)}

    def __repr__(self) -> str:
        return as_text(self.rows())


def live_cross_entropy(logits: dict[str, float]) -> CrossEntropyWidget:
    """Return a widget with a slider for each of four logits; the first word is the hidden one.

    Example: `live_cross_entropy({"cat": 3.0, "dog": 1.5, "car": 0.2, "sky": 0.1})`

    ValueError for more or fewer words.
    """
    if len(logits) != len(PLACES):
        raise ValueError(f"{len(logits)} words: give {len(PLACES)}, the hidden one first")
    return CrossEntropyWidget(words=list(logits), **dict(zip(PLACES, map(float, logits.values()), strict=True)))
