"""Rankings from scores and hits, measures by kind of question, and two searches compared question by question."""

import math
import random

import numpy as np
import pytest
import torch

from bertlab.retrieval.collection import Question, load_collection
from bertlab.retrieval.exact import Hits, top_k
from bertlab.retrieval.judging import (
    METRICS,
    difference,
    mixed_rankings,
    rankings_of,
    report,
    scores_by_id,
    values_of,
)
from bertlab.retrieval.metrics import mean_interval

IDS = [f"p{number}" for number in range(37)]


def question(number, kind, *relevant):
    return Question(f"q{number}", kind, "Who?", relevant, "")


QUESTIONS = [
    question(1, "shared", "p0"),
    question(2, "other words", "p1", "p2"),
    question(3, "none"),
    question(4, "shared", "p3"),
]
RANKINGS = [["p0", "p5"], ["p9", "p2"], ["p4"], ["p8", "p7", "p6", "p3"]]


def test_rankings_from_scores_and_from_hits_are_the_same():
    scores = torch.randn(7, 37, generator=torch.Generator().manual_seed(3)).round(decimals=1)
    full = rankings_of(scores, IDS)
    for ranked, row in zip(full, scores.tolist(), strict=True):
        assert ranked == sorted(IDS, key=lambda name: -row[int(name[1:])])  # stable, as is sorted
    hits = top_k(scores, torch.eye(37), k=13)
    assert rankings_of(hits, IDS) == [ranked[:13] for ranked in full]
    assert rankings_of(Hits(torch.zeros(1, 3), torch.tensor([[2, -1, -1]])), IDS) == [["p2"]]
    with pytest.raises(ValueError, match="37 scores for a query, 36 ids: give an id for each passage"):
        rankings_of(scores, IDS[:-1])


def test_measures_by_kind():
    found = report(RANKINGS, QUESTIONS)
    assert list(found) == ["all", "shared", "other words"]
    assert all(list(measured) == ["recall@10", "MRR@10", "nDCG@10"] for measured in found.values())
    assert [found[kind]["recall@10"].queries for kind in found] == [3, 2, 1]
    assert found["shared"]["MRR@10"].mean == pytest.approx((1 + 1 / 4) / 2)
    assert found["other words"]["recall@10"].mean == 0.5
    assert found["other words"]["nDCG@10"].mean == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert found["all"]["MRR@10"].mean == pytest.approx((1 + 1 / 4 + 1 / 2) / 3)


def test_only_ten_places_count():
    ranked = [*IDS[20:30], "p0"]
    found = report([ranked], [question(1, "shared", "p0")])["all"]
    assert [found[name].mean for name in METRICS] == [0, 0, 0]
    assert report([ranked[1:]], [question(1, "", "p0")])["all"]["MRR@10"].mean == pytest.approx(0.1)


def test_questions_without_kind_are_all():
    asked = [question(1, "", "p0"), question(2, "", "p1")]
    assert list(report(RANKINGS[:2], asked)) == ["all"]


def test_the_course_s_questions():
    collection = load_collection()
    asked = collection.split("test")
    perfect = [list(found.relevant) or [collection.passages[0].id] for found in asked]
    found = report(perfect, asked)
    assert {kind: measured["recall@10"].queries for kind, measured in found.items()} == {
        "all": 134,
        "shared": 63,
        "other words": 71,
    }
    assert found["all"]["nDCG@10"][:3] == (1.0, 1.0, 1.0)


def test_the_difference_is_taken_question_by_question():
    """One search is a little better at each question: intervals overlap, and yet the difference does not hold 0."""
    drawn = random.Random(1)
    asked = [question(number, "shared", "p0") for number in range(30)]
    places = [drawn.randrange(1, 9) for _ in asked]
    worse = [[*IDS[1 : place + 1], "p0"] for place in places]
    better = [[*IDS[1:place], "p0"] for place in places]
    one, other = (report(rankings, asked)["all"]["nDCG@10"] for rankings in (better, worse))
    assert other.high > one.low
    found = difference(better, worse, asked)
    assert found["shared"]["nDCG@10"].low > 0
    assert found["all"]["nDCG@10"].mean == pytest.approx(one.mean - other.mean)
    assert difference(worse, better, asked)["all"]["MRR@10"].high < 0
    assert found["all"]["recall@10"][:3] == (0, 0, 0)
    first, second = (np.array(values_of(rankings, asked)["MRR@10"]) for rankings in (better, worse))
    assert found["all"]["MRR@10"] == mean_interval((first - second).tolist())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="argument 2 is longer"):
        report(RANKINGS[:3], QUESTIONS)
    with pytest.raises(ValueError, match="no query with anything relevant"):
        report(RANKINGS[2:3], QUESTIONS[2:3])


def test_a_weighted_sum_of_two_searches():
    meaning = torch.tensor([[0.9, 0.5, 0.1], [0.2, 0.3, 0.4]])
    words = torch.tensor([[0.0, 20.0, 10.0], [9.0, 1.0, 5.0]])
    ids = ["a", "b", "c"]
    assert mixed_rankings(meaning, words, ids, 1.0) == rankings_of(meaning, ids)
    assert mixed_rankings(meaning, words, ids, 0.0) == rankings_of(words, ids)
    # stretched: 1, .5, 0 and 0, 1, .5; then 0, .5, 1 and 1, 0, .5
    assert mixed_rankings(meaning, words, ids, 0.4) == [["b", "a", "c"], ["c", "a", "b"]]


def test_hits_are_mixed_by_id_and_missing_ones_left_out():
    first = Hits(torch.tensor([[0.9, 0.5, -torch.inf]]), torch.tensor([[2, 0, -1]]))
    second = Hits(torch.tensor([[3.0, 1.0, 0.0]]), torch.tensor([[0, 2, 1]]))
    assert scores_by_id(first, ["a", "b", "c"]) == [{"c": pytest.approx(0.9), "a": pytest.approx(0.5)}]
    assert mixed_rankings(first, second, ["a", "b", "c"], 0.2) == [["a", "c", "b"]]
