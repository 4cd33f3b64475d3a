"""Clozes: the answer stands where it should, the question is the rest, and what cannot be cut is refused."""

import pytest

from bertlab.token_classification.answers import load_answers
from bertlab.token_classification.clozes import GAP, MOST_BESIDE, WORD, make_clozes, passages_of

PASSAGE = "Nobody came. The old ferry at Dorn crosses the river Amme twice a day until the ice comes. It's free."


def test_the_gap_is_filled_by_the_answer_from_the_passage():
    questions = make_clozes([PASSAGE], each=37)
    assert len({question.question for question in questions}) > 20
    for question in questions:
        [answer] = question.answers
        assert PASSAGE[answer.start : answer.end] == answer.text
        assert 1 <= len(WORD.findall(answer.text)) <= 4
        assert question.question.count(GAP) == 1
        assert question.question.replace(GAP, answer.text) in PASSAGE
        before, after = question.question.split(GAP)
        assert max(len(WORD.findall(before)), len(WORD.findall(after))) <= MOST_BESIDE
        assert WORD.findall(before + after)


def test_a_seed_draws_the_same_and_another_seed_others():
    first, again, other = (make_clozes([PASSAGE] * 3, each=7, seed=seed) for seed in (5, 5, 6))
    assert first == again != other
    assert len({question.id for question in first}) == 21


def test_every_training_passage_can_be_cut():
    passages = passages_of(load_answers()["train"])
    assert len(passages) == len(set(passages)) == 104
    assert len(make_clozes(passages, each=1)) == 104


def test_a_passage_without_a_long_sentence_is_refused():
    with pytest.raises(ValueError, match="passage 1 has no sentence of six words: leave it out"):
        make_clozes([PASSAGE, "Too short. By far."], each=1)
