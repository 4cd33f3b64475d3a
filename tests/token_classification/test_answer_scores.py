"""Exact match and F1, worked out by hand from SQuAD's definition."""

import pytest

from bertlab.token_classification.answer_scores import (
    AnswerScore,
    accepted,
    answer_scores,
    exact_match,
    f1,
    normalize,
)
from bertlab.token_classification.answers import Answer, Question


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("The  U.S. Army!", "us army"),
        ("an apple a day", "apple day"),
        ("Anna and the theater", "anna and theater"),
        ("\tthe\n", ""),
        ("the-a", "thea"),  # punctuation goes first, and no article is left
        ("A.", ""),
        ("15,000", "15000"),
        ("$5 (five)", "5 five"),
        ("rock'n'roll", "rocknroll"),
        ("Gödel’s", "gödel’s"),
        ("Paris—a city", "paris— city"),  # a dash is no ASCII punctuation, but it bounds a word
        ("...", ""),
        ("", ""),
    ],
)
def test_normalizing(answer, left):
    assert normalize(answer) == left


@pytest.mark.parametrize(
    ("prediction", "answers", "exact", "overlap"),
    [
        ("the Nile.", ["River Nile", "Nile"], 1, 1),
        ("River Nile", ["Nile"], 0, 2 / 3),  # 1 of 2 words right, 1 of 1 found
        ("Nile", ["the long, long Nile"], 0, 1 / 2),  # 1 of 1 right, 1 of 3 found
        ("Nile Nile", ["Nile"], 0, 2 / 3),  # the second one is not right as well
        ("long long Nile", ["long, long way"], 0, 2 / 3),
        ("Nile River", ["River Nile"], 0, 1),  # the order counts for exact match only
        ("the blue Nile", ["White Nile", "Blue Nile delta"], 0, 4 / 5),  # the better one: 2 of 2 right, 2 of 3 found
        ("Amazon", ["Nile"], 0, 0),
        ("Niles", ["Nile"], 0, 0),
        ("", ["Nile"], 0, 0),
        ("the", ["Nile"], 0, 0),
        ("", [], 1, 1),
        ("the", [], 1, 1),  # nothing is left of it
        ("Nile", [], 0, 0),
        ("", ["the", "Nile"], 0, 0),  # an answer of which nothing is left does not count
        ("a", ["the"], 1, 1),  # unless there is no other
    ],
)
def test_golden_cases(prediction, answers, exact, overlap):
    assert exact_match(prediction, answers) == exact
    assert f1(prediction, answers) == pytest.approx(overlap)


def test_answers_of_which_nothing_is_left():
    assert accepted([]) == accepted(["the", "?"]) == [""]
    assert accepted(["the", "The Nile"]) == ["nile"]


def question(name, *answers):
    return Question(name, "Which river?", "-", tuple(Answer(answer, 0) for answer in answers))


class TestManyQuestions:
    QUESTIONS = (question("1", "Nile", "River Nile"), question("2", "Blue Nile"), question("3"), question("4", "Po"))

    def test_means_over_all_and_over_the_two_groups(self):
        found = answer_scores(self.QUESTIONS, {"1": "the river Nile", "2": "Nile", "3": "Nile", "4": "", "5": "more"})
        assert found["answerable"] == (pytest.approx(1 / 3), pytest.approx((1 + 2 / 3) / 3), 3)
        assert found["unanswerable"] == AnswerScore(0, 0, 1)
        assert found["all"] == (pytest.approx(1 / 4), pytest.approx((1 + 2 / 3) / 4), 4)

    def test_silence_is_right_where_there_is_no_answer(self):
        found = answer_scores(self.QUESTIONS, dict.fromkeys("1234", ""))
        assert found == {"all": (0.25, 0.25, 4), "answerable": (0, 0, 3), "unanswerable": (1, 1, 1)}

    def test_a_group_without_questions_is_not_there(self):
        assert set(answer_scores(self.QUESTIONS[:2], {"1": "", "2": ""})) == {"all", "answerable"}
        assert set(answer_scores(self.QUESTIONS[2:3], {"3": ""})) == {"all", "unanswerable"}

    def test_a_question_without_prediction_is_not_left_out(self):
        with pytest.raises(ValueError, match=r"question 2 has no prediction \(2 of 4\): give each question an answer"):
            answer_scores(self.QUESTIONS, {"1": "", "3": ""})
        with pytest.raises(ValueError, match="no questions"):
            answer_scores([], {})
