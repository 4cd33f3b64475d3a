"""Words and pieces: labels there and back again, and what a truncation costs."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from bertlab.constants import IGNORED
from bertlab.fine_tuning.batches import pad
from bertlab.token_classification.alignment import (
    align_labels,
    encode_words,
    inside,
    piece_of_word,
    read_back,
    what_is_cut,
)
from bertlab.token_classification.bio import bio_tags

NAMES = bio_tags(["LOC", "PER"])  # O, B-LOC, I-LOC, B-PER, I-PER
WORDS = ["Electroencephalography", "\u200b", "can't", "", "New", "York", "."]
PIECES = ["electro", "##ence", "##pha", "##log", "##raphy", "can", "'", "t", "new", "york", "."]
WORD_IDS = [None, 0, 0, 0, 0, 0, 2, 2, 2, 4, 5, 6, None]
TAGS = ["B-PER", "I-PER", "I-PER", "O", "B-LOC", "I-LOC", "O"]


def test_words_get_their_pieces_and_special_tokens(tokenizer):
    features, word_ids = encode_words(WORDS, tokenizer)
    assert tokenizer.convert_ids_to_tokens(features["input_ids"]) == ["[CLS]", *PIECES, "[SEP]"]
    assert word_ids == WORD_IDS
    assert set(features) == {"input_ids", "token_type_ids", "attention_mask"}


def test_what_is_encoded_can_be_padded(tokenizer):
    batch = pad(tokenizer, [encode_words(words, tokenizer).features for words in (WORDS, ["So"])])
    assert batch["input_ids"].shape == (2, 13)
    assert batch["attention_mask"].sum(1).tolist() == [13, 3]


def test_nothing_is_cut_off_unless_told_and_nothing_is_logged(tokenizer, capfd):
    assert len(encode_words(["long"] * 601, tokenizer).word_ids) == 603
    short = encode_words(WORDS, tokenizer, 7)
    assert short.word_ids == [None, 0, 0, 0, 0, 0, None]
    assert short.features["input_ids"][-1] == tokenizer.sep_token_id
    assert capfd.readouterr().err == ""


def test_no_words_are_two_special_tokens(tokenizer):
    assert encode_words([], tokenizer).word_ids == [None, None]
    assert encode_words(["\u200b", " "], tokenizer).word_ids == [None, None]


def test_a_slow_tokenizer_is_refused():
    with pytest.raises(ValueError, match="has no word_ids\\(\\): load a fast tokenizer"):
        encode_words.__wrapped__(["a"], SimpleNamespace(is_fast=False))


@pytest.mark.parametrize(
    ("which", "labels"),
    [
        ("first", [-100, 3, -100, -100, -100, -100, 4, -100, -100, 1, 2, 0, -100]),
        ("last", [-100, -100, -100, -100, -100, 3, -100, -100, 4, 1, 2, 0, -100]),
        ("all", [-100, 3, 4, 4, 4, 4, 4, 4, 4, 1, 2, 0, -100]),
    ],
)
def test_labels_by_hand(which, labels):
    assert align_labels(TAGS, WORD_IDS, NAMES, which) == labels


def test_the_first_piece_as_the_library_documents_it():
    labels, before = [], None
    for word in WORD_IDS:
        labels.append(IGNORED if word is None or word == before else NAMES.index(TAGS[word]))
        before = word
    assert align_labels(TAGS, WORD_IDS, NAMES) == labels


def test_only_some_words_are_labeled():
    labels = align_labels(TAGS, WORD_IDS, NAMES, "all", words={2, 5})
    assert [place for place, label in enumerate(labels) if label != IGNORED] == [6, 7, 8, 10]
    assert set(align_labels(TAGS, WORD_IDS, NAMES, words=())) == {IGNORED}


def test_what_is_ignored_takes_no_part_in_the_loss():
    labels = torch.tensor(align_labels(TAGS, WORD_IDS, NAMES))
    logits = torch.randn(13, 5, generator=torch.Generator().manual_seed(0))
    kept = [1, 6, 9, 10, 11]
    torch.testing.assert_close(cross_entropy(logits, labels), cross_entropy(logits[kept], labels[kept]))


def test_the_piece_that_is_read():
    assert piece_of_word(WORD_IDS) == piece_of_word(WORD_IDS, "all") == {0: 1, 2: 6, 4: 9, 5: 10, 6: 11}
    assert piece_of_word(WORD_IDS, "last") == {0: 5, 2: 8, 4: 9, 5: 10, 6: 11}
    with pytest.raises(ValueError, match="which must be 'first', 'all' or 'last', not 'mean'"):
        piece_of_word.__wrapped__(WORD_IDS, "mean")


def test_inside_keeps_what_is_inside_or_outside():
    assert [inside(name) for name in NAMES] == ["O", "I-LOC", "I-LOC", "I-PER", "I-PER"]


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 3)), max_size=13),
    st.sampled_from(["first", "all", "last"]),
)
def test_there_and_back_again(words, which):
    tags = [tag for tag, _ in words]
    word_ids = [None, *(word for word, (_, pieces) in enumerate(words) for _ in range(pieces)), None]
    labels = align_labels(tags, word_ids, NAMES, which)
    wrong = 2  # where nothing was trained, anything may be predicted
    predictions = [wrong if label == IGNORED else label for label in labels] + [wrong] * 3  # and on padding
    expected = [tag if pieces else "O" for tag, pieces in words]
    assert read_back(predictions, word_ids, NAMES, len(words), which) == expected


def test_words_that_were_cut_off_are_read_as_o():
    assert read_back([0, 3, 0, 0], [None, 0, 0, None], NAMES, 3) == ["B-PER", "O", "O"]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="word 4 has no tag: there are 4 tags; give one for each word"):
        align_labels(TAGS[:4], WORD_IDS, NAMES)
    with pytest.raises(ValueError, match="the tag 'B-ORG' is not among the names O, B-LOC"):
        align_labels(["B-ORG"], [None, 0, None], NAMES)
    with pytest.raises(ValueError, match="the tag 'I-PER' is not among the names O, B-PER: add it there"):
        align_labels(["B-PER"], [None, 0, 0, None], ["O", "B-PER"], "all")
    with pytest.raises(ValueError, match="3 predictions for 4 pieces"):
        read_back([0, 1, 0], [None, 0, 0, None], NAMES, 1)


class TestWhatIsCut:
    def test_nothing_where_all_fits(self, tokenizer):
        assert what_is_cut(WORDS, TAGS, tokenizer, 13) == ([], [], [1, 3], [], [])

    def test_entities_cut_and_lost(self, tokenizer):
        cut = what_is_cut(WORDS, TAGS, tokenizer, 12)
        assert cut == ([6], [], [1, 3], [], [])
        cut = what_is_cut(WORDS, TAGS, tokenizer, 11)
        assert (cut.lost, cut.entities_lost, cut.entities_cut) == ([5, 6], [], [("LOC", 4, 6)])
        cut = what_is_cut(WORDS, TAGS, tokenizer, 9)
        assert (cut.lost, cut.shortened, cut.entities_lost) == ([4, 5, 6], [2], [("LOC", 4, 6)])
        cut = what_is_cut(WORDS, TAGS, tokenizer, 5)
        assert (cut.lost, cut.shortened, cut.entities_cut) == ([2, 4, 5, 6], [0], [("PER", 0, 3)])

    def test_an_entity_of_whose_words_only_a_silent_one_is_left_is_lost(self, tokenizer):
        cut = what_is_cut(["so", "\u200b", "Ann"], ["O", "B-PER", "I-PER"], tokenizer, 3)
        assert (cut.lost, cut.silent, cut.entities_lost, cut.entities_cut) == ([2], [1], [("PER", 1, 3)], [])
