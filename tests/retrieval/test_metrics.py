"""Measures by hand, scikit-learn's and sentence-transformers', queries without anything relevant, intervals."""

import math
import random

import numpy as np
import pytest
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sklearn.metrics import ndcg_score

from bertlab.retrieval.metrics import (
    abstention,
    mean_interval,
    ndcg_at_k,
    per_query,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)

IDS = [f"t{number}" for number in range(23)]


def make_rankings(count):
    """Rankings of all ids, and one to five relevant ids for each."""
    drawn = random.Random(5)
    rankings = [drawn.sample(IDS, len(IDS)) for _ in range(count)]
    return rankings, [set(drawn.sample(IDS, drawn.randint(1, 5))) for _ in range(count)]


@pytest.mark.parametrize("k", [1, 3, 10])
def test_equal_to_the_evaluator_of_sentence_transformers(k):
    rankings, relevant = make_rankings(13)
    names = [f"q{number}" for number in range(13)]
    at = {key: [k] for key in ("mrr_at_k", "ndcg_at_k", "accuracy_at_k", "precision_recall_at_k", "map_at_k")}
    evaluator = InformationRetrievalEvaluator(
        dict.fromkeys(names, "?"), dict.fromkeys(IDS, "."), dict(zip(names, relevant, strict=True)), **at
    )
    results = [
        [{"corpus_id": found, "score": float(-place)} for place, found in enumerate(ranked)] for ranked in rankings
    ]
    theirs = evaluator.compute_metrics(results)
    for measure, name in [
        (recall_at_k, "recall@k"),
        (precision_at_k, "precision@k"),
        (reciprocal_rank, "mrr@k"),
        (ndcg_at_k, "ndcg@k"),
    ]:
        assert np.mean(per_query(measure, rankings, relevant, k=k)) == pytest.approx(theirs[name][k])


@pytest.mark.parametrize("k", [1, 4, 23])
@pytest.mark.parametrize("exponential", [False, True])
def test_grades_as_in_scikit_learn(k, exponential):
    drawn = random.Random(k)
    ranked = drawn.sample(IDS, len(IDS))
    grades = {found: drawn.choice([0, 0, 1, 2, 3]) for found in IDS}
    truth = [[2 ** grades[found] - 1 if exponential else grades[found] for found in IDS]]
    scores = [[-ranked.index(found) for found in IDS]]
    assert ndcg_at_k(ranked, grades, k, exponential) == pytest.approx(ndcg_score(truth, scores, k=k))


def test_what_was_not_found_lowers_the_best_possible_too():
    assert ndcg_at_k(["a"], {"a", "b"}, k=2) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert ndcg_at_k(["x", "a"], {"a": 3, "b": 1}, k=2) == pytest.approx((3 / math.log2(3)) / (3 + 1 / math.log2(3)))
    assert reciprocal_rank([], {"a"}) == 0
    assert reciprocal_rank(["x", "y", "a"], {"a"}, k=2) == 0


def test_a_grade_of_0_is_not_relevant():
    assert recall_at_k(["a", "b"], {"a": 0, "b": 2}, k=1) == 0
    assert precision_at_k(["a", "b"], {"a": 0, "b": 2}, k=2) == 0.5
    assert reciprocal_rank(["a", "b"], {"a": 0, "b": 2}) == 0.5


@pytest.mark.parametrize("measure", [recall_at_k, precision_at_k, reciprocal_rank, ndcg_at_k])
def test_what_has_no_measure_is_refused(measure):
    for nothing in (set(), {"a": 0}):
        with pytest.raises(ValueError, match="nothing is relevant to this query: leave it out"):
            measure(["a"], nothing, k=3)
    with pytest.raises(ValueError, match="at least 1"):
        measure(["a"], {"a"}, k=0)
    with pytest.raises(ValueError, match="stands twice"):
        measure(["a", "a"], {"a"}, k=3)
    with pytest.raises(ValueError, match="negative or not finite"):
        ndcg_at_k(["a"], {"a": -1, "b": 1}, k=3)


def test_queries_without_anything_relevant_are_left_out_of_the_mean():
    values = per_query(recall_at_k, [["a"], ["b"], ["c"], ["d"]], [{"a"}, set(), {"x"}, {"d": 0}], k=1)
    assert values[::2] == [1.0, 0.0]
    assert math.isnan(values[1])
    assert math.isnan(values[3])
    found = mean_interval(values)
    assert (found.mean, found.queries) == (0.5, 2)
    assert (found.low, found.high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no query with anything relevant"):
        mean_interval([math.nan])
    with pytest.raises(ValueError, match="argument 2 is longer"):
        per_query(recall_at_k, [["a"]], [{"a"}, {"b"}], k=1)


def test_the_interval_is_about_two_standard_errors_wide():
    values = np.random.default_rng(1).normal(3, 2, size=400).tolist()
    found = mean_interval(values)
    error = np.std(values) / 20
    assert found.mean - found.low == pytest.approx(1.96 * error, rel=0.1)
    assert found.high - found.mean == pytest.approx(1.96 * error, rel=0.1)
    assert found == mean_interval(values, seed=0)
    assert mean_interval(values, level=0.5).high < found.high


def test_refusing_and_answering():
    found = abstention([0.9, 0.3, 0.6, 0.2, 0.1], [True, True, False, False, False], threshold=0.3)
    assert found == (1.0, pytest.approx(2 / 3))
    assert math.isnan(abstention([0.9], [True], threshold=0.5).refused)
    assert math.isnan(abstention([0.9], [False], threshold=0.5).answered)
