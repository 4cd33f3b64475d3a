"""Finders of answers: trained with the loss of spans, on what they are named after, and measured on what they say."""

import pytest
import torch

from bertlab.token_classification import answer_trials
from bertlab.token_classification.answer_trials import CLOZE_RECIPE, QUESTION_RECIPE, measure_finder, span_training
from bertlab.token_classification.answers import load_answers
from bertlab.token_classification.spans import span_loss
from tests.encoders import assert_close


@pytest.fixture
def few(folder, tokenizer, monkeypatch):
    """A few questions of each split, and a small random BERT."""
    asked = {name: questions[:13] for name, questions in load_answers().items()}
    monkeypatch.setattr(answer_trials, "load", lambda: (folder, tokenizer, None))
    monkeypatch.setattr(answer_trials, "load_answers", lambda: asked)
    return asked


def test_spans_are_trained_with_their_own_loss(few):
    run = span_training(few["train"], 0)
    assert (run.epochs, run.lr, run.validation) == (QUESTION_RECIPE["epochs"], QUESTION_RECIPE["lr"], None)
    logits = torch.randn(3, 7, 2, generator=torch.Generator().manual_seed(0))
    places = torch.tensor([[0, 0], [2, 5], [3, 3]])
    expected = span_loss(logits[..., 0], logits[..., 1], places[:, 0], places[:, 1])
    assert_close(run.loss(logits, places), expected)
    assert run.train.labels.shape == (13, 2)


def test_clozes_are_made_of_training_passages_and_tested_on_others(few, monkeypatch):
    asked, trained = [], []

    def predictions(run, questions):
        asked.append([question.passage for question in questions])
        return [answer_trials.Prediction(question.answers[0].text, 0, 1.0, 9.0) for question in questions]

    def finish(run):
        trained.append(run)
        return run

    monkeypatch.setattr(answer_trials, "predictions", predictions)
    monkeypatch.setattr(answer_trials.FineTuning, "finish", finish)
    found = measure_finder("clozes", 3)
    [run] = trained
    training = {question.passage for question in few["train"]}
    assert (run.seed, run.epochs, run.lr) == (3, CLOZE_RECIPE["epochs"], CLOZE_RECIPE["lr"])
    assert len(run.train.features) == answer_trials.CLOZES * len(training)
    assert not training & {passage for passages in asked for passage in passages}
    assert found["F1, clozes"] == found["F1, answerable, always answered"] == 1.0  # though the null score is higher
