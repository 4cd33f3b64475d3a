"""A smaller vocabulary splits as WordPiece does with it, keeps the ids, and can still spell."""

from functools import cache

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from bertlab import checkpoint
from bertlab.tokenization.pieces import tokenize
from bertlab.tokenization.smaller_vocabulary import by_usefulness, shrink, vocab_sizes
from tests.docstrings import assert_examples_hold


@cache
def whole():
    return AutoTokenizer.from_pretrained(checkpoint())


def byte_level_bpe() -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, models

    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])))


def test_the_example_holds():
    assert_examples_hold(shrink.__doc__, {"shrink": shrink, "tokenizer": whole()})


@pytest.mark.parametrize("size", [1999, 5000, 30522])
def test_it_splits_as_our_own_wordpiece_does_with_the_same_entries(size):
    entries = list(by_usefulness(whole())[0])[:size]
    text = "Unaffable snowboarders embroidered internationalization in naïve cafés, didn't they? 東京 ☃"
    assert shrink(whole(), size).tokenize(text) == tokenize(text, entries)


def test_ids_stay_those_of_the_whole():
    smaller = shrink(whole(), 2400)
    assert len(smaller.get_vocab()) == 2400
    assert smaller.get_vocab().items() <= whole().get_vocab().items()
    assert smaller("the [MASK]").input_ids == whole()("the [MASK]").input_ids


def test_the_smallest_still_spells_every_word():
    smallest = vocab_sizes(whole())[0]
    word = "internationalization"
    assert shrink(whole(), smallest).tokenize(word) == [word[0], *(f"##{letter}" for letter in word[1:])]


def test_entries_never_used_go_first_and_frequent_words_last():
    entries = list(by_usefulness(whole())[0])
    assert all(entry.startswith("[unused") for entry in entries[-994:])
    assert entries.index("the") < entries.index("house") < entries.index("embroidery")


def test_the_stops_run_from_the_characters_to_the_whole():
    sizes = vocab_sizes(whole())
    assert (sizes[0], sizes[-1], len(sizes)) == (1999, 30522, 16)
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("size", [0, 1998, 30523])
def test_a_size_that_cannot_be_is_refused(size):
    with pytest.raises(ValueError, match="from 1999 to 30522"):
        shrink(whole(), size)


def test_other_kinds_of_vocabulary_are_refused():
    assert vocab_sizes(byte_level_bpe()) == []
    with pytest.raises(ValueError, match="BPE"):
        shrink(byte_level_bpe(), 2)
