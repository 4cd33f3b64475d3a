"""Likely mistakes in counting pieces per word. See `bertlab.exercises.mistakes`."""

import re
from collections.abc import Callable

from bertlab.tokenization.pieces import pre_tokenize

Tokenize = Callable[[str], list[str]]


def is_upside_down(texts: list[str], tokenize: Tokenize) -> float:
    """That is words per piece. Turn it over: how many pieces does a word become?"""
    return sum(len(text.split()) for text in texts) / sum(len(tokenize(text)) for text in texts)


def averages_the_texts(texts: list[str], tokenize: Tokenize) -> float:
    """You take the mean of each text's own ratio, in which a word of a short text weighs more than one of a long text.
    Add up all pieces and all words, and divide once."""
    ratios = [len(tokenize(text)) / len(text.split()) for text in texts]
    return sum(ratios) / len(ratios)


def counts_special_tokens(texts: list[str], tokenize: Tokenize) -> float:
    """You count [CLS] and [SEP] for each text. They are no part of any word: count what `tokenize` returns."""
    return sum(len(tokenize(text)) + 2 for text in texts) / sum(len(text.split()) for text in texts)


def counts_punctuation_as_words(texts: list[str], tokenize: Tokenize) -> float:
    """You count each punctuation mark as a word. Here a word is what stands between whitespace: `text.split()`."""
    return sum(len(tokenize(text)) for text in texts) / sum(len(pre_tokenize(text)) for text in texts)


def counts_runs_of_letters(texts: list[str], tokenize: Tokenize) -> float:
    r"""You count "un-cat" as two words, as the pattern `\w+` does. Here a word is what white space separates, with its
    hyphen: `text.split()`."""
    return sum(len(tokenize(text)) for text in texts) / sum(len(re.findall(r"\w+", text)) for text in texts)


def splits_at_each_blank(texts: list[str], tokenize: Tokenize) -> float:
    """You split at each single blank: between two blanks you count an empty word, and at the end of a line none ends.
    `text.split()`, without `" "`, splits at white space of any kind and length."""
    return sum(len(tokenize(text)) for text in texts) / sum(len(text.split(" ")) for text in texts)


def counts_different_pieces(texts: list[str], tokenize: Tokenize) -> float:
    """You count each different piece and each different word once. Count them as often as they occur."""
    pieces = {piece for text in texts for piece in tokenize(text)}
    return len(pieces) / len({word for text in texts for word in text.split()})


def counts_characters(texts: list[str], tokenize: Tokenize) -> float:
    """You divide by the length of the texts in characters. `text.split()` gives the words."""
    return sum(len(tokenize(text)) for text in texts) / sum(map(len, texts))
