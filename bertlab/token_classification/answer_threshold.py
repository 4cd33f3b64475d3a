"""How sure a model must be that there is no answer: a threshold chosen on questions that are kept for that.

Sources: Devlin et al. 2018 (arXiv:1810.04805, section 4.3, "the threshold τ is selected on the dev set to maximize
F1"); the script of SQuAD 2.0, Rajpurkar et al. 2018 (arXiv:1806.03822).
"""

from collections.abc import Sequence
from itertools import pairwise

from bertlab.token_classification.answer_scores import f1
from bertlab.token_classification.answer_windows import Prediction
from bertlab.token_classification.answers import Question


def best_null_threshold(questions: Sequence[Question], predictions: Sequence[Prediction]) -> float:
    """Return the null threshold with the highest F1 over these questions; of equals, the one nearest to 0.

    Example: `best_null_threshold(splits["validation"], predict_answers(model, tokenizer, questions, windows))`

    Only where "no answer" leads by less than the threshold is a question answered. Thresholds are tried halfway between
    the leads that occur, and beyond both ends, so that no question stands on the edge. Never choose it on the questions
    that you report.

    ValueError if there are no questions, or not a prediction for each.
    """
    if not questions or len(questions) != len(predictions):
        raise ValueError(
            f"{len(questions)} questions and {len(predictions)} predictions: give one for each, at least 1"
        )
    leads = sorted({one.null - one.score for one in predictions})
    between = [(low + high) / 2 for low, high in pairwise(leads)]
    # 0 is among them: whoever wins nothing by another threshold keeps the plain one.
    tried = sorted([0.0, leads[0] - 1, *between, leads[-1] + 1], key=abs)
    right = [[answer.text for answer in question.answers] for question in questions]
    points = [[f1("", own), f1(one.text, own)] for one, own in zip(predictions, right, strict=True)]

    def total(threshold: float) -> float:
        return sum(own[one.null - one.score <= threshold] for one, own in zip(predictions, points, strict=True))

    return max(tried, key=total)


def answer_texts(
    questions: Sequence[Question], predictions: Sequence[Prediction], null_threshold: float = 0.0
) -> dict[str, str]:
    """Return the answer to each question by its id, as `answer_scores` takes them; empty where there is none.

    Example: `answer_scores(questions, answer_texts(questions, predictions, null_threshold=1.5))`
    """
    return {question.id: one.answer(null_threshold) for question, one in zip(questions, predictions, strict=True)}
