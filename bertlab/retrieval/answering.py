"""Notebook 09's finder of answers behind a search: what is left of its score if it reads what was found?

    measure_answers("first hit", seed=0)["F1"]

It learns from the questions of notebook 09, and answers those of the search, without a generator or a judge. Where it
reads several passages, it answers from the one that it is surest of. It must always answer, and is asked only what has
an answer.
"""

from collections.abc import Sequence
from functools import lru_cache
from statistics import fmean

from bertlab.fine_tuning.loop import FineTuning
from bertlab.retrieval.collection import Question, load_collection
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.passages import Passage
from bertlab.retrieval.three_ways import titled
from bertlab.sentence_bert.adapter import sentence_encoder
from bertlab.sentence_embeddings.encode import embed
from bertlab.token_classification import answers
from bertlab.token_classification.answer_scores import exact_match, f1
from bertlab.token_classification.answer_trials import predictions, span_training

READ = {"right passage": 0, "first hit": 1, "three hits": 3, "ten hits": 10}
"""How many hits are read; 0 stands for the passage that holds the answer."""


@lru_cache(maxsize=1)
def finder(seed: int) -> FineTuning:
    """Return notebook 09's finder of answers, trained. Example: `finder(0).model`"""
    return span_training(answers.load_answers()["train"], seed).finish()


def passages_read(questions: Sequence[Question], hits: int) -> list[list[Passage]]:
    """Return what is read for each question: the right passage, or the first hits of the sentence encoder.

    Example: `passages_read(load_collection().split("test"), hits=3)[0]`
    """
    passages = load_collection().passages
    if not hits:
        by_id = {passage.id: passage for passage in passages}
        return [[by_id[question.relevant[0]]] for question in questions]
    model, tokenizer = sentence_encoder()
    asked, texts = (
        embed(model, tokenizer, batch, normalize=True)
        for batch in ([question.question for question in questions], list(map(titled, passages)))
    )
    return [[passages[number] for number in row] for row in top_k(asked, texts, hits).ids.tolist()]


def measure_answers(name: str, seed: int) -> dict[str, float]:
    """Measure answers read in some passages. Example: `measure_answers("right passage", 0)["exact match"]`

    "held" is the share of questions whose answer stands, letter by letter, in what was read.
    """
    questions = [question for question in load_collection().split("test") if question.answer]
    read = passages_read(questions, READ[name])
    pairs = [(question, passage) for question, row in zip(questions, read, strict=True) for passage in row]
    asked = [answers.Question(f"{q.id} {p.id}", q.question, p.text) for q, p in pairs]
    best: dict[str, tuple[float, str]] = {}
    for (question, _), found in zip(pairs, predictions(finder(seed), asked), strict=True):
        best[question.id] = max(best.get(question.id, (float("-inf"), "")), (found.score - found.null, found.text))
    return {
        "F1": fmean(f1(best[question.id][1], [question.answer]) for question in questions),
        "exact match": fmean(exact_match(best[question.id][1], [question.answer]) for question in questions),
        "held": fmean(
            any(question.answer in passage.text for passage in row)
            for question, row in zip(questions, read, strict=True)
        ),
    }
