"""Exact match and F1 of answers, as SQuAD counts them.

Small letters, no punctuation, no articles, single spaces: what is left of two answers is compared, as a whole or word
by word. Sources: Rajpurkar et al. 2016 (arXiv:1606.05250, section 6.1); for questions without an answer, Rajpurkar et
al. 2018 (arXiv:1806.03822). SQuAD's own script gives percentages; here, all is from 0 to 1.
"""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bertlab.token_classification.answers import Question

ARTICLE = re.compile(r"\b(?:an?|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class AnswerScore(NamedTuple):
    """Exact match and F1, means from 0 to 1. Example: `AnswerScore(0.5, 0.75, questions=2).f1` is `0.75`."""

    exact: float
    f1: float
    questions: int


def normalize(answer: str) -> str:
    """Return what counts of an answer. Example: `normalize("The  U.S. Army!")` is `"us army"`.

    Punctuation goes before articles do, and leaves no space behind. Only that of ASCII goes: a curly quote stays.
    """
    return " ".join(ARTICLE.sub(" ", answer.lower().translate(NO_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1 if a prediction is the same as one of the right answers, normalized, else 0.

    Example: `exact_match("the Nile.", ["River Nile", "Nile"])` is `1.0`, and `exact_match("", [])` is `1.0`.

    Without a right answer, only an empty prediction is right.
    """
    return float(normalize(prediction) in accepted(answers))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the F1 of the words that a prediction shares with a right answer, the best over all of them.

    Example: `f1("the long river Nile", ["Nile", "River Nile"])` is `0.8`: 2 of 3 words are right, 2 of 2 are found.

    A word counts as often as it occurs in both; the order of words does not count. Without a right answer, only an
    empty prediction is right.
    """
    words = normalize(prediction).split()
    return max(overlap(words, answer.split()) for answer in accepted(answers))


def accepted(answers: Sequence[str]) -> list[str]:
    """Return what is left of the right answers, or the empty answer. Example: `accepted(["The"])` is `[""]`."""
    return [left for left in map(normalize, answers) if left] or [""]


def overlap(predicted: Sequence[str], gold: Sequence[str]) -> float:
    """Return the F1 of two lists of words. Example: `overlap(["so", "so"], ["so", "what"])` is `0.5`.

    If one is empty, it is 1 if both are, else 0.
    """
    if not predicted or not gold:
        return float(predicted == gold)
    shared = (Counter(predicted) & Counter(gold)).total()
    return 2 * shared / (len(predicted) + len(gold))


def answer_scores(questions: Sequence[Question], predictions: Mapping[str, str]) -> dict[str, AnswerScore]:
    """Return the scores over all questions, over the answerable and over the unanswerable ones.

    Example: `answer_scores(questions, {"1": "The Nile", "2": ""})["unanswerable"].exact`

    On unanswerable questions both scores are the share that was left unanswered. Of the two groups, one without
    questions is not there.

    Args:
        questions: at least one.
        predictions: an answer for each id, empty where there is none.

    Raises:
        ValueError: there are no questions, or one has no prediction (SQuAD's own script leaves it out of the mean,
            which rewards silence).
    """
    missing = [question.id for question in questions if question.id not in predictions]
    if missing or not questions:
        what = (
            f"question {missing[0]} has no prediction ({len(missing)} of {len(questions)})"
            if missing
            else "no questions"
        )
        raise ValueError(f"{what}: give each question an answer, an empty one where there is none")
    groups = {
        "all": list(questions),
        "answerable": [question for question in questions if question.answers],
        "unanswerable": [question for question in questions if not question.answers],
    }
    return {name: mean_score(group, predictions) for name, group in groups.items() if group}


def mean_score(questions: Sequence[Question], predictions: Mapping[str, str]) -> AnswerScore:
    """Return the means over some questions, at least one. Example: `mean_score(questions, {"1": "The Nile"}).exact`."""
    pairs = [(predictions[one.id], [answer.text for answer in one.answers]) for one in questions]
    exact = sum(exact_match(*pair) for pair in pairs) / len(pairs)
    return AnswerScore(exact, sum(f1(*pair) for pair in pairs) / len(pairs), len(pairs))
