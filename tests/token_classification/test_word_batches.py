"""Tokenized sentences keep their words, their labels come back without padding, and the loop's batches fit them."""

import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.fine_tuning.batches import Encoded
from bertlab.token_classification.alignment import encode_words
from bertlab.token_classification.tagged import TaggedSentences
from bertlab.token_classification.word_batches import encode_sentences, word_batch
from tests.token_classification.toys import NAMES, make_sentences


@pytest.fixture(scope="module")
def data():
    return make_sentences(13)


@pytest.fixture(scope="module")
def encoded(data, tokenizer):
    return encode_sentences(data, tokenizer)


def test_labels_are_numbers_of_tags_and_padding_is_ignored(data, encoded):
    assert isinstance(encoded, Encoded)
    assert encoded.labels.shape == (13, max(map(len, data.words)))
    for number, tags in enumerate(data.tags):
        assert encoded.labels[number, : len(tags)].tolist() == [NAMES.index(tag) for tag in tags]
        assert set(encoded.labels[number, len(tags) :].tolist()) <= {IGNORED}
    assert encoded.labels_of([5, 2]) == [[NAMES.index(tag) for tag in data.tags[number]] for number in (5, 2)]
    assert encoded.tags() == [list(tags) for tags in data.tags]
    assert encoded.lengths == [len(features["input_ids"]) for features in encoded.features]


def test_a_batch_is_padded_and_has_the_words_of_its_sentences(data, encoded, tokenizer):
    inputs, word_ids, words = encoded.batch([5, 2, 7], tokenizer)
    alone = [encode_words(data.words[number], tokenizer) for number in (5, 2, 7)]
    assert word_ids == [ids for _, ids in alone]
    assert words == [range(len(data.words[number])) for number in (5, 2, 7)]
    assert inputs["input_ids"].shape == inputs["attention_mask"].shape == (3, max(map(len, word_ids)))
    for row, (features, ids) in enumerate(alone):
        assert inputs["input_ids"][row, : len(ids)].tolist() == features["input_ids"]
        assert inputs["attention_mask"][row].sum() == len(ids)
    assert torch.equal(word_batch(alone, words, tokenizer).inputs["input_ids"], inputs["input_ids"])


def test_what_is_cut_off_keeps_its_label(data, tokenizer):
    encoded = encode_sentences(data, tokenizer, max_length=7)
    assert max(encoded.lengths) == 7
    assert encoded.tags() == [list(tags) for tags in data.tags]
    assert encoded.words == [range(len(words)) for words in data.words]


def test_a_sentence_without_a_piece_is_refused(tokenizer):
    data = TaggedSentences((("Ann",), ("\u200b",)), (("B-PER",), ("O",)), NAMES)
    with pytest.raises(ValueError, match="sentence 1: the tokenizer leaves no piece"):
        encode_sentences(data, tokenizer)
