"""Windows hold whole words, all of them, each learned once and read where it has most context."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.constants import IGNORED
from bertlab.token_classification.alignment import encode_words
from bertlab.token_classification.bio import bio_tags
from bertlab.token_classification.windows import (
    cut_windows,
    encode_windows,
    home_windows,
    label_windows,
    merge_windows,
    shorter_side,
)

NAMES = bio_tags(["LOC", "PER"])
piece_counts = st.lists(st.integers(0, 6), max_size=37)
LONG = ["Electroencephalography", "\u200b", "in", "New", "York", ",", "can't", "Ann", "say", "unbelievably"] * 13
TAGS = [NAMES[number * 7 % 5] for number in range(len(LONG))]


@given(piece_counts, st.integers(1, 13), st.data())
def test_windows_fit_and_hold_every_word(pieces, room, data):
    stride = data.draw(st.integers(0, room - 1))
    windows = cut_windows(pieces, room, stride)
    for window in windows:
        assert sum(pieces[word] for word in window) <= room or len(window) == 1
    for before, after in pairwise(windows):
        assert before.start < after.start <= before.stop < after.stop
        assert before.stop - after.start <= stride
    assert {word for window in windows for word in window} == set(range(len(pieces)))


@given(st.integers(0, 37), st.integers(1, 13), st.data())
def test_neighbors_share_the_stride_where_all_words_have_one_piece(count, room, data):
    stride = data.draw(st.integers(0, room - 1))
    windows = cut_windows([1] * count, room, stride)
    assert all(a.stop - b.start == stride for a, b in pairwise(windows))
    assert all(len(window) == room for window in windows[:-1])


def test_as_the_library_cuts_where_all_words_have_one_piece(tokenizer):
    words = [*"abcdefghijklmnopq"]
    expected = tokenizer(
        words, is_split_into_words=True, truncation=True, max_length=9, stride=3, return_overflowing_tokens=True
    )["input_ids"]
    windows = encode_windows(words, tokenizer, 9, stride=3)
    assert [window.features["input_ids"] for window in windows] == expected
    assert len(expected) == 4


def test_windows_of_unequal_length_by_hand():
    windows = cut_windows([1, 5, 1, 1, 9, 2, 0, 1], room=6, stride=2)
    assert windows == [range(0, 2), range(1, 3), range(2, 4), range(4, 5), range(5, 8)]


def test_impossible_windows_are_refused(tokenizer):
    for room, stride in ((3, 3), (3, -1), (0, 0), (-1, 0)):
        with pytest.raises(ValueError, match="it must be from 0 to"):
            cut_windows([1, 1], room, stride)
    with pytest.raises(ValueError, match="a stride of 16 in windows of 14 pieces: it must be from 0 to 13"):
        encode_windows(LONG, tokenizer, 16, stride=16)


def test_home_is_where_the_shorter_side_is_longest():
    windows = [range(0, 7), range(4, 9), range(6, 13)]
    homes = home_windows(windows, 13)
    assert homes == [0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]  # 7 has one word on its shorter side in both
    for word, home in enumerate(homes):
        sides = [shorter_side(window, word) for window in windows if word in window]
        assert shorter_side(windows[home], word) == max(sides)
    with pytest.raises(ValueError, match="word 13 is in no window: cut the windows from all 14 words"):
        home_windows(windows, 14)


def test_of_equals_the_longest_then_the_first():
    assert home_windows([range(0, 3), range(2, 9)], 9)[2] == 1
    assert home_windows([range(0, 5), range(4, 9)], 9)[4] == 0


def test_windows_are_parts_of_the_whole(tokenizer):
    whole = encode_words(LONG, tokenizer)
    pieces = list(zip(whole.word_ids, whole.features["input_ids"], strict=True))
    windows = encode_windows(LONG, tokenizer, 37, stride=5)
    assert len(windows) > 5
    for features, word_ids, words in windows:
        assert len(word_ids) == len(features["input_ids"]) <= 37
        inner = [(word, piece) for word, piece in pieces if word in words]
        assert list(zip(word_ids, features["input_ids"], strict=True))[1:-1] == inner
        assert (word_ids[0], word_ids[-1]) == (None, None)
    assert [*windows[1].words][:5] == [*windows[0].words][-5:]


@pytest.mark.parametrize("which", ["first", "all", "last"])
def test_every_word_is_learned_once_and_read_back(tokenizer, which):
    windows = encode_windows(LONG, tokenizer, 37, stride=5)
    labels = label_windows(windows, TAGS, NAMES, which)
    whole = encode_words(LONG, tokenizer).word_ids
    learned = [word for window, row in zip(windows, labels, strict=True)
               for word, label in zip(window.word_ids, row, strict=True) if label != IGNORED]  # fmt: skip
    expected = [word for word in whole if word is not None]
    assert sorted(learned) == (expected if which == "all" else sorted(set(expected)))
    wrong = 3  # what is predicted away from home does not matter
    predictions = [[wrong if label == IGNORED else label for label in row] for row in labels]
    silent = {place for place, word in enumerate(LONG) if word == "\u200b"}
    tags = ["O" if place in silent else tag for place, tag in enumerate(TAGS)]
    assert merge_windows(windows, predictions, NAMES, which) == tags


def test_a_word_longer_than_a_window_has_one_of_its_own(tokenizer):
    words = ["Ann", "x" + "qz" * 40, "left", "x" + "qz" * 40]
    windows = encode_windows(words, tokenizer, 13, stride=2)
    assert [window.words for window in windows] == [range(0, 1), range(1, 2), range(2, 3), range(3, 4)]
    assert windows[1].word_ids == [None, *[1] * 11, None]
    labels = label_windows(windows, ["B-PER", "B-LOC", "O", "I-LOC"], NAMES)
    predictions = [[max(label, 0) for label in row] for row in labels]
    assert merge_windows(windows, predictions, NAMES) == ["B-PER", "B-LOC", "O", "I-LOC"]


def test_a_short_list_is_one_window_and_an_empty_one_none(tokenizer):
    [window] = encode_windows(["Ann", "left"], tokenizer)
    assert window[:2] == encode_words(["Ann", "left"], tokenizer)
    assert encode_windows([], tokenizer) == []
    assert merge_windows([], [], NAMES) == []
    with pytest.raises(ValueError, match="0 lists of predictions for 1 windows: give one for each"):
        merge_windows([window], [], NAMES)
