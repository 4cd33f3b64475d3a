"""From questions to pieces and back: windows of the passage, where the answer is in each, and which text is predicted.

A passage that is too long is cut into windows that overlap, each with the whole question before it. A window that does
not hold the answer whole is labeled like one without an answer, at [CLS] (as in BERT's own `run_squad.py`).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH, Encoded, Features, pad
from bertlab.models import evaluating
from bertlab.token_classification.answers import Question
from bertlab.token_classification.spans import CLS, LONGEST, best_span, null_score

STRIDE = 32
"""How many pieces two neighboring windows share."""


class PassageWindow(NamedTuple):
    """A question and a part of its passage, as a model takes them. Example: `encode_questions(...)[0].offsets`.

    Attributes:
        features: ids and masks, not padded yet.
        question: the number of its question.
        offsets: where each piece begins and ends in the passage, in characters; None outside of the passage.
        start, end: the first and the last piece of the first answer; both 0, [CLS], if the window does not hold it.
    """

    features: Features
    question: int
    offsets: list[tuple[int, int] | None]
    start: int
    end: int


class Prediction(NamedTuple):
    """What a model finds for a question, from all its windows.

    Example: `Prediction("Nile", 4, score=2.0, null=3.0).answer()` is `""`, and
    `Prediction("Nile", 4, score=2.0, null=3.0).answer(null_threshold=1.5)` is `"Nile"`.

    Attributes:
        text, start: the best span, and its first character in the passage.
        score: of the best span.
        null: the score of "no answer" in the window that is least sure of it.
    """

    text: str
    start: int
    score: float
    null: float

    def answer(self, null_threshold: float = 0.0) -> str:
        """Return the answer, empty if there is none. Example: `prediction.answer(null_threshold=1.5)`.

        The rule is that of `spans.is_unanswered`.
        """
        return "" if self.null - self.score > null_threshold else self.text


def encode_questions(
    questions: Sequence[Question],
    tokenizer: PreTrainedTokenizerFast,
    max_length: int = MAX_LENGTH,
    stride: int = STRIDE,
) -> list[PassageWindow]:
    """Tokenize questions with their passages into windows, those of one question side by side.

    Example: `encode_questions(load_answers()["train"], tokenizer)[0].features["input_ids"]`

    Args:
        questions: of which the first answer, if there is one, is the label.
        tokenizer: a fast one.
        max_length: the most tokens of a window, question and special tokens included.
        stride: how many pieces neighbors share. An answer of more pieces may be in no window.

    Raises:
        ValueError: the tokenizer is not a fast one, a question leaves no room for its passage, or a passage or an
            answer has no piece.
    """
    if not tokenizer.is_fast:
        raise ValueError(f"{type(tokenizer).__name__} has no offsets: load a fast tokenizer with AutoTokenizer")
    windows: list[PassageWindow] = []
    for number, question in enumerate(questions):
        taken = len(tokenizer(question.question, add_special_tokens=False, verbose=False)["input_ids"])
        room = max_length - taken - tokenizer.num_special_tokens_to_add(pair=True)
        if not 0 <= stride < room:  # the tokenizer itself would not say what is wrong
            raise ValueError(
                f"question {question.id} leaves room for {room} pieces of its passage, which must be more than the "
                f"stride of {stride}: raise max_length, lower the stride, or ask in fewer words"
            )
        windows += encode_question(question, number, tokenizer, max_length, stride)
    return windows


def encode_question(
    question: Question, number: int, tokenizer: PreTrainedTokenizerFast, max_length: int, stride: int
) -> list[PassageWindow]:
    """Return the windows of one question. Example: `encode_question(question, 0, tokenizer, 128, 32)[0].start`."""
    encoded = tokenizer(
        question.question,
        question.passage,
        truncation="only_second",
        max_length=max_length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    windows = []
    for i, places in enumerate(encoded["offset_mapping"]):
        segments = zip(places, encoded.sequence_ids(i), strict=True)
        offsets = [tuple(place) if segment == 1 and place[0] < place[1] else None for place, segment in segments]
        features = {name: encoded[name][i] for name in tokenizer.model_input_names if name in encoded}
        windows.append(PassageWindow(features, number, offsets, CLS, CLS))
    return label(question, windows)


def label(question: Question, windows: list[PassageWindow]) -> list[PassageWindow]:
    """Say in each window where the answer is, if the window holds it whole. Example: `label(question, windows)`.

    A piece belongs to the answer if it shares a character with it. ValueError if no piece does, or there is none.
    """
    pieces = {place for window in windows for place in window.offsets if place}
    if not pieces:
        raise ValueError(f"question {question.id}: the tokenizer leaves nothing of its passage: remove it")
    if not question.answers:
        return windows
    answer = question.answers[0]
    own = sorted(place for place in pieces if place[0] < answer.end and answer.start < place[1])
    if not own:
        raise ValueError(
            f"question {question.id}: the tokenizer leaves nothing of the answer {answer.text!r}: change it"
        )
    labeled = []
    for window in windows:
        if own[0] in window.offsets and own[-1] in window.offsets:
            start = window.offsets.index(own[0])
            end = len(window.offsets) - 1 - window.offsets[::-1].index(own[-1])  # pieces of one character share offsets
            window = window._replace(start=start, end=end)
        labeled.append(window)
    return labeled


def as_encoded(windows: Sequence[PassageWindow]) -> Encoded:
    """Return windows for batches, with labels (start, end). Example: `as_encoded(windows).labels`, (windows, 2)."""
    return Encoded([window.features for window in windows], torch.tensor([[one.start, one.end] for one in windows]))


def in_passage(windows: Sequence[PassageWindow], length: int) -> Bool[Tensor, "windows seq"]:
    """Say where the passage is in each window, padded to a length. Example: `in_passage(windows, 128)`."""
    found = torch.zeros(len(windows), length, dtype=torch.bool)
    for row, window in enumerate(windows):
        found[row, : len(window.offsets)] = torch.tensor([place is not None for place in window.offsets])
    return found


def characters(window: PassageWindow, start: int, end: int) -> tuple[int, int]:
    """Return where in the passage a span of pieces begins and ends, in characters.

    Example: `characters(window, 6, 7)` is `(4, 12)` if these two pieces are the characters 4 to 11.

    The last piece is included, the last character is not. ValueError if the span is none, or not in the passage.
    """
    inside = 0 <= start <= end < len(window.offsets)
    first, last = (window.offsets[start], window.offsets[end]) if inside else (None, None)
    if first is None or last is None:
        raise ValueError(f"pieces {start} to {end} are no span of the passage: take them from best_span")
    return first[0], last[1]


@torch.inference_mode()
def predict_answers(
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    questions: Sequence[Question],
    windows: Sequence[PassageWindow],
    max_length: int = LONGEST,
    batch_size: int = 32,
) -> list[Prediction]:
    """Return the best span of each question over all its windows, dropout off.

    Example: `[prediction.answer() for prediction in predict_answers(model, tokenizer, questions, windows)]`

    Args:
        model: ours, or a library's `...ForQuestionAnswering`.
        tokenizer: for padding.
        questions, windows: as given to `encode_questions`, and what came from it.
        max_length: the most pieces of an answer.
        batch_size: windows that go through the model at once.

    Raises:
        ValueError: a question has no window.
    """
    best: dict[int, Prediction] = {}
    with evaluating(model):
        for first in range(0, len(windows), batch_size):
            batch = windows[first : first + batch_size]
            logits = model(**pad(tokenizer, [window.features for window in batch]))
            for window, found in zip(batch, read_spans(questions, batch, logits, max_length), strict=True):
                before = best.get(window.question, found)
                higher = max(before, found, key=lambda one: one.score)
                best[window.question] = higher._replace(null=min(before.null, found.null))
    for number, question in enumerate(questions):
        if number not in best:
            raise ValueError(f"question {question.id} has no window: give all that encode_questions returned")
    return [best[number] for number in range(len(questions))]


def read_spans(
    questions: Sequence[Question], windows: Sequence[PassageWindow], logits: Any, max_length: int
) -> list[Prediction]:
    """Return the best span of each window of a batch. Example: `read_spans(questions, batch, model(**inputs), 30)`."""
    start_logits, end_logits = logits.start_logits, logits.end_logits
    spans = best_span(start_logits, end_logits, in_passage(windows, start_logits.shape[1]), max_length)
    rows = zip(windows, *(values.tolist() for values in (*spans, null_score(start_logits, end_logits))), strict=True)
    found = []
    for window, start, end, score, null in rows:
        begin, stop = characters(window, start, end)
        found.append(Prediction(questions[window.question].passage[begin:stop], begin, score, null))
    return found
