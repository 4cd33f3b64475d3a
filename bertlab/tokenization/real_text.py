"""What real text brings that a tokenizer cannot read, refused by name and with what to do about it."""

import re
from collections.abc import Mapping

_SURROGATE = re.compile("[\ud800-\udfff]")


def refuse_text(value: object, name: str, wanted: str) -> None:
    """Raise a TypeError for a text where a list is meant: it would be read letter by letter.

    Example: `refuse_text("tea", "texts", "a list of texts")` raises "texts is a single text, 'tea': give a list of
    texts".
    """
    if isinstance(value, str | bytes):
        raise TypeError(f"{name} is a single text, {value[:40]!r}: give {wanted}")


def refuse_half_characters(text: str) -> None:
    """Raise a ValueError for a text that holds a lone surrogate: half of a character, which no file can hold.

    Example: `refuse_half_characters("tea")` is `None`; for `"tea\\ud83c"` it says where the half character stands.

    UTF-16 writes an emoji as two surrogates. Where a text is cut between them, as JavaScript does, one is left over.
    """
    if found := _SURROGATE.search(text):
        raise ValueError(
            f"the text holds half a character, the lone surrogate U+{ord(found[0]):04X}, at position {found.start()}: "
            'replace it with text.encode("utf-8", "replace").decode()'
        )


def refuse_no_words(word_counts: object) -> None:
    """Raise an error for counts of words that no vocabulary can be learned from.

    Example: `refuse_no_words({"tea": 2})` is `None`; `refuse_no_words({})` raises a ValueError.

    A "##" within a word could not be told from the mark of a piece. ValueError if there is no word, or an empty one, or
    one with "##"; TypeError for what is no mapping.
    """
    if not isinstance(word_counts, Mapping):
        raise TypeError(f"word_counts is a {type(word_counts).__name__}: give the words counted, Counter(words)")
    if not word_counts:
        raise ValueError('word_counts is empty: give at least one word with its count, such as {"tea": 2}')
    for word in word_counts:
        if not word or "##" in word:
            raise ValueError(
                f"word_counts holds {word!r}: split the text into words with pre_tokenize(normalize(text)), which "
                'leaves none empty and none with "##" in it'
            )


def refuse_uncounted(splits: Mapping[str, list[str]], word_counts: Mapping[str, int]) -> None:
    """Raise an error for words that are split and not counted, or a text where a word's pieces are meant.

    Example: `refuse_uncounted({"tea": ["t", "##ea"]}, {"tea": 2})` is `None`; with `{}` for counts, a ValueError.
    """
    for word, split in splits.items():
        refuse_text(split, f"splits[{word!r}]", "the list of its pieces")
        if word_counts.get(word, 0) < 1:
            raise ValueError(f"word_counts has no count of at least 1 for {word!r}: count every word of splits")
