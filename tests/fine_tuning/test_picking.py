"""Rows of a split: picked with all that belongs to them, and what belongs to all of them kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from bertlab.fine_tuning.picking import Rows


@dataclass(frozen=True)
class Words(Rows):
    """Words, their lengths, perhaps what they rhyme with, and the letters of all."""

    shared: ClassVar[tuple[str, ...]] = ("letters",)
    called: ClassVar[str] = "words"
    words: tuple[str, ...]
    lengths: tuple[int, ...]
    letters: tuple[str, ...]
    rhymes: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


FOUR = Words(("a", "bat", "cab", "b"), (1, 3, 3, 1), ("a", "b", "c", "t"), columns={"kind": tuple("xyyx")})


def test_rows_are_picked_whole_and_what_all_share_stays():
    found = FOUR.pick(i for i in (2, 0))
    assert found == Words(("cab", "a"), (3, 1), ("a", "b", "c", "t"), columns={"kind": ("y", "x")})
    assert (len(FOUR), len(found), len(FOUR.pick([]))) == (4, 2, 0)
    assert FOUR.where("kind", "x").words == ("a", "b")


def test_what_is_not_there_is_refused():
    with pytest.raises(IndexError):
        FOUR.pick([4])
    with pytest.raises(IndexError):
        FOUR.pick([]).pick([0])
    with pytest.raises(KeyError):
        FOUR.where("genre", "x")
    for count in (-1, 5):
        with pytest.raises(ValueError, match=f"{count} words cannot be drawn from 4: ask for fewer"):
            FOUR.sample(count, seed=0)


def test_a_smaller_sample_is_part_of_a_larger_one():
    smaller, larger = (FOUR.sample(count, seed=1).words for count in (2, 3))
    assert larger[:2] == smaller
    assert sorted(FOUR.sample(4, seed=1).words) == ["a", "b", "bat", "cab"]
