"""A text, live: what the classifier says, and which words carried it by two measures that need not agree."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import traitlets
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.attribution import WordScore, explain
from bertlab.models import evaluating
from bertlab.views.live import LiveWidget, static

MOST_WORDS = 60
"""Leaving each word out means a pass for each: longer texts would make the typing wait."""


class Verdict(NamedTuple):
    """The label that a classifier gives, its probability, and both measures for each word."""

    label: str
    probability: float
    words: list[WordScore]


def judge_words(model: Any, tokenizer: PreTrainedTokenizerFast, text: str, names: Sequence[str]) -> Verdict:
    """Return the verdict on a text and what carried it; only the first 60 words are read.

    Example: `judge_words(model, tokenizer, "Not bad at all.", ("negative", "positive")).label`
    """
    words = explain(model, tokenizer, " ".join(text.split()[:MOST_WORDS]))
    batch = tokenizer(" ".join(word.word for word in words), truncation=True, max_length=128, return_tensors="pt")
    with evaluating(model), torch.inference_mode():
        shares = model(**batch).logits[0].softmax(-1)
    best = int(shares.argmax())
    return Verdict(names[best], shares[best].item(), words)


def as_text(verdict: Verdict) -> str:
    """Write a verdict as a table in plain text. Example: a line is `"bad    -0.41  +1.20  they disagree"`."""
    lines = [f"{verdict.label} {verdict.probability:.1%}", f"{'word':16} {'gradient':>9} {'left out':>9}"]
    lines += [
        f"{word.word:16} {word.gradient:+9.2f} {word.left_out:+9.2f}{'' if word.agree else '  they disagree'}"
        for word in verdict.words
    ]
    return "\n".join(lines)


class ReviewWidget(LiveWidget):
    """The widget behind `live_review`; the text can also be set from Python."""

    _esm = static("views/live.js", "fine_tuning/view.js")
    text = traitlets.Unicode().tag(sync=True, asks=True)

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerFast, text: str, names: Sequence[str]):
        self._model, self._tokenizer, self._names = model, tokenizer, names
        super().__init__(text=text)

    def compute(self) -> dict[str, Any]:
        """Return the verdict in words and both measures of each word; neither while there is no text."""
        if not self.text.strip():
            return {"words": [], "names": list(self._names), "summary": "Type a review."}
        verdict = judge_words(self._model, self._tokenizer, self.text, self._names)
        differ = sum(not word.agree for word in verdict.words)
        summary = f"{verdict.label}, {verdict.probability:.1%}. "
        summary += f"The two measures point in different directions for {differ} of {len(verdict.words)} words."
        return {"words": verdict.words, "names": list(self._names), "summary": summary}

    def __repr__(self) -> str:
        if not self.text.strip():
            return "Type a review."
        return f"{self.text}\n{as_text(judge_words(self._model, self._tokenizer, self.text, self._names))}"


def live_review(
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    text: str = "Slow start, but I was sorry when it ended.",
    names: Sequence[str] = ("negative", "positive"),
) -> ReviewWidget:
    """Return a widget: type a text, and see the verdict of a classifier with two labels and what carried it.

    Example: `live_review(model, tokenizer, "Not bad at all.")`

    `judge_words` gives the same as data.
    """
    return ReviewWidget(model, tokenizer, text, names)
