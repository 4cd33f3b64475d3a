"""BM25 is bm25s's for each variant; what k1 and b do."""

import random

import bm25s
import pytest
import torch

from bertlab.retrieval.bm25 import BM25, IDF, words_of
from tests.encoders import assert_close

WORDS = ["the", "of", "bee", "hive", "wax", "queen", "honey", "token", "mask", "piece", "vector", "nectar"]


def make_texts(count):
    """Texts of 1 to 17 words, of which the first are in most of them, and one that is alone."""
    drawn = random.Random(2)
    weights = [20, 15, *range(10, 0, -1)]
    return [*(drawn.choices(WORDS, weights, k=drawn.randint(1, 17)) for _ in range(count - 1)), ["rare", "the"]]


QUERIES = [["bee"], ["the", "wax", "hive"], ["rare"], ["bee", "unknown", "bee"], ["unknown"], []]


@pytest.mark.parametrize("variant", sorted(IDF))
@pytest.mark.parametrize(("k1", "b"), [(1.2, 0.75), (0.5, 0.0), (2, 1)])
def test_equal_to_bm25s(variant, k1, b):
    texts = make_texts(31)
    theirs = bm25s.BM25(method=variant, k1=k1, b=b)
    theirs.index(texts, show_progress=False)
    ours = BM25(texts, variant, k1, b)
    for query in QUERIES:
        known = [word for word in query if word in ours.postings]
        expected = theirs.get_scores(known) if known else [0.0] * 31  # theirs refuses a query without known words
        assert_close(ours.scores(query), torch.tensor(expected))


def test_by_hand():
    """Two texts of 2 and 4 words, the average is 3; "a" is in one of two: the weight is log(1 + 1.5 / 1.5)."""
    scores = BM25([["a", "b"], ["b", "b", "c", "c"]], k1=1, b=0.5).scores(["a"])
    assert_close(scores, torch.tensor([0.693147 * 1 / (1 + 0.5 + 0.5 * 2 / 3), 0.0]))


def test_scores_are_what_the_words_contribute():
    model = BM25(make_texts(31))
    summed = torch.zeros(31)
    for word in ("bee", "wax", "bee"):
        for text, share in model.contributions(word).items():
            summed[text] += share
    assert_close(model.scores(["bee", "wax", "bee"]), summed)
    assert model.contributions("unknown") == {}


def test_further_occurrences_and_long_texts_count_less():
    texts = [["a"] * count + ["x"] * (9 - count) for count in range(1, 10)] + [["b"]]
    first, second, *_, last = BM25(texts, b=0).scores(["a"])[:9].diff()
    assert first > second > last > 0
    assert len(set(BM25(texts, k1=0).scores(["a"])[:9].tolist())) == 1
    short, long = ["a", "x"], ["a", *["x"] * 9]
    assert BM25([short, long, ["b"]]).scores(["a"])[0] > BM25([short, long, ["b"]]).scores(["a"])[1]
    assert BM25([short, long, ["b"]], b=0).scores(["a"])[0] == BM25([short, long, ["b"]], b=0).scores(["a"])[1]


def test_a_word_in_most_texts_weighs_nothing_by_robertson_and_a_little_by_lucene():
    texts = [["the", "a"], ["the", "b"], ["the", "c"]]
    assert BM25(texts, "robertson").scores(["the"]).tolist() == [0, 0, 0]
    assert BM25(texts, "lucene").scores(["the"]).min() > 0


def test_words():
    assert words_of("AdamW's epsilon: 1e-6 — Zoë") == ["adamw", "s", "epsilon", "1e", "6", "zoë"]


def test_refusals():
    with pytest.raises(ValueError, match="no variant 'plus': take one of robertson, lucene, atire"):
        BM25([["a"]], "plus")
    with pytest.raises(ValueError, match="b lies between 0 and 1"):
        BM25([["a"]], b=2)
    with pytest.raises(ValueError, match="hold no words"):
        BM25([[], []])
