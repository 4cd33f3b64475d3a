"""The null threshold with the highest F1, found by trying every one that makes a difference."""

import random

import pytest

from bertlab.token_classification.answer_scores import answer_scores
from bertlab.token_classification.answer_threshold import answer_texts, best_null_threshold
from bertlab.token_classification.answer_windows import Prediction
from bertlab.token_classification.answers import Answer, Question

PASSAGE = "The Nile flows north."


def make(count: int, seed: int = 0, shift: float = 0.0):
    """Questions with and without an answer, and predictions of which some are right; the null leads by some nats."""
    drawn = random.Random(seed)
    questions, predictions = [], []
    for number in range(count):
        answers = (Answer("The Nile", 0),) if drawn.random() < 0.7 else ()
        text = drawn.choice(["The Nile", "Nile flows", "north", "The Nile"])
        lead = shift + drawn.gauss(-1.0 if answers else 1.0, 1.0)
        questions.append(Question(str(number), "What?", PASSAGE, answers))
        predictions.append(Prediction(text, 0, score=2.0, null=2.0 + lead))
    return questions, predictions


def total(questions, predictions, threshold):
    return answer_scores(questions, answer_texts(questions, predictions, threshold))["all"].f1


@pytest.mark.parametrize(("seed", "shift"), [(0, 0.0), (1, 3.0), (2, -3.0)])
def test_no_other_threshold_has_a_higher_f1(seed, shift):
    questions, predictions = make(37, seed, shift)
    best = best_null_threshold(questions, predictions)
    tried = [total(questions, predictions, step / 5) for step in range(-30, 31)]
    assert total(questions, predictions, best) >= max(tried) > max(tried[0], tried[-1])
    assert abs(best - shift) < 2


def test_of_equals_it_is_the_one_nearest_to_zero():
    questions, predictions = make(13)
    questions = [Question(q.id, q.question, q.passage, (Answer("The Nile", 0),)) for q in questions]
    sure = [one._replace(text="The Nile", null=-3.0) for one in predictions]
    assert best_null_threshold(questions, sure) == 0.0
    unsure = [one._replace(text="The Nile", null=7.0) for one in predictions]
    assert best_null_threshold(questions, unsure) == 6.0  # beyond the lead of 5


def test_it_lies_between_leads_not_on_one():
    questions = [Question("1", "What?", PASSAGE, (Answer("The Nile", 0),)), Question("2", "Who?", PASSAGE)]
    predictions = [Prediction("The Nile", 0, 2.0, 3.0), Prediction("north", 15, 2.0, 6.0)]
    assert best_null_threshold(questions, predictions) == 2.5
    assert answer_texts(questions, predictions, 2.5) == {"1": "The Nile", "2": ""}
    assert answer_texts(questions, predictions) == {"1": "", "2": ""}


def test_a_prediction_for_each_question_is_asked_for():
    questions, predictions = make(7)
    with pytest.raises(ValueError, match="7 questions and 6 predictions"):
        best_null_threshold(questions, predictions[:6])
    with pytest.raises(ValueError, match="at least 1"):
        best_null_threshold([], [])
