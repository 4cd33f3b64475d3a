"""What no tokenizer can read is refused by name, and the error says what to do."""

from collections import Counter
from inspect import unwrap

import pytest

from bertlab.tokenization import (
    build_inputs,
    fertility,
    log_likelihood,
    normalize,
    pair_scores,
    tokenize,
    train_wordpiece,
    truncate_pair,
)
from bertlab.tokenization import real_text as ours
from bertlab.tokenization.view import analyze
from tests.docstrings import assert_examples_hold

HALF = "tea\ud83c"  # what is left of an emoji that was cut in two
VOCAB = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "t": 3, "e": 4, "a": 5}


@pytest.mark.parametrize("name", ["refuse_half_characters", "refuse_no_words", "refuse_uncounted"])
def test_what_the_docstring_shows_is_so(name):
    assert_examples_hold(getattr(ours, name).__doc__, vars(ours))


@pytest.mark.parametrize(
    ("function", "given", "name"),
    [
        (fertility, ["tea", list], "texts"),
        (build_inputs, ["tea", None, 8, VOCAB], "a"),
        (build_inputs, [["t"], "ea", 8, VOCAB], "b"),
        (truncate_pair, ["tea", ["t"], 2], "a"),
        (truncate_pair, [["t"], "tea", 2], "b"),
        (ours.refuse_uncounted, [{"tea": "tea"}, {"tea": 1}], r"splits\['tea'\]"),
    ],
)
def test_a_text_where_a_list_is_meant_is_refused_by_name(function, given, name):
    plain = unwrap(function)  # a learner's kernel has no checker of types in between
    with pytest.raises(TypeError, match=f"^{name} is a single text, '.+': give "):
        plain(*given)


@pytest.mark.parametrize(
    "call", [lambda: normalize(HALF), lambda: tokenize(HALF, VOCAB), lambda: tokenize(HALF, VOCAB, lowercase=False)]
)
def test_half_a_character_is_refused_with_its_place(call):
    with pytest.raises(ValueError, match=r"lone surrogate U\+D83C, at position 3"):
        call()


@pytest.mark.parametrize(("text", "pair"), [(HALF, None), ("tea", HALF)])
def test_the_live_tokenizer_refuses_half_a_character_too(tokenizer, text, pair):
    with pytest.raises(ValueError, match="half a character"):
        analyze(text, pair, tokenizer)


def test_the_cure_that_the_error_names_works(tokenizer):
    cured = HALF.encode("utf-8", "replace").decode()
    assert tokenizer.tokenize(cured) == tokenize(cured, tokenizer.get_vocab())


def test_whole_emoji_are_no_half_characters():
    assert normalize("tea 🫖") == "tea 🫖"


class TestWordsToLearnFrom:
    @pytest.mark.parametrize("word", ["##ing", "a##b", ""])
    def test_a_word_that_is_none_is_named(self, word):
        with pytest.raises(ValueError, match=f"word_counts holds '{word}': split the text into words"):
            train_wordpiece({"tea": 2, word: 1}, 50)

    def test_pre_tokenizing_leaves_no_such_word(self):
        assert train_wordpiece(Counter(["#", "#", "ing"]), 50)[5:9] == ["#", "##g", "##n", "i"]

    def test_a_single_number_sign_is_a_word_like_others(self):
        assert "c#" in train_wordpiece({"c#": 2}, 50)

    def test_no_words_at_all(self):
        with pytest.raises(ValueError, match="word_counts is empty"):
            train_wordpiece({}, 50)

    @pytest.mark.parametrize("words", ["tea", ["tea", "tea"], None])
    def test_words_that_were_not_counted(self, words):
        with pytest.raises(TypeError, match=r"give the words counted, Counter\(words\)"):
            unwrap(train_wordpiece)(words, 50)

    @pytest.mark.parametrize("measure", [pair_scores, log_likelihood])
    @pytest.mark.parametrize("counts", [{}, {"tea": 0}, {"tea": -1}])
    def test_a_word_without_a_count_is_named(self, measure, counts):
        with pytest.raises(ValueError, match="no count of at least 1 for 'tea'"):
            measure({"tea": ["t", "##ea"]}, counts)

    def test_training_refuses_a_word_that_never_occurs(self):
        with pytest.raises(ValueError, match="no count of at least 1 for 'tea'"):
            train_wordpiece({"tea": 0, "bus": 2}, 50)
