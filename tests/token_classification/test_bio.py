"""Two readings of BIO tags, both as seqeval has them, and what a correct sequence is."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Tokens

from bertlab.token_classification.bio import (
    Entity,
    allowed_moves,
    bio_tags,
    entities_of,
    follows,
    is_valid,
    problems,
    repair,
    split_tag,
    tags_of,
)

TYPES = ["LOC", "MISC", "ORG", "PER"]
NAMES = bio_tags(TYPES)
any_tags = st.lists(st.sampled_from(NAMES), max_size=13)


@given(any_tags)
def test_the_lenient_reading_is_seqevals_default(tags):
    assert entities_of(tags) == [(name, start, last + 1) for name, start, last in get_entities(tags)]


@given(any_tags)
def test_the_strict_reading_is_seqevals_strict_mode(tags):
    expected = [(found.tag, found.start, found.end) for found in Tokens(tags, IOB2).entities]
    assert entities_of(tags, "strict") == expected


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-PER I-PER O B-LOC", [("PER", 0, 2), ("LOC", 3, 4)], [("PER", 0, 2), ("LOC", 3, 4)]),
        ("B-PER B-PER I-PER", [("PER", 0, 1), ("PER", 1, 3)], [("PER", 0, 1), ("PER", 1, 3)]),
        ("I-PER I-PER", [("PER", 0, 2)], []),
        ("B-PER I-LOC I-PER", [("PER", 0, 1), ("LOC", 1, 2), ("PER", 2, 3)], [("PER", 0, 1)]),
        ("B-PER O I-PER", [("PER", 0, 1), ("PER", 2, 3)], [("PER", 0, 1)]),
        ("I-PER B-PER I-PER", [("PER", 0, 1), ("PER", 1, 3)], [("PER", 1, 3)]),
        ("O O", [], []),
        ("", [], []),
    ],
)
def test_by_hand(tags, lenient, strict):
    assert entities_of(tags.split()) == lenient
    assert entities_of(tags.split(), "strict") == strict


def test_a_type_may_hold_hyphens():
    assert split_tag("I-EVENT-SPORT") == ("I", "EVENT-SPORT")
    assert entities_of(["B-EVENT-SPORT", "I-EVENT-WAR"]) == [("EVENT-SPORT", 0, 1), ("EVENT-WAR", 1, 2)]


@pytest.mark.parametrize("tag", ["", "o", "B", "B-", "I-", "E-PER", "S-PER", "BPER", "O-PER", "b-PER", "B-A B", "PER"])
def test_what_is_no_bio_tag_is_refused_and_reported(tag):
    with pytest.raises(ValueError, match="is no BIO tag: write O, or B- or I- with a type"):
        split_tag(tag)
    with pytest.raises(ValueError, match="is no BIO tag"):
        entities_of(["O", tag])
    assert [problem.place for problem in problems(["O", tag, "O"])] == [1]
    assert not is_valid([tag])


@given(any_tags)
def test_correct_sequences_are_those_that_both_readings_read_alike(tags):
    assert is_valid(tags) == (entities_of(tags) == entities_of(tags, "strict"))


@given(any_tags)
def test_repair_writes_the_lenient_reading_down_and_leaves_correct_ones_alone(tags):
    repaired = repair(tags)
    assert is_valid(repaired)
    assert entities_of(repaired, "strict") == entities_of(tags)
    assert (repaired == tags) == is_valid(tags)
    changed = [place for place, (old, new) in enumerate(zip(tags, repaired, strict=True)) if old != new]
    assert changed == [place for place, _ in problems(tags)]


def test_problems_say_where_and_what():
    assert problems(["I-PER", "I-PER", "O", "B-LOC", "I-ORG", "X"]) == [
        (0, "I-PER continues nothing: it begins the sentence"),
        (4, "I-ORG continues nothing: it follows B-LOC"),
        (5, "'X' is no BIO tag: write O, or B- or I- with a type, such as B-PER"),
    ]
    assert [place for place, _ in problems(["B-PER", "X", "I-PER"])] == [1, 2]


@given(any_tags)
def test_tags_of_the_entities_of_a_correct_sequence_are_that_sequence(tags):
    tags = repair(tags)
    assert tags_of(reversed(entities_of(tags)), len(tags)) == tags


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        (("PER", 2, 2), "PER from 2 to 2 has no words"),
        (("PER", 3, 2), "has no words"),
        (("PER", -1, 2), "leaves the sentence of 7 words"),
        (("PER", 5, 8), "PER from 5 to 8 has no words or leaves the sentence of 7 words"),
        (("PER", 3, 5), "PER from 3 to 5 overlaps another entity"),
    ],
)
def test_impossible_entities_are_refused(entity, message):
    with pytest.raises(ValueError, match=message):
        tags_of([Entity("LOC", 4, 6), entity], 7)


@given(any_tags.filter(bool))
def test_allowed_moves_make_up_the_correct_sequences(tags):
    moves, start = allowed_moves(NAMES)
    numbers = [NAMES.index(tag) for tag in tags]
    allowed = start[numbers[0]] and all(moves[a, b] for a, b in pairwise(numbers))
    assert bool(allowed) == is_valid(tags)


def test_how_many_moves_are_forbidden():
    moves, start = allowed_moves(NAMES)
    assert moves.shape == (9, 9)
    assert moves.dtype == start.dtype == torch.bool
    assert (~moves).sum() == 4 * (9 - 2)  # each I- may follow its own B- and I- only
    assert start.tolist() == [not name.startswith("I") for name in NAMES]
    assert not follows("I-PER", before="I-LOC")
