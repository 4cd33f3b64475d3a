"""Anchors with positives and hard negatives in three splits: the course's own, or a learner's file.

splits = load_triples("triples")              # or a path to a .csv, .tsv or .jsonl file
splits["train"].anchors[0], splits["train"].positives[0], splits["train"].negatives[0]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import SPLITS, check_rows, compared, deal_out, hold_out
from bertlab.fine_tuning.picking import Rows
from bertlab.fine_tuning.reading import DataError, Row, read_rows

COLUMNS = ("anchor", "positive", "negative")
SAME = ""
"""A column with the same value in all rows: splits are dealt out as over labels, and there are none here."""


@dataclass(frozen=True)
class Triples(Rows):
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

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The columns that a loss takes, two or three. Example: `tokenize_columns(tokenizer, train.texts)`."""
        return (self.anchors, self.positives, self.negatives) if self.negatives else (self.anchors, self.positives)


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
    anchor = columns[:1]
    check_rows(
        rows,
        columns,
        path.name,
        key=lambda row: compared(row, anchor),
        called=columns[0],
        check_row=lambda row, where: check_different(row, columns, where),
    )
    dealing = deal_out if "split" not in rows[0].values else hold_out
    dealt = dealing([Row(row.line, {**row.values, SAME: ""}) for row in rows], anchor, SAME)
    splits = {split: [row for row in dealt if row.values["split"] == split] for split in SPLITS}
    if not splits["train"]:
        raise DataError(f"{path.name}: no row is in the training split: write 'train' into the column 'split' of some")
    return {split: gather(found, columns) for split, found in splits.items()}


def check_different(row: Row, columns: tuple[str, ...], where: str) -> None:
    """Refuse two equal texts in a row.

    Example: `check_different(Row(2, {"anchor": "Hi.", "positive": "Hello."}), ("anchor", "positive"), "mine.csv")`
    """
    if len(set(compared(row, columns))) < len(columns):
        raise DataError(f"{where}: the same text stands there twice: {', '.join(columns)} must differ")


def gather(rows: list[Row], columns: tuple[str, ...]) -> Triples:
    """Turn the rows of one split into triples. Example: `gather(rows, ("anchor", "positive"))`."""
    others = [column for column in rows[0].values if column not in (*columns, "split", SAME)] if rows else []
    texts = [tuple(row.values[column] for row in rows) for column in columns]
    return make_triples(texts, {column: tuple(row.values[column] for row in rows) for column in others})


def make_triples(texts: Sequence[tuple[str, ...]], columns: Mapping[str, tuple[str, ...]]) -> Triples:
    """Make triples of two or three columns of texts. Example: `make_triples([("Hi.",), ("Hello.",)], {}).negatives`."""
    anchors, positives, *negatives = texts
    return Triples(anchors, positives, negatives[0] if negatives else (), columns)
