"""Read sentences from a CoNLL file, a word and its tag on each line, and name the line if one is malformed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bertlab.fine_tuning.reading import DataError
from bertlab.token_classification.bio import problems, repair, split_tag

SPACES = re.compile(r"[ \t]+")
"""What parts columns: no other white space, since a word may be a no-break space."""


COMMENT = re.compile(r"#+( |$)")
"""How a comment begins; `#nlp` is a word."""
SKIPPED = re.compile(r"#+( |$)|-DOCSTART-")
"""How a line begins that cannot say how many columns the file has."""


class Sentence(NamedTuple):
    """The words of a sentence, the line and the tag of each, and what a comment says of it.

    Example: `Sentence((3, 4), ("Ann", "left"), ("B-PER", "O"), {"genre": "news"})` stands in lines 3 and 4 of its file.
    """

    lines: tuple[int, ...]
    words: tuple[str, ...]
    tags: tuple[str, ...]
    about: dict[str, str]


class Token(NamedTuple):
    """A line of the file, counted from 1, and its columns. Example: `Token(3, ["Ann", "B-PER"])`."""

    line: int
    columns: list[str]


def read_conll(path: Path, tag: int = -1, repaired: bool = False) -> list[Sentence]:
    """Read the sentences of a file in which a blank line ends each.

    Example: `read_conll(Path("mine.conll"))[0].words`

    Lines have two or more columns, between tabs or spaces; the first is the word. Comments, which begin with # and a
    space, and -DOCSTART- are passed over, but `# genre=news split=train` is noted for the sentence that follows. `# O`,
    with as many columns as other lines and a tag where they have it, is a word like any other.

    Args:
        path: the file, in UTF-8.
        tag: the column of the tag, counted from 0; -1 is the last.
        repaired: make a B- of an I- that continues nothing (as in IOB1) instead of refusing it.

    Raises:
        DataError: the file is missing, empty or malformed; the message names the line and what to do.
    """
    lines = read_lines(path)
    plain = [columns_of(line) for line in lines if line.strip(" \t") and not SKIPPED.match(line)]
    if not plain:
        raise DataError(
            f"{path.name} holds no sentences: write a word and its tag on each line, and a blank line between"
        )
    width = len(plain[0])
    sentences = []
    for tokens, about in blocks(lines, width, tag):
        for token in tokens:
            check_columns(token, width, tag, path.name)
        tags = check_tags(tokens, tag, path.name, repaired)
        sentences.append(
            Sentence(
                lines=tuple(token.line for token in tokens),
                words=tuple(token.columns[0] for token in tokens),
                tags=tuple(tags),
                about=about,
            )
        )
    return sentences


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file. Example: `read_lines(Path("mine.conll"))[0]`.

    DataError if it is missing or not UTF-8.
    """
    if not path.is_file():
        raise DataError(f"there is no file {path}: give its path, seen from {Path.cwd()}")
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")  # splitlines would also cut at a word such as U+2028
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: not UTF-8; save the file with that encoding") from error


def columns_of(line: str) -> list[str]:
    """Cut a line at its tabs, or at runs of spaces if it has none. Example: `columns_of("New York\\tB-LOC")` is
    `["New York", "B-LOC"]`.
    """
    return line.split("\t") if "\t" in line else SPACES.split(line.strip(" "))


def blocks(lines: list[str], width: int, tag: int = -1) -> Iterator[tuple[list[Token], dict[str, str]]]:
    """Yield the tokens of each sentence and what the comments before it say.

    Example: `list(blocks(["# split=test", "Ann B-PER", ""], width=2))[0][1]` is `{"split": "test"}`.
    """
    tokens: list[Token] = []
    about: dict[str, str] = {}
    for number, line in enumerate([*lines, ""], 1):
        if COMMENT.match(line) and not is_token(line, width, tag):
            if not tokens:
                about |= notes(line)
        elif line.strip(" \t") and not line.startswith("-DOCSTART-"):
            tokens.append(Token(number, columns_of(line)))
        elif tokens:
            yield tokens, about
            tokens, about = [], {}


def is_token(line: str, width: int, tag: int = -1) -> bool:
    """Say whether a line that looks like a comment is a tagged word. Example: `is_token("# O", width=2)` is `True`."""
    columns = columns_of(line)
    if len(columns) != width or not -width <= tag < width:
        return False
    try:
        split_tag(columns[tag])
    except ValueError:
        return False
    return True


def notes(comment: str) -> dict[str, str]:
    """Return what a comment of the form `# name=value ...` says. Example: `notes("# genre=news split=train")` is
    `{"genre": "news", "split": "train"}`, and `notes("# by hand, x=1")` is `{}`.
    """
    parts = comment.lstrip("#").split()
    found = [part.split("=", 1) for part in parts if re.match(r"\w+=.", part)]
    return dict(found) if len(found) == len(parts) else {}


def check_columns(token: Token, width: int, tag: int, name: str) -> None:
    """Refuse a line without a word and its tag. Example: `check_columns(Token(3, ["Ann", "B-PER"]), 2, -1, "a.conll")`.

    DataError names the line.
    """
    where, count = f"{name}, line {token.line}", len(token.columns)
    if count < 2:
        raise DataError(f"{where}: {token.columns[0]!r} has no tag: write one behind it, after a tab or a space")
    if count != width:
        raise DataError(f"{where}: {count} columns, but the first word of the file has {width}: give all lines as many")
    if not -width <= tag < width:
        raise DataError(f"{where}: there is no column {tag}: there are {width}, counted from 0")
    if "" in (token.columns[0], token.columns[tag]):
        raise DataError(f"{where}: the word or its tag is empty: fill it in, or remove the line")


def check_tags(tokens: list[Token], tag: int, name: str, repaired: bool) -> list[str]:
    """Return the tags of a sentence, or refuse them.

    Example: `check_tags([Token(1, ["Ann", "O"])], -1, "a.conll", repaired=False)` is `["O"]`.

    DataError names the line of the first that is wrong.
    """
    tags = [token.columns[tag] for token in tokens]
    for token, found in zip(tokens, tags, strict=True):
        try:
            split_tag(found)
        except ValueError as error:
            cure = "convert other schemes, such as BIOES, first"
            raise DataError(f"{name}, line {token.line}: {error}; {cure}") from error
    if repaired:
        return repair(tags)
    for place, what in problems(tags):
        cure = f"write B{tags[place][1:]}, or give repaired=True to do so everywhere, as for a file in IOB1"
        raise DataError(f"{name}, line {tokens[place].line}: {what}; {cure}")
    return tags
