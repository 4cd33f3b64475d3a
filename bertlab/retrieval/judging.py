"""How good is a search, question by question and by kind of question, and is one better than another?

report(rankings_of(scores, ids), collection.split("test"))["other words"]["nDCG@10"].mean
difference(ours, theirs, collection.split("test"))["all"]["nDCG@10"].low > 0
"""

from collections.abc import Callable, Hashable, Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from bertlab.retrieval.collection import Question
from bertlab.retrieval.exact import Hits
from bertlab.retrieval.fusion import weighted_fusion
from bertlab.retrieval.metrics import Mean, mean_interval, ndcg_at_k, per_query, recall_at_k, reciprocal_rank

K = 10
METRICS: dict[str, Callable[..., float]] = {
    f"recall@{K}": recall_at_k,
    f"MRR@{K}": reciprocal_rank,
    f"nDCG@{K}": ndcg_at_k,
}
ALL = "all"
Rankings = Sequence[Sequence[str]]
Report = dict[str, dict[str, Mean]]


def rankings_of(found: Float[Tensor, "queries passages"] | Hits, ids: Sequence[str]) -> list[list[str]]:
    """Name what a search found, best first: from a score for every passage, or from hits.

    Example: `rankings_of(torch.tensor([[0.1, 0.9, 0.4]]), ["a", "b", "c"])` is `[["b", "c", "a"]]`.

    Of equal scores the passage that comes first stays first; -1 among hits stands for none. ValueError if there is not
    an id for each score.
    """
    if isinstance(found, Hits):
        numbers = found.ids
    elif found.shape[1] != len(ids):
        raise ValueError(f"{found.shape[1]} scores for a query, {len(ids)} ids: give an id for each passage")
    else:
        numbers = found.argsort(dim=1, descending=True, stable=True)
    return [[ids[number] for number in row if number >= 0] for row in numbers.tolist()]


def mixed_rankings(
    found: Float[Tensor, "queries passages"] | Hits,
    other: Float[Tensor, "queries passages"] | Hits,
    ids: Sequence[str],
    weight: float,
) -> list[list[str]]:
    """Rank by the weighted sum of two searches of the same passages, each query's scores stretched to 0 to 1.

    Example: `mixed_rankings(torch.tensor([[0.1, 0.9]]), torch.tensor([[7.0, 2.0]]), ["a", "b"], weight=0.8)` is
    `[["b", "a"]]`.

    `weight` is that of the first, 1 - weight that of the other: see `weighted_fusion`.
    """
    rows = zip(scores_by_id(found, ids), scores_by_id(other, ids), strict=True)
    return [[str(name) for name in weighted_fusion(pair, [weight, 1 - weight])] for pair in rows]


def scores_by_id(found: Float[Tensor, "queries passages"] | Hits, ids: Sequence[str]) -> list[dict[Hashable, float]]:
    """Return the scores of each query by the passages' ids. Example: `scores_by_id(torch.tensor([[0.5]]), ["a"])` is
    `[{"a": 0.5}]`.
    """
    scores = found.scores if isinstance(found, Hits) else found
    numbers = found.ids.tolist() if isinstance(found, Hits) else [range(len(ids))] * len(scores)
    return [
        {ids[number]: value for number, value in zip(row, values, strict=True) if number >= 0}
        for row, values in zip(numbers, scores.tolist(), strict=True)
    ]


def report(rankings: Rankings, questions: Sequence[Question]) -> Report:
    """Measure a search, over all questions and over those of each kind, with 95 % intervals.

    Example: `report(rankings, collection.split("test"))["shared"]["recall@10"].mean`

    Questions that nothing answers are left out, and so is a kind that has no others: see `abstention`. ValueError if
    there are not as many rankings as questions, or nothing is left.
    """
    return by_kind(values_of(rankings, questions), questions)


def difference(rankings: Rankings, others: Rankings, questions: Sequence[Question]) -> Report:
    """Measure how much better the first search is, question by question: a paired bootstrap.

    Example: `difference(reranked, dense, questions)["all"]["nDCG@10"].low > 0`, if the first is better beyond chance.

    Hard questions are hard for both, so that differences vary less than the values of either; two intervals of `report`
    may overlap where this one does not hold 0. Raises as `report`.
    """
    first, second = values_of(rankings, questions), values_of(others, questions)
    return by_kind(
        {name: [a - b for a, b in zip(first[name], second[name], strict=True)] for name in METRICS}, questions
    )


def values_of(rankings: Rankings, questions: Sequence[Question]) -> dict[str, list[float]]:
    """Return each measure of each question, NaN where nothing is relevant.

    Example: `values_of([["b", "a"]], [Question("q1", "shared", "Who?", ("a",), "")])["MRR@10"]` is `[0.5]`.
    """
    relevant = [question.relevant for question in questions]
    return {name: per_query(measure, rankings, relevant, k=K) for name, measure in METRICS.items()}


def by_kind(values: Mapping[str, Sequence[float]], questions: Sequence[Question]) -> Report:
    """Average values of questions over all and over each kind. Example: `by_kind({"MRR@10": [1.0]}, questions)`."""
    answerable = [question.kind for question in questions if question.relevant]
    rows = {ALL: [number for number, question in enumerate(questions) if question.relevant]}
    for kind in dict.fromkeys(filter(None, answerable)):
        rows[kind] = [number for number in rows[ALL] if questions[number].kind == kind]
    return {
        kind: {name: mean_interval([found[number] for number in numbers]) for name, found in values.items()}
        for kind, numbers in rows.items()
    }
