"""Words and texts to try a tokenizer on: there on every machine, offline, and with nothing copied from anyone."""

import re
import sysconfig
from collections import Counter
from functools import cache
from pathlib import Path

from bertlab.constants import DATA

LANGUAGES = DATA / "languages.tsv"
PASSAGES = DATA / "passages.txt"

LEFT_OUT = {"site-packages", "test", "tests", "encodings", "idlelib", "lib2to3", "distutils"}
"""Folders that are not of the standard library, not in every Python, or mere tables (encodings)."""

HARD_TEXTS = {
    "empty": "",
    "only whitespace": " \t\n\r \u00a0\u2003\u3000",
    "every kind of space": "a\u00a0b\u1680c\u2002d\u2009e\u202ff\u205fg\u3000h\u2028i\u2029j",
    "accents, composed (NFC)": "Cr\u00e8me br\u00fbl\u00e9e, na\u00efve caf\u00e9",
    "accents, combining (NFD)": "Cre\u0300me bru\u0302le\u0301e, nai\u0308ve cafe\u0301",
    "a pile of combining marks": "Z\u0351\u036b\u0343a\u0336\u0321l\u0334\u0328g\u0335o\u0489",
    "letters that have no accent to lose": "Straße ẞ Øre Łódź Æsir œuvre þorn ðæt",
    "Turkish i, with and without its dot": "İstanbul ışık DIŞI",
    "Greek capitals with a final sigma": "ΟΔΟΣ Σίσυφος",
    "Chinese and Japanese": "東京は日本の首都。BERT的模型",
    "Chinese characters beyond U+FFFF": "\U00020000\U0002a6d6 \U0002b820 \U0002f804",
    "Hangul": "한국어 안녕하세요",
    "Hebrew and Arabic, with marks": "שָׁלוֹם مَرْحَبًا \u200fabc\u200e",
    "Devanagari and Thai": "हिन्दी สวัสดี",
    "emoji, joined by zero-width joiners": "family: 👨\u200d👩\u200d👧 👍🏽 ❤\ufe0f",
    "zero-width characters inside words": "to\u200bken\u200ciza\u200dti\u2060on \ufeffBOM soft\u00adhyphen",
    "control characters": "a\x00b\x07c\x0bd\x0ce\x1cf\x7fg\x85h",
    "replacement and private-use characters": "br\ufffdken \ue000\uf8ff\U000f0000 ok",
    "ASCII punctuation and symbols": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "other punctuation": "¡hola! ¿qué? “quotes” — a… «b» 〈c〉 d·e",
    "symbols that are no punctuation": "€5 £3 © 2×3 → ∞ ½ ™",
    "numbers, links and code": "v1.2.3 3,141.59 user@example.org https://example.org/a?b=c x_1+=2",
    "apostrophes and hyphens": "don't rock'n'roll state-of-the-art mother-in-law's",
    "special tokens, written out": "[CLS] The [MASK] sat. [SEP][PAD][UNK]",
    "almost special tokens": "[mask] [ MASK ] [MASKED] [[MASK]] a[MASK]b [MA\u200bSK] [unused1]",
    "number signs, as in a piece": "##ing #hashtag ## #",
    "a word of 100 letters": "b" * 100,
    "a word of 101 letters": "b" * 101,
    "a word of 200 letters": "antidisestablishment" * 10,
    "100 letters once the accents are off": "e\u0301" * 100,
    "a character without a piece, in a word": "play☃ing",
}
"""What breaks tokenizers, by name; with escapes where an editor would hide a character or change it."""


@cache
def standard_library_words() -> Counter[str]:
    """Count the words in the docstrings and comments of Python's own standard library, in lower case.

    Example: `standard_library_words()["the"]` is a five-digit number.

    There are more than 10,000 different words, many as long and odd as "internationalization" or "endswith".
    Reading them takes a second or two, once. Other versions of Python differ in a few: rely on no single count.
    """
    words: Counter[str] = Counter()
    folder = Path(sysconfig.get_path("stdlib"))
    for file in sorted(folder.rglob("*.py")):
        if LEFT_OUT.isdisjoint(file.relative_to(folder).parts):
            source = file.read_text(encoding="utf-8", errors="ignore")
            for prose in re.findall(r'""".*?"""|#[^\n]*', source, flags=re.DOTALL):
                words.update(re.findall(r"[^\W\d_]+", prose.lower()))
    return words


def same_sentence() -> dict[str, str]:
    """Read one everyday sentence in eleven languages, English first.

    Example: `same_sentence()["German"]` is `"Meine Schwester kocht jeden Sonntagabend Suppe für die ganze Familie."`
    """
    lines = LANGUAGES.read_text(encoding="utf-8").splitlines()[1:]  # without the header
    return dict(line.split("\t") for line in lines)


def passages() -> list[str]:
    """Read eighty short English passages, each on a subject of its own, to measure a model on.

    Example: `passages()[0]` begins with `"Hannah missed the last bus and decided to walk home along the river."`
    """
    return PASSAGES.read_text(encoding="utf-8").splitlines()
