"""Read a table of texts and labels, CSV, TSV or JSON lines, and name the line if one is malformed."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FORMATS = {".csv": ",", ".tsv": "\t", ".jsonl": ""}


class DataError(ValueError):
    """A file of data cannot be read or is unfit; the message names the line and says what to do."""


class Row(NamedTuple):
    """A line of the file, counted from 1, and its values by column. Example: `Row(2, {"text": "Fine.", ...})`."""

    line: int
    values: dict[str, str]


def read_rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Read the rows of a table that has at least these columns.

    Example: `read_rows(Path("mine.csv"), ("text", "label"))[0].values["text"]`

    In a TSV file, quotes are ordinary characters. DataError if the file is missing, empty, not UTF-8, of another
    format, or has a malformed line or lacks a column.
    """
    if path.suffix not in FORMATS:
        raise DataError(f"{path.name}: the name must end in {', '.join(FORMATS)}, which says how to read it")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}: give its path, seen from {Path.cwd()}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: not UTF-8; save the file with that encoding") from error
    rows = list(read_json(text, path.name) if path.suffix == ".jsonl" else read_table(text, path))
    if not rows:
        raise DataError(f"{path.name} holds no rows")
    for row in rows:
        for column in columns:
            if column not in row.values:
                found = ", ".join(map(repr, row.values))
                raise DataError(f"{path.name}, line {row.line}: there is no column {column!r}, but {found}")
    absent = {column: "" for row in rows for column in row.values}  # objects of JSON lines need not be alike
    return [Row(row.line, {**absent, **row.values}) for row in rows]


def read_table(text: str, path: Path) -> Iterator[Row]:
    """Yield the rows of a CSV or TSV text under its header. Example: `next(read_table("text,label\\nHi,1", path))`."""
    delimiter = FORMATS[path.suffix]
    quotes = '"' if delimiter == "," else None  # None: a quote is a character like any other
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quotes, strict=True)
    header: list[str] = []
    before = 0
    while True:
        line, before = before + 1, reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"{path.name}, line {line}: {error}; check the quotes of this line") from error
        line, before = line, reader.line_num
        if not header:
            header = values
        elif values:
            if len(values) != len(header):
                raise DataError(
                    f"{path.name}, line {line}: {len(values)} fields, but the header has {len(header)}: "
                    f"{', '.join(header)}"
                )
            yield Row(line, dict(zip(header, values, strict=True)))


def read_json(text: str, name: str) -> Iterator[Row]:
    """Yield the rows of JSON lines; blank lines are passed over. Example: `next(read_json('{"text": "Hi"}', "a"))`."""
    for line, source in enumerate(text.split("\n"), 1):
        if not source.strip():
            continue
        try:
            found = json.loads(source)
        except json.JSONDecodeError as error:
            raise DataError(f"{name}, line {line}: no valid JSON: {error.msg} at character {error.colno}") from error
        if not isinstance(found, dict):
            raise DataError(f'{name}, line {line}: expected an object such as {{"text": "...", "label": "..."}}')
        yield Row(line, {column: "" if value is None else str(value) for column, value in found.items()})
