"""Finders of answers, trained on questions or on clozes, and measured: a part of this room's experiment."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel

from bertlab.fine_tuning.experiment import load
from bertlab.fine_tuning.loop import FineTuning
from bertlab.token_classification.answer_scores import answer_scores
from bertlab.token_classification.answer_threshold import answer_texts, best_null_threshold
from bertlab.token_classification.answer_windows import Prediction, as_encoded, encode_questions, predict_answers
from bertlab.token_classification.answers import Question, load_answers
from bertlab.token_classification.clozes import make_clozes, passages_of
from bertlab.token_classification.spans import SpanFinder, span_loss
from bertlab.token_classification.tagger import two_rates

FINDERS = ("questions", "clozes")
"""What finders are trained on."""
QUESTION_RECIPE: dict[str, Any] = {"epochs": 8, "batch_size": 8, "lr": 3e-4}
CLOZE_RECIPE: dict[str, Any] = {"epochs": 1, "batch_size": 8, "lr": 5e-4}
CLOZES, CLOZES_TESTED = 12, 5
"""How many clozes are made of each passage."""


def body() -> Any:
    """Return the embedded encoder, without dropout, as it was pre-trained. Example: `SpanFinder(body())`"""
    return AutoModel.from_pretrained(load()[0])


def span_training(questions: Sequence[Question], seed: int, recipe: Mapping[str, Any] = QUESTION_RECIPE) -> FineTuning:
    """Return the training of a finder of answers. Example: `span_training(load_answers()["train"], 0).finish()`"""
    torch.manual_seed(seed)
    tokenizer = load()[1]
    finder, windows = SpanFinder(body()), as_encoded(encode_questions(questions, tokenizer))
    groups = two_rates(finder, recipe["lr"], new_lr=5e-3)

    def loss(logits: Tensor, places: Tensor) -> Tensor:
        return span_loss(*logits.unbind(-1), *places.unbind(-1))

    return FineTuning(finder, tokenizer, windows, loss=loss, groups=groups, seed=seed, **recipe)


def predictions(run: FineTuning, questions: Sequence[Question]) -> list[Prediction]:
    """Return what a finder finds. Example: `predictions(run, load_answers()["test"])[0].answer()`"""
    return predict_answers(run.model, run.tokenizer, questions, encode_questions(questions, run.tokenizer))


def measure_finder(name: str, seed: int) -> dict[str, float]:
    """Train a finder on clozes or on questions, and measure it.

    Example: `measure_finder("questions", 0)["F1, answerable, always answered"]`

    On questions, with the null threshold at 0, with one chosen on validation, and where none may be left out.
    """
    splits = load_answers()
    if name == "clozes":
        return measure_clozes(splits, seed)
    run = span_training(splits["train"], seed).finish()
    predicted = {split: predictions(run, splits[split]) for split in ("validation", "test")}
    chosen = best_null_threshold(splits["validation"], predicted["validation"])
    found = {"training seconds": run.seconds, "null threshold": chosen}
    thresholds = {"": 0.0, ", threshold chosen": chosen, ", always answered": inf}
    for ending, threshold in thresholds.items():
        texts = answer_texts(splits["test"], predicted["test"], threshold)
        for group, score in answer_scores(splits["test"], texts).items():
            found |= {f"exact match, {group}{ending}": score.exact, f"F1, {group}{ending}": score.f1}
    return found


def measure_clozes(splits: Mapping[str, Sequence[Question]], seed: int) -> dict[str, float]:
    """Train a finder on clozes of the training passages; measure it on those of the test passages, and on questions.

    Example: `measure_clozes(load_answers(), 0)["F1, clozes"]`
    """
    run = span_training(make_clozes(passages_of(splits["train"]), CLOZES, seed), seed, CLOZE_RECIPE).finish()
    tested = make_clozes(passages_of(splits["test"]), CLOZES_TESTED)
    asked = [question for question in splits["test"] if question.answers]
    found = {"training seconds": run.seconds}
    for name, questions in (("clozes", tested), ("answerable, always answered", asked)):
        score = answer_scores(questions, answer_texts(questions, predictions(run, questions), inf))["all"]
        found |= {f"exact match, {name}": score.exact, f"F1, {name}": score.f1}
    return found
