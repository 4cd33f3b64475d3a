"""Byte-level BPE: against the library, on texts that break WordPiece."""

import json

import pytest
from tokenizers import pre_tokenizers

from bertlab.texts import HARD_TEXTS, passages, same_sentence
from bertlab.variants.byte_bpe import (
    ROBERTA_SPECIAL_TOKENS,
    apply_merges,
    as_bytes,
    byte_characters,
    train_byte_bpe,
    train_word_pieces,
)


@pytest.fixture(scope="module")
def by_bytes():
    return train_byte_bpe(passages(), 1000)


@pytest.fixture(scope="module")
def by_words():
    return train_word_pieces(passages(), 1000)


def test_the_table_of_bytes_is_the_library_s():
    table = byte_characters()
    assert sorted(table) == list(range(256))
    assert set(table.values()) == set(pre_tokenizers.ByteLevel.alphabet())
    every = "".join(chr(code) for code in range(0x20, 0x800))
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(every)
    assert "".join(as_bytes(every)) == "".join(piece for piece, _ in cut)


def test_the_vocabulary_is_special_tokens_bytes_and_merges(by_bytes):
    vocab = by_bytes.get_vocab()
    assert [by_bytes.id_to_token(number) for number in range(5)] == list(ROBERTA_SPECIAL_TOKENS)
    assert set(byte_characters().values()) <= set(vocab)
    merges = json.loads(by_bytes.to_str())["model"]["merges"]
    assert len(vocab) == 5 + 256 + len(merges) == 1000


@pytest.mark.parametrize("name", HARD_TEXTS)
def test_merging_by_hand_equals_the_library(by_bytes, name):
    text = HARD_TEXTS[name]
    merges = [tuple(pair) for pair in json.loads(by_bytes.to_str())["model"]["merges"]]
    words = [text[start:end] for _, (start, end) in by_bytes.pre_tokenizer.pre_tokenize_str(text)]
    assert "".join(words) == text
    found = [piece for word in words for piece in apply_merges(as_bytes(word), merges)]
    assert found == by_bytes.encode(text).tokens


@pytest.mark.parametrize("name", HARD_TEXTS)
def test_nothing_is_unknown_and_nothing_is_lost(by_bytes, name):
    encoded = by_bytes.encode(HARD_TEXTS[name])
    assert "<unk>" not in encoded.tokens
    assert by_bytes.decode(encoded.ids) == HARD_TEXTS[name]


def test_word_pieces_of_the_same_size_know_less_and_lose_case_and_accents(by_words):
    assert by_words.get_vocab_size() == 1000
    assert sum("[UNK]" in by_words.encode(text).tokens for text in HARD_TEXTS.values()) > len(HARD_TEXTS) / 2
    assert "[UNK]" in by_words.encode("She laughed 👍🏽").tokens
    assert by_words.encode("Café").tokens == by_words.encode("cafe").tokens


def test_english_costs_a_little_more_and_greek_a_piece_for_each_byte(by_bytes, by_words):
    pieces = [sum(len(one.encode(text).ids) for text in passages()) for one in (by_bytes, by_words)]
    assert 1.0 < pieces[0] / pieces[1] < 1.3
    greek = same_sentence()["Greek"]
    assert len(by_bytes.encode(greek).ids) == len(greek.encode()) > 1.8 * len(greek)
    assert by_words.encode(greek).tokens.count("[UNK]") >= len(greek.split())


def test_a_space_belongs_to_the_word_after_it(by_bytes):
    assert by_bytes.encode("the").tokens != by_bytes.encode(" the").tokens == ["Ġthe"]


def test_a_vocabulary_without_room_for_the_bytes_is_refused():
    assert train_byte_bpe(["a cat"], 261).get_vocab_size() == 261
    with pytest.raises(ValueError, match="bytes alone need 261"):
        train_byte_bpe(["a cat"], 260)
