"""What several searches found first, to be judged by hand; and what it costs a search not to be asked."""

import random

import pytest

from bertlab.retrieval.metrics import precision_at_k, recall_at_k, reciprocal_rank
from bertlab.retrieval.pooled import labels, left_out, pooled_judgements, share_unjudged

IDS = [f"p{number}" for number in range(37)]


def make_searches(count=3, questions=13, seed=2):
    drawn = random.Random(seed)
    relevant = [set(drawn.sample(IDS, 5)) for _ in range(questions)]
    searches = [[drawn.sample(IDS, len(IDS)) for _ in range(questions)] for _ in range(count)]
    return searches, relevant


def test_the_union_of_the_first():
    searches, _ = make_searches()
    pools = pooled_judgements(searches, depth=7)
    assert len(pools) == 13
    for number, pool in enumerate(pools):
        assert set(pool) == {found for search in searches for found in search[number][:7]}
        assert len(set(pool)) == len(pool) <= 21


def test_the_order_says_nothing_of_places():
    searches, _ = make_searches(1, questions=200)
    pools = pooled_judgements(searches, depth=10)
    first = sum(pool[0] == ranked[0] for pool, ranked in zip(pools, searches[0], strict=True))
    assert 5 <= first <= 40  # a tenth, by chance
    assert pooled_judgements(searches, depth=10) == pools
    assert pooled_judgements(searches, depth=10, seed=1) != pools


def test_a_search_of_the_pool_is_judged_whole():
    searches, _ = make_searches()
    pools = pooled_judgements(searches[:2], depth=10)
    assert share_unjudged(searches[0], pools, k=10) == share_unjudged(searches[1], pools, k=3) == 0
    missing = [len(set(ranked[:10]) - set(pool)) for ranked, pool in zip(searches[2], pools, strict=True)]
    assert share_unjudged(searches[2], pools, k=10) == pytest.approx(sum(missing) / 130)
    assert 0.2 < share_unjudged(searches[2], pools, k=10) < 0.8


def test_a_search_that_was_not_asked_seems_worse():
    """All three are equally good, by chance; hits of the one that is left out are not known."""
    searches, relevant = make_searches(questions=100)
    found = left_out(searches, relevant, precision_at_k, depth=10, k=10)
    assert len(found) == 3
    for search, judged in zip(searches, found, strict=True):
        assert judged.outside < 0.8 * judged.inside
        known = labels(relevant, pooled_judgements(searches, depth=10))
        kept = [row for row, wanted in enumerate(known) if wanted]
        true = sum(len(set(search[row][:10]) & relevant[row]) for row in kept) / (10 * len(kept))
        assert judged.inside == pytest.approx(true)


def test_recall_is_too_high_for_all():
    searches, relevant = make_searches(questions=100)
    known = left_out(searches, relevant, recall_at_k, depth=10, k=10)[0].inside
    rows = list(zip(searches[0], relevant, strict=True))
    assert known > sum(recall_at_k(ranked, wanted, k=10) for ranked, wanted in rows) / len(rows)


def test_a_question_that_only_one_search_answers_counts_as_0_without_it():
    searches = [[["a"], ["b"], ["x"]], [["y"], ["b"], ["y"]]]
    found = left_out(searches, [{"a"}, {"b"}, {"z"}], reciprocal_rank, depth=1)
    assert found == [(1.0, 0.5), (0.5, 0.5)]


def test_what_does_not_fit_is_refused():
    searches, _ = make_searches()
    for given, depth in (([searches[0], searches[1][:3]], 5), ([], 5), (searches, 0)):
        with pytest.raises(ValueError, match="give each search the same questions, and 1 or more places"):
            pooled_judgements(given, depth)
    with pytest.raises(ValueError, match="the search found nothing"):
        share_unjudged([[]], [["a"]])
    with pytest.raises(ValueError, match="argument 2 is longer"):
        share_unjudged(searches[0], [["a"]] * 14)
    with pytest.raises(ValueError, match="no search found anything relevant: give a greater depth"):
        left_out(searches, [{"q"}] * 13, reciprocal_rank)
