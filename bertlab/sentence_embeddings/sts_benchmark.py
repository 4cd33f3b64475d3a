"""The files of the STS Benchmark as they are published: tabs between columns, no header, quotes like any character.

genre, file, year, number, score, first sentence, second sentence; in some lines two more, the sources of the sentences.

Cer et al. 2017 (arXiv:1708.00055).
"""

import re
from pathlib import Path

from bertlab.fine_tuning.reading import DataError, Row
from bertlab.token_classification.conll import read_lines

COLUMNS = ("genre", "file", "year", "number", "score", "sentence_a", "sentence_b")
SPLITS_OF = {"train": "train", "dev": "validation", "validation": "validation", "test": "test"}
"""What a file's name says of its pairs: `sts-dev.csv` is for validation."""


def is_sts_benchmark(path: Path) -> bool:
    """Say whether a file looks like one of the STS Benchmark. Example: `is_sts_benchmark(Path("sts-dev.csv"))`.

    False also for a file that is not there or cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            fields = file.readline().split("\t")
    except (OSError, UnicodeDecodeError):
        return False
    return len(fields) >= len(COLUMNS) and re.fullmatch(r"\d+(\.\d+)?", fields[4]) is not None


def sts_files(path: Path) -> list[Path]:
    """Return a file, or the files of a folder that are named as `sts-train.csv` is. Example: `sts_files(Path("."))`.

    DataError if a folder has none.
    """
    if not path.is_dir():
        return [path]
    found = [file for file in sorted(path.glob("sts*")) if split_of(file.stem) and is_sts_benchmark(file)]
    if not found:
        names = "sts-train.csv, sts-dev.csv, sts-test.csv"
        raise DataError(f"{path}: no file of the STS Benchmark is there: it needs some of {names}")
    return found


def read_sts_benchmark(path: Path) -> list[Row]:
    """Read the pairs of one file, each with the split that the file's name says.

    Example: `read_sts_benchmark(Path("sts-train.csv"))[0].values["score"]`

    DataError if a line is malformed.
    """
    rows = []
    for number, line in enumerate(read_lines(path), 1):
        fields = line.split("\t")
        if line.strip() and len(fields) < len(COLUMNS):
            raise DataError(
                f"{path.name}, line {number}: {len(fields)} columns, but a pair of the STS Benchmark has "
                f"{len(COLUMNS)}: {', '.join(COLUMNS)}"
            )
        if line.strip():
            rows.append(Row(number, dict(zip(COLUMNS, fields, strict=False)) | split_of(path.stem)))
    return rows


def split_of(stem: str) -> dict[str, str]:
    """Return the split that a file's name says, if it says one.

    Example: `split_of("sts-dev")` is `{"split": "validation"}`, and `split_of("stsb")` is `{}`.
    """
    words = re.split(r"[^a-z]+", stem.lower())
    return next(({"split": SPLITS_OF[word]} for word in words if word in SPLITS_OF), {})
