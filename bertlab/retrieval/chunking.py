"""Cut a long text into chunks that an encoder can take, at the ends of sentences, and know where each came from."""

import re
from typing import NamedTuple

END = re.compile(r"(?<=[.!?])[\"')\]”’]*\s+(?=[\"'(\[“‘]*[A-Z])|\n\s*\n")
"""What lies between two sentences. "Dr. Lee" is cut in two, "in 1900. 20 years" is not: a library such as
spaCy would know better."""


class Chunk(NamedTuple):
    """A part of a text, and the characters with which it begins and ends.

    Example: `Chunk("Two.", 5, 9).text` is `"Two."`.
    """

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Chunk]:
    """Cut a text behind its full stops, question and exclamation marks, and at blank lines.

    Example: `[chunk.text for chunk in sentences("One. Is it (no. 2)? Yes.")]` is `["One.", "Is it (no. 2)?", "Yes."]`.
    """
    bounds = [0, *(place for match in END.finditer(text) for place in (closing(match), match.end())), len(text)]
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return [chunk for start, end in pairs if (chunk := trimmed(text, start, end)).text]


def closing(match: re.Match[str]) -> int:
    """Return where the sentence before a gap ends: quotes and brackets belong to it.

    Example: `closing(END.search('"No." Yes.'))` is `5`.
    """
    return match.start() + len(match.group().rstrip())


def trimmed(text: str, start: int, end: int) -> Chunk:
    """Return a part of a text without the white space around it. Example: `trimmed("a b c", 1, 4)` is
    `("b", 2, 3)`.
    """
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Chunk(part.strip(), start, start + len(part.strip()))


def units(text: str, words: int) -> list[Chunk]:
    """Return the sentences of a text, those of too many words in several parts.

    Example: `[unit.text for unit in units("A b c d e. F.", words=3)]` is `["A b c", "d e.", "F."]`.
    """
    found = []
    for sentence in sentences(text):
        places = [match.span() for match in re.finditer(r"\S+", sentence.text)]
        for first in range(0, len(places), words):
            part = places[first : first + words]
            found.append(trimmed(text, sentence.start + part[0][0], sentence.start + part[-1][1]))
    return found


def chunks(text: str, words: int = 100, overlap: int = 0) -> list[Chunk]:
    """Join sentences to chunks of at most so many words; each begins with the last ones of the chunk before.

    Example: `[chunk.text for chunk in chunks("One. Two. Three.", words=2, overlap=1)]` is
    `["One. Two.", "Two. Three."]`.

    Args:
        text: whose characters from `start` to `end` are the chunk, white space included.
        words: the most that a chunk has; words lie between white space, and have more pieces than one in part.
        overlap: the most words that are repeated, so that what spans two sentences can be found; whole sentences only.

    Raises:
        ValueError: words is below 1, or the overlap is not less.
    """
    if words < 1 or not 0 <= overlap < words:
        raise ValueError(f"words={words}, overlap={overlap}: give at least one word, and an overlap of fewer words")
    parts = units(text, words)
    lengths = [len(part.text.split()) for part in parts]
    found, first = [], 0
    for last in range(len(parts)):
        following = lengths[last + 1] if last + 1 < len(parts) else words
        if sum(lengths[first : last + 1]) + following <= words:
            continue
        found.append(trimmed(text, parts[first].start, parts[last].end))
        first = last + 1
        room = min(overlap, words - following)
        while first > 0 and sum(lengths[first - 1 : last + 1]) <= room:
            first -= 1
    return found
