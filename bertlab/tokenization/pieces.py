"""From text to BERT's input: normalize, split into words, split words into pieces, add [CLS] and [SEP], pad.

Everything is written out with the standard library, and the suite proves it equal to Hugging Face's fast tokenizer
(`BertTokenizerFast`). How the vocabulary itself is learned is in `bertlab.tokenization.vocabulary`.

Source: google-research/bert, `tokenization.py`. Where the library differs from it, we follow the library and say so.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping

from bertlab.constants import SPECIAL_TOKENS
from bertlab.tokenization.real_text import refuse_half_characters, refuse_text

CHINESE = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B81F),
           (0x2B920, 0x2CEAF), (0x2F800, 0x2FA1F))  # fmt: skip
"""Blocks of Chinese characters. (The library forgets U+2B820 to U+2B91F, which Google's code has.)"""

_SPECIAL = re.compile("(" + "|".join(map(re.escape, SPECIAL_TOKENS)) + ")")


def normalize(text: str, lowercase: bool = True) -> str:
    """Drop what cannot be seen, make every kind of space a plain one and, if uncased, drop accents and capitals.

    Example: `normalize("Crème\\tBRÛLÉE")` is `"creme brulee"`; `normalize("in 東京")` is `"in  東  京 "`.

    Equals `tokenizer.backend_tokenizer.normalizer.normalize_str(text)`, except for a few hundred rare characters which
    Unicode gained after the library's tables were made. `lowercase=False` is what a cased BERT does: accents stay too.
    ValueError if the text holds half a character (a lone surrogate).
    """
    refuse_half_characters(text)
    text = "".join(" " if char.isspace() else char for char in text if not _is_invisible(char))
    text = "".join(f" {char} " if _is_chinese(char) else char for char in text)
    if not lowercase:
        return text
    # NFD writes "é" as "e" and a combining accent (category Mn), which can then be left out.
    text = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return "".join(char.lower() for char in text)  # one by one: `text.lower()` turns a Greek final Σ into ς


def _is_invisible(char: str) -> bool:
    return char == "\ufffd" or (unicodedata.category(char) in ("Cc", "Cf", "Co") and char not in "\t\n\r")


def _is_chinese(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in CHINESE)


def pre_tokenize(text: str) -> list[str]:
    """Split at whitespace, and make each punctuation mark a word of its own.

    Example: `pre_tokenize("it's $5.")` is `["it", "'", "s", "$", "5", "."]`.

    Equals `[word for word, _ in tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)]` for text that has
    been normalized. All ASCII symbols count as punctuation, also those that Unicode calls symbols: $ + < = > ^ ` | ~.
    """
    words = [""]
    for char in text:
        if char.isspace():
            words.append("")
        elif char in string.punctuation or unicodedata.category(char).startswith("P"):
            words += [char, ""]
        else:
            words[-1] += char
    return [word for word in words if word]


def wordpiece(word: str, vocab: Container[str], unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Split one word: from the left, the longest piece that is in the vocabulary, then on from where it ended.

    Example: `wordpiece("maskable", {"mask", "##able", "##a"})` is `["mask", "##able"]`.

    If no piece fits somewhere, or the word has more than `max_chars` characters, the whole word is `[unk_token]`.
    Equals `[token.value for token in tokenizer.backend_tokenizer.model.tokenize(word)]`. (Google's code allows 200
    characters, the library 100.)
    """
    if len(word) > max_chars:
        return [unk_token]
    pieces: list[str] = []
    start = 0
    while start < len(word):
        prefix, end = "##" if start else "", len(word)
        while end > start and prefix + word[start:end] not in vocab:
            end -= 1
        if end == start:
            return [unk_token]
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


def tokenize(text: str, vocab: Container[str], lowercase: bool = True) -> list[str]:
    """Split a text into pieces: `normalize`, `pre_tokenize`, and `wordpiece` for each word.

    Example: `tokenize("Unmasked!", {"un", "##mask", "##ed", "!"})` is `["un", "##mask", "##ed", "!"]`.

    Equals `tokenizer.tokenize(text)`; for a cased BERT, `lowercase=False`. As there, a special token that is written
    out in the text, exactly and in capitals, is taken for that token: "[MASK]" is one piece, and whoever can type
    "[SEP]" can end a segment. ValueError if the text holds half a character (a lone surrogate).
    """
    pieces: list[str] = []
    for part in _SPECIAL.split(text):
        if part in SPECIAL_TOKENS:
            pieces.append(part)
        else:
            for word in pre_tokenize(normalize(part, lowercase)):
                pieces += wordpiece(word, vocab)
    return pieces


def truncate_pair(a: list, b: list, room: int) -> tuple[list, list]:
    """Cut two lists to `room` items together, from the end of the longer; once they are even, from both.

    Example: `truncate_pair(list("abcdef"), list("xy"), room=5)` is `(["a", "b", "c"], ["x", "y"])`.

    Equals the library's `truncation="longest_first"`, where `room` is `max_length` less 3 for [CLS], [SEP] and [SEP].
    Both cut and `room` odd: the one that was longer keeps one more, and b if they were equal. (In Google's loop it
    is always a.) ValueError if `room` is negative, TypeError for a text where its pieces are meant.
    """
    refuse_text(a, "a", "a list of pieces: tokenize(text, vocab)")
    refuse_text(b, "b", "a list of pieces: tokenize(text, vocab)")
    if room < 0:
        raise ValueError(f"room is {room}: leave at least 0 places, after taking off 3 for [CLS], [SEP] and [SEP]")
    shorter = min(len(a), len(b), room // 2)
    longer = room - shorter
    return (a[:longer], b[:shorter]) if len(a) > len(b) else (a[:shorter], b[:longer])


def build_inputs(a: list[str], b: list[str] | None, max_length: int, vocab: Mapping[str, int]) -> dict[str, list[int]]:
    """Lay out one text, or a pair, as BERT reads it: [CLS] a [SEP], or [CLS] a [SEP] b [SEP], padded to `max_length`.

    Example: `build_inputs(["hi"], ["yo"], 6, vocab)["token_type_ids"]` is `[0, 0, 0, 1, 1, 0]`; its `input_ids` are
    those of [CLS] hi [SEP] yo [SEP] [PAD], and its `attention_mask` has five ones and a zero.

    Equals `tokenizer(a_text, b_text, padding="max_length", max_length=max_length)`; but the library, outside a batch,
    takes an empty second text for none. ValueError if the pieces do not fit; KeyError for a piece that is not in the
    vocabulary; TypeError for a text where its pieces are meant. Source: Devlin et al. 2019 (arXiv:1810.04805),
    figure 2.
    """
    refuse_text(a, "a", "a list of pieces: tokenize(text, vocab)")
    refuse_text(b, "b", "a list of pieces: tokenize(text, vocab)")
    pieces = ["[CLS]", *a, "[SEP]"]
    token_type_ids = [0] * len(pieces)
    if b is not None:
        pieces += [*b, "[SEP]"]
        token_type_ids += [1] * (len(b) + 1)
    padding = max_length - len(pieces)
    if padding < 0:
        raise ValueError(f"{len(pieces)} pieces do not fit into {max_length}: shorten them first (see truncate_pair)")
    return {
        "input_ids": [vocab[piece] for piece in pieces] + [vocab["[PAD]"]] * padding,
        "token_type_ids": token_type_ids + [0] * padding,
        "attention_mask": [1] * len(pieces) + [0] * padding,
    }


def fertility(texts: Iterable[str], tokenize: Callable[[str], list[str]]) -> float:
    """Count the pieces that an average word, as separated by whitespace, is split into: all pieces / all words.

    Example: `fertility(["so unmasked"], lambda text: ["so", "un", "##mask", "##ed"])` is `2.0`.

    1.0 says that no word is split. A library's tokenizer is given as `tokenizer.tokenize`, which adds no [CLS] or
    [SEP]. ValueError if there is no word, TypeError if `texts` is a single text. Source: Rust et al. 2021
    (arXiv:2012.15613).
    """
    refuse_text(texts, "texts", "a list of texts: put the one text in brackets, [text]")
    texts = list(texts)
    words = sum(len(text.split()) for text in texts)
    if not words:
        raise ValueError("the texts have no words: give at least one text that is more than whitespace")
    return sum(len(tokenize(text)) for text in texts) / words
