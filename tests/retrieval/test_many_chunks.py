"""Chunks of the course's texts: enough of them, no two equal, always the same, and nothing that is asked."""

import pytest

from bertlab.retrieval import many_chunks as module
from bertlab.retrieval.collection import load_collection
from bertlab.retrieval.many_chunks import LENGTHS, many_chunks, texts, windows
from bertlab.texts import passages


@pytest.fixture(scope="module")
def chunks():
    return many_chunks(100_770)


def test_there_are_a_hundred_thousand_and_no_two_are_equal(chunks):
    assert len(chunks) == len({chunk.casefold() for chunk in chunks}) == 100_770


def test_their_lengths_are_those_asked_for_or_less(chunks):
    lengths = [len(chunk.split()) for chunk in chunks]
    assert max(lengths) == max(LENGTHS)
    assert all(lengths.count(length) > 10_000 for length in LENGTHS)


def test_no_question_is_among_them(chunks):
    questions = {question.question.casefold() for question in load_collection().questions}
    assert questions.isdisjoint(chunk.casefold() for chunk in chunks)


def test_each_kind_of_text_is_read():
    found = set(texts())
    assert {passages()[3], load_collection().passages[7].text} <= found


@pytest.fixture
def small(monkeypatch):
    def give(*given):
        monkeypatch.setattr(module, "texts", lambda: iter(given))

    return give


LONG = " ".join(f"w{number}" for number in range(37))


def test_fewer_are_the_first_of_more_whatever_the_order_of_the_texts(small):
    small(LONG, "A short text.", "Another.")
    few, many = many_chunks(7), many_chunks(13)
    small("Another.", LONG, "A short text.", LONG)
    assert few == many[:7] == many_chunks(7)
    assert many != sorted(many)


def test_texts_that_differ_in_case_only_are_one_chunk(small):
    small("a short Text", "A short text")
    assert many_chunks(1) == ["A short text"]


def test_too_many_are_refused_and_the_number_is_said(small):
    small("A short text.", "Another.")
    assert sorted(many_chunks(2)) == ["A short text.", "Another."]
    for count in (3, -1):
        with pytest.raises(ValueError, match=f"count={count}: the course's texts have 2 chunks, so give 0 to 2"):
            many_chunks(count)


def test_windows_of_each_length():
    found = list(windows(LONG, lengths=(7, 13), every=3))
    assert [len(chunk.split()) for chunk in found] == [7] * 11 + [13] * 9
    assert found[1] == "w3 w4 w5 w6 w7 w8 w9"
    assert found[-1].endswith(" w36")
    assert list(windows("  one \n two ", lengths=(7, 13))) == ["one two", "one two"]
