"""Near-copies: similarity equal to scikit-learn's, the quick search equal to the slow one, planted copies found."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import jaccard_score

from bertlab.diagnosing_fine_tuning.leakage import (
    FUNCTION_WORDS,
    jaccard,
    near_duplicates,
    paraphrase_lightly,
    shingles,
    words_of,
)
from bertlab.fine_tuning.labeled import load_labeled
from bertlab.texts import passages

short_texts = st.lists(st.text("ab c", max_size=12), max_size=7)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_similarity_is_that_of_scikit_learn(n):
    texts = passages()[:7]
    counts = CountVectorizer(ngram_range=(1, n), binary=True, tokenizer=words_of, token_pattern=None)
    rows = counts.fit_transform(texts).toarray()
    for first in range(7):
        for second in range(first, 7):
            found = jaccard(shingles(texts[first], n), shingles(texts[second], n))
            assert found == pytest.approx(jaccard_score(rows[first], rows[second]))


def test_case_punctuation_and_the_form_of_the_apostrophe_do_not_count():
    assert shingles("DON’T, go!") == shingles("don't go") == {("don't",), ("go",), ("don't", "go")}


def test_a_pair_of_texts_is_read_as_one():
    assert shingles(("It rained.", "Good.")) == shingles("It rained. Good.")


def test_texts_without_words_have_nothing_in_common():
    assert shingles("?!") == set()
    assert jaccard(set(), set()) == 0
    assert near_duplicates(["", "?!"], ["", "!"]) == []


@given(short_texts, short_texts, st.sampled_from([0.1, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0]), st.integers(1, 3))
def test_the_quick_search_misses_nothing(texts, others, threshold, n):
    expected = {
        (i, j, jaccard(shingles(text, n), shingles(other, n)))
        for i, text in enumerate(texts)
        for j, other in enumerate(others)
        if jaccard(shingles(text, n), shingles(other, n)) >= threshold
    }
    found = near_duplicates(texts, others, threshold, n)
    assert {tuple(pair) for pair in found} == expected
    assert len(found) == len(expected)
    assert [pair.similarity for pair in found] == sorted((pair.similarity for pair in found), reverse=True)


def test_a_threshold_met_exactly_counts():
    ten, seven = "a b c d e f g h i j", "a b c d e f g"
    assert jaccard(shingles(ten, 1), shingles(seven, 1)) == 0.7
    assert near_duplicates([ten], [seven], 0.7, n=1) == [(0, 0, 0.7)]


@pytest.mark.parametrize("threshold", [0.0, 1.1, 50.0])
def test_an_impossible_threshold_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must lie above 0"):
        near_duplicates(["a"], ["a"], threshold)


def test_shingles_need_a_word():
    with pytest.raises(ValueError, match="one word or more"):
        shingles("a b", 0)


def test_a_copy_is_never_equal_and_says_the_same():
    texts = load_labeled("reviews")["train"].texts[:200]
    for seed, text in enumerate(texts):
        copy = paraphrase_lightly(text, seed)
        assert copy.casefold() != text.casefold()
        before, after = words_of(text), words_of(copy)
        assert len(before) - len(after) in (0, 1)
        assert [word for word in before if word not in FUNCTION_WORDS] == [
            word for word in after if word not in FUNCTION_WORDS
        ]
        assert copy == paraphrase_lightly(text, seed)


def test_a_copy_drops_one_word_and_swaps_two_where_two_stand_together():
    copies = {paraphrase_lightly("It was one of the best.", seed).lower() for seed in range(60)}
    assert copies == {
        "was one the of best",  # without "it"; "of the" swapped
        "it one the of best",
        "was it one the best",
        "was it one of best",
    }


@pytest.mark.parametrize("text", ["Fine", "Fine.", "!", "Not bad at all?!"])
def test_short_texts_get_another_punctuation(text):
    copy = paraphrase_lightly(text, 0)
    assert copy.casefold() != text.casefold()
    assert copy.strip()
    assert words_of(copy) == [word for word in words_of(text) if word != "at"]


def test_no_negation_is_ever_dropped():
    assert FUNCTION_WORDS.isdisjoint({"no", "not", "never", "nor", "none", "nothing", "hardly", "but", "without"})


def test_planted_copies_are_found_among_reviews():
    splits = load_labeled("reviews")
    train, test = splits["train"].texts, splits["test"].texts
    before = {(pair.text, pair.other) for pair in near_duplicates(train, test)}
    assert len(before) <= 5
    leaked = random.Random(0).sample(range(len(test)), 100)
    planted = (*train, *(paraphrase_lightly(test[number], number) for number in leaked))
    found = {(pair.text, pair.other) for pair in near_duplicates(planted, test)}
    assert sum((len(train) + place, number) in found for place, number in enumerate(leaked)) >= 95
    assert len(found) <= 105
