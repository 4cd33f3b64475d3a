"""Chunks stand where they say, miss nothing, keep to their length, and overlap by whole sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.retrieval.chunking import chunks, sentences, units

TEXT = 'Bees dance.  "Why?" she asked. They show where the food is!\n\nA title\n\nVersion 2.5 is out (at last). End'


def test_sentences():
    assert [sentence.text for sentence in sentences(TEXT)] == [
        "Bees dance.",
        '"Why?" she asked.',
        "They show where the food is!",
        "A title",
        "Version 2.5 is out (at last).",
        "End",
    ]
    assert [sentence.text for sentence in sentences('He said "no." She left (early.) Then rain.')] == [
        'He said "no."',
        "She left (early.)",
        "Then rain.",
    ]
    assert sentences(" \n ") == sentences("") == []


def test_chunks_by_hand():
    assert [chunk.text for chunk in chunks(TEXT, words=7)] == [
        'Bees dance.  "Why?" she asked.',
        "They show where the food is!",
        "A title",
        "Version 2.5 is out (at last). End",
    ]


def test_overlap_is_of_whole_sentences_that_fit():
    text = "One. Two two. Three three three. Four. Five."
    assert [chunk.text for chunk in chunks(text, words=5, overlap=3)] == [
        "One. Two two.",
        "Two two. Three three three.",
        "Three three three. Four. Five.",
    ]
    assert [chunk.text for chunk in chunks(text, words=5, overlap=1)][1:] == ["Three three three. Four. Five."]


def test_a_long_sentence_is_cut_at_words():
    text = "Short one. " + " ".join(f"W{number}" for number in range(11)) + ". Last."
    assert [unit.text.count(" ") + 1 for unit in units(text, words=4)] == [2, 4, 4, 3, 1]
    assert all(len(chunk.text.split()) <= 4 for chunk in chunks(text, words=4, overlap=2))


@given(
    st.text(alphabet='aB.?!" \n(', max_size=120),
    st.integers(1, 9).flatmap(lambda words: st.tuples(st.just(words), st.integers(0, words - 1))),
)
def test_for_any_text(text, sizes):
    words, overlap = sizes
    found = chunks(text, words, overlap)
    for chunk in found:
        assert text[chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        assert len(chunk.text.split()) <= words
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(found))
    for a, b in pairwise(found):
        assert len(text[b.start : a.end].split()) <= overlap
    covered = {place for chunk in found for place in range(chunk.start, chunk.end)}
    assert all(letter.isspace() for place, letter in enumerate(text) if place not in covered)


def test_sizes_that_cannot_be():
    for words, overlap in [(0, 0), (5, 5), (5, -1)]:
        with pytest.raises(ValueError, match="give at least one word, and an overlap of fewer words"):
            chunks(TEXT, words, overlap)
