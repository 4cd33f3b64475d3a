"""Two sentences, live: does the second follow the first, according to a model?"""

from typing import Any, NamedTuple

import torch
import traitlets
from torch import nn
from transformers import PreTrainedTokenizerFast

from bertlab.models import encoder
from bertlab.next_sentence_prediction.objective import next_sentence_logits
from bertlab.views.live import LiveWidget, static

ANSWERS = ("follows", "does not follow")


class Answer(NamedTuple):
    """One of the two answers: its label, its logit, and its share after the softmax."""

    name: str
    label: int
    logit: float
    probability: float


@torch.inference_mode()
def judge(first: str, second: str, model: nn.Module, tokenizer: PreTrainedTokenizerFast) -> list[Answer]:
    """Return both answers of a next-sentence head, *follows* first.

    Example: `judge("It rained.", "We stayed in.", model, tokenizer)[0].probability`

    Texts that are too long together lose the end of the longer one.
    """
    limit = encoder(model).config.max_position_embeddings
    encoded = tokenizer(first, second, truncation=True, max_length=limit, return_tensors="pt")
    logits = next_sentence_logits(model, dict(encoded))[0]
    columns = ANSWERS, range(2), logits.tolist(), logits.softmax(0).tolist()
    return [Answer(*row) for row in zip(*columns, strict=True)]


def as_text(answers: list[Answer]) -> str:
    """Write the answers as a table in plain text.

    Example: a line is `"follows          label 0  logit   2.31  98.6 %"`.
    """
    return "\n".join(
        f"{one.name:15}  label {one.label}  logit {one.logit:6.2f}  {one.probability:6.1%}" for one in answers
    )


class NextSentenceWidget(LiveWidget):
    """The widget behind `live_next_sentence`; both texts can also be set from Python."""

    _esm = static("views/live.js", "next_sentence_prediction/view.js")
    first = traitlets.Unicode().tag(sync=True, asks=True)
    second = traitlets.Unicode().tag(sync=True, asks=True)

    def __init__(self, model: nn.Module, tokenizer: PreTrainedTokenizerFast, first: str, second: str):
        self._model, self._tokenizer = model, tokenizer
        super().__init__(first=first, second=second)

    def compute(self) -> dict[str, Any]:
        """Return both answers, and the first as a sentence; no answer while a text is missing."""
        if not (self.first.strip() and self.second.strip()):
            return {"answers": [], "summary": "Type two sentences: the question is whether the second follows."}
        answers = judge(self.first, self.second, self._model, self._tokenizer)
        difference = answers[0].logit - answers[1].logit
        summary = f"P(B follows A) = sigmoid({difference:.2f}) = {answers[0].probability:.3f}"
        return {"answers": answers, "summary": summary}

    def __repr__(self) -> str:
        answer = self.compute()
        return f"A: {self.first}\nB: {self.second}\n{as_text(answer['answers']) or answer['summary']}"


def live_next_sentence(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    first: str = "She opened the oven and took out the bread.",
    second: str = "The whole kitchen smelled of it.",
) -> NextSentenceWidget:
    """Return a widget: type two sentences, swap them, and see whether the model thinks that the second follows.

    Example: `live_next_sentence(BertForPreTraining.from_pretrained(path), AutoTokenizer.from_pretrained(path))`

    `judge` gives the same answers as data.
    """
    return NextSentenceWidget(model, tokenizer, first, second)
