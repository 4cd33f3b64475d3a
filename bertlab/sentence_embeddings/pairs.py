"""Pairs of sentences with a score of how alike they are: the course's own, a learner's file, or the STS Benchmark.

splits = load_pairs("similarity")             # or a path to a .csv, .tsv or .jsonl file, or to the STS Benchmark
splits["test"].first[0], splits["test"].second[0], splits["test"].scores[0]
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import SPLITS, check_rows, compared, deal_out, hold_out
from bertlab.fine_tuning.picking import Rows
from bertlab.fine_tuning.reading import DataError, Row, read_rows
from bertlab.sentence_embeddings.sts_benchmark import is_sts_benchmark, read_sts_benchmark, sts_files

OWN = "similarity"
GROUP, LEVEL = "\tgroup", "\tlevel"
"""Two columns more, by which pairs are dealt out; the tab is there because no column of a file has one in its name."""


@dataclass(frozen=True)
class ScoredPairs(Rows):
    """Pairs of sentences and their scores. Example: `ScoredPairs(("Hi.",), ("Hello.",), (4.5,)).scores[0]` is `4.5`.

    Attributes:
        first, second: the sentences of each pair.
        scores: how alike they are: the more, the higher.
        columns: what else the file says of each pair, such as its kind.
    """

    called: ClassVar[str] = "pairs"
    first: tuple[str, ...]
    second: tuple[str, ...]
    scores: tuple[float, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_pairs(
    source: str | Path = OWN, a: str = "sentence_a", b: str = "sentence_b", score: str = "score"
) -> dict[str, ScoredPairs]:
    """Return the splits train, validation and test of scored pairs, checked.

    Example: `load_pairs("my_pairs.csv", a="question", b="duplicate", score="rating")["test"]`

    Args:
        source: "similarity" of this course; a CSV, TSV or JSON-lines file; or a file of the STS Benchmark, or the
            folder with them. A column `split` says which pair belongs where, and for the STS Benchmark the name of the
            file does; else pairs are dealt out 70 : 10 : 20, those that share a sentence together. If none is for
            validation, a tenth of the training split is.
        a, b, score: the columns with the two sentences and with the score.

    Raises:
        DataError: the file cannot be read, or is unfit; the message names the line and what to do.
    """
    path = DATA / f"{OWN}.tsv" if source == OWN else Path(source)
    if path.is_dir() or is_sts_benchmark(path):
        a, b, score = "sentence_a", "sentence_b", "score"
        files = {file.name: read_sts_benchmark(file) for file in sts_files(path)}
    else:
        files = {path.name: read_rows(path, (a, b, score))}
    for name, found in files.items():  # one by one: files of the STS Benchmark do have some pairs in common
        check_rows(
            found,
            (a, b),
            name,
            key=lambda row: frozenset(compared(row, (a, b))),
            called="pair",
            check_row=lambda row, where: check_score(row.values[score], score, where),
        )
    rows = [row for found in files.values() for row in found]
    rows = [Row(number, row.values) for number, row in enumerate(rows)]  # two files have lines of the same number
    dealt = deal(rows, (a, b), score)
    return {split: gather([row for row in dealt if row.values["split"] == split], a, b, score) for split in SPLITS}


def check_score(text: str, column: str, where: str) -> None:
    """Refuse a score that is no number. Example: `check_score("4.5", "score", "mine.csv, line 2")`

    DataError names the place.
    """
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise DataError(f"{where}: the column {column!r} holds {text!r}, which is no number: write one such as 3.5")


def deal(rows: list[Row], sentences: tuple[str, str], score: str) -> list[Row]:
    """Give each pair a split, those that share a sentence the same one, unless the file says which.

    Example: `deal(rows, ("sentence_a", "sentence_b"), "score")[0].values["split"]`
    """
    groups = linked([compared(row, sentences) for row in rows])
    rows = [
        Row(row.line, {**row.values, GROUP: str(group), LEVEL: str(round(float(row.values[score])))})
        for row, group in zip(rows, groups, strict=True)
    ]
    dealing = hold_out if "split" in rows[0].values else deal_out
    return dealing(rows, (GROUP,), LEVEL)


def linked(pairs: Sequence[Sequence[str]]) -> list[int]:
    """Number pairs so that those that share a sentence, directly or by way of others, have the same number.

    Example: `linked([("a", "b"), ("c", "d"), ("b", "e")])` is `[0, 1, 0]`.
    """
    parent: dict[str, str] = {}

    def root(sentence: str) -> str:
        while parent.setdefault(sentence, sentence) != sentence:
            sentence = parent[sentence]
        return sentence

    for first, second in pairs:
        parent[root(second)] = root(first)
    numbers: dict[str, int] = {}
    return [numbers.setdefault(root(first), len(numbers)) for first, _ in pairs]


def gather(rows: list[Row], a: str, b: str, score: str) -> ScoredPairs:
    """Turn the rows of one split into scored pairs. Example: `gather(rows, "sentence_a", "sentence_b", "score")`."""
    others = [column for column in rows[0].values if column not in (a, b, score, "split", GROUP, LEVEL)] if rows else []
    return ScoredPairs(
        first=tuple(row.values[a] for row in rows),
        second=tuple(row.values[b] for row in rows),
        scores=tuple(float(row.values[score]) for row in rows),
        columns={column: tuple(row.values[column] for row in rows) for column in others},
    )
