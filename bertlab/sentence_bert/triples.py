"""Anchors with positives and hard negatives in three splits: the course's own, or a learner's file.

splits = load_triples("triples")              # or a path to a .csv, .tsv or .jsonl file
splits["train"].anchors[0], splits["train"].positives[0], splits["train"].negatives[0]
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import SPLITS, compared, deal_out, hold_out
from bertlab.fine_tuning.reading import DataError, Row, read_rows

COLUMNS = ("anchor", "positive", "negative")
SAME = ""
"""A column with the same value in all rows: splits are dealt out as over labels, and there are none here."""


@dataclass(frozen=True)
class Triples:
    """Texts of the same row belong to each other. Example: `Triples(("Hi.",), ("Hello.",), ("Bye.",)).negatives[0]`.

    Attributes:
        anchors: what is asked or said.
        positives: what answers it, or says the same.
        negatives: what looks like it and does not; empty if the file has none.
        columns: what else the file says of each row, such as its subject.
    """

    anchors: tuple[str, ...]
    positives: tuple[str, ...]
    negatives: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.anchors)

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The columns that a loss takes, two or three. Example: `tokenize_columns(tokenizer, train.texts)`."""
        return (self.anchors, self.positives, self.negatives) if self.negatives else (self.anchors, self.positives)

    def pick(self, numbers: Iterable[int]) -> "Triples":
        """Return the rows of these numbers, in this order. Example: `triples.pick([3, 0])` has two rows."""
        numbers = list(numbers)
        columns = {name: tuple(values[i] for i in numbers) for name, values in self.columns.items()}
        texts = [tuple(texts[i] for i in numbers) for texts in self.texts]
        return make_triples(texts, columns)

    def where(self, column: str, value: str) -> "Triples":
        """Return the rows for which a column has a value. Example: `triples.where("subject", "pets")`.

        KeyError if there is no such column.
        """
        return self.pick(i for i, found in enumerate(self.columns[column]) if found == value)

    def sample(self, count: int, seed: int) -> "Triples":
        """Draw rows. Example: `triples.sample(16, seed=0)`.

        Those of a smaller sample are among those of a larger one with the same seed. ValueError if there are too few.
        """
        if not 0 <= count <= len(self):
            raise ValueError(f"{count} rows cannot be drawn from {len(self)}: ask for fewer")
        return self.pick(random.Random(seed).sample(range(len(self)), len(self))[:count])


def load_triples(source: str | Path = "triples", columns: tuple[str, ...] = COLUMNS) -> dict[str, Triples]:
    """Return the splits train, validation and test of triples, checked.

    Example: `load_triples("my_questions.csv", columns=("question", "answer"))["train"]`

    Args:
        source: "triples" of this course; or a CSV, TSV or JSON-lines file. A column `split` says which row belongs
            where; without it, rows are dealt out 70 : 10 : 20, those with the same anchor together. If none is for
            validation, a tenth of the training split is.
        columns: those with the anchor, the positive and, unless the file has pairs only, the negative.

    Raises:
        DataError: the file cannot be read, or is unfit to learn from; the message names the line and what to do.
        ValueError: not two or three columns.
    """
    if len(columns) not in (2, 3) or len(set(columns)) != len(columns):
        raise ValueError(f"{columns}: name the columns of the anchor, the positive and, if there is one, the negative")
    path = DATA / f"{source}.tsv" if source == "triples" else Path(source)
    rows = read_rows(path, columns)
    check_rows(rows, columns, path.name)
    anchor = columns[:1]
    dealing = deal_out if "split" not in rows[0].values else hold_out
    dealt = dealing([Row(row.line, {**row.values, SAME: ""}) for row in rows], anchor, SAME)
    splits = {split: [row for row in dealt if row.values["split"] == split] for split in SPLITS}
    if not splits["train"]:
        raise DataError(f"{path.name}: no row is in the training split: write 'train' into the column 'split' of some")
    return {split: gather(found, columns) for split, found in splits.items()}


def check_rows(rows: list[Row], columns: tuple[str, ...], name: str) -> None:
    """Refuse empty texts, unknown splits, two equal texts in a row, and an anchor that stands in two splits.

    Example: `check_rows(rows, ("anchor", "positive"), "mine.csv")`
    """
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        where = f"{name}, line {row.line}"
        for column in columns:
            if not row.values[column].strip():
                raise DataError(f"{where}: the column {column!r} is empty: fill it in, or remove the line")
        split = row.values.get("split", "")
        if "split" in row.values and split not in SPLITS:
            raise DataError(f"{where}: the split {split!r} is none of {', '.join(SPLITS)}")
        if len(set(compared(row, columns))) < len(columns):
            raise DataError(f"{where}: the same text stands there twice: {', '.join(columns)} must differ")
        first = seen.setdefault(compared(row, columns[:1]), row)
        if first.values.get("split", "") != split:
            raise DataError(
                f"{where}: the same {columns[0]} stands in line {first.line}, in the split {first.values['split']!r}: "
                "what is tested on must not be trained on, so remove one of them"
            )


def gather(rows: list[Row], columns: tuple[str, ...]) -> Triples:
    """Turn the rows of one split into triples. Example: `gather(rows, ("anchor", "positive"))`."""
    others = [column for column in rows[0].values if column not in (*columns, "split", SAME)] if rows else []
    texts = [tuple(row.values[column] for row in rows) for column in columns]
    return make_triples(texts, {column: tuple(row.values[column] for row in rows) for column in others})


def make_triples(texts: Sequence[tuple[str, ...]], columns: Mapping[str, tuple[str, ...]]) -> Triples:
    """Make triples of two or three columns of texts. Example: `make_triples([("Hi.",), ("Hello.",)], {}).negatives`."""
    anchors, positives, *negatives = texts
    return Triples(anchors, positives, negatives[0] if negatives else (), columns)
