"""Record an experiment run by run in one tidy CSV, so that it can be stopped at any time and goes on where it was.

A row is one measured value: seed, setting, metric, value, seconds of its run, versions of what it was run on.
"""

import csv
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
import transformers
from rich.progress import track

from bertlab.constants import RESULTS

COLUMNS = ("seed", "setting", "metric", "value", "seconds", "versions")


class Spread(NamedTuple):
    """What several seeds gave. Example: `Spread(mean=1.5, lowest=1.0, highest=2.0, runs=3)`."""

    mean: float
    lowest: float
    highest: float
    runs: int


def results_path(topic: str) -> Path:
    """Say where the results of a topic lie. Example: `results_path("attention").name == "attention.csv"`."""
    return RESULTS / f"{topic}.csv"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read all rows, none if there is no file yet. Example: `read_rows(results_path("attention"))[0]["metric"]`."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_values(path: Path, metric: str) -> dict[tuple[str, int], float]:
    """Read what was recorded of one metric, for each (setting, seed), in the order of the file.

    Example: `read_values(results_path("attention"), "loss increase")["layer 2, head 5", 0]`
    """
    rows = [row for row in read_rows(path) if row["metric"] == metric]
    return {(row["setting"], int(row["seed"])): float(row["value"]) for row in rows}


def record(
    path: Path,
    runs: Iterable[tuple[str, int]],
    measure: Callable[[str, int], Mapping[str, float]],
) -> None:
    """Measure each (setting, seed) that the file does not hold yet, and append its values when it is done.

    Example: `record(results_path("demo"), [("wide", 0), ("wide", 1)], lambda setting, seed: {"loss": 1.0})`

    A run that is interrupted leaves nothing behind; the same command measures it anew and skips what is there.
    """
    done = {(row["setting"], int(row["seed"])) for row in read_rows(path)}
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}"
    for setting, seed in track([run for run in runs if run not in done], description=path.stem):
        started = time.perf_counter()
        values = measure(setting, seed)
        seconds = round(time.perf_counter() - started, 1)
        append(path, [(seed, setting, metric, value, seconds, versions) for metric, value in values.items()])


def append(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    """Add rows in one write, below the header. Example: `append(path, [(0, "wide", "loss", 1.0, 2.5, "torch 2")])`."""
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows] if new else rows)


def spread(path: Path, metric: str) -> dict[str, Spread]:
    """Sum up the seeds of every setting, in the order in which they were recorded.

    Example: `spread(results_path("masked_language_modeling"), "loss")["80/10/10"].mean`

    KeyError if the metric was never recorded; the message lists those that were.
    """
    by_setting: dict[str, list[float]] = {}
    for (setting, _), value in read_values(path, metric).items():
        by_setting.setdefault(setting, []).append(value)
    if not by_setting:
        recorded = sorted({row["metric"] for row in read_rows(path)})
        raise KeyError(f"{path.name} has no metric {metric!r}, but {recorded}")
    return {
        setting: Spread(statistics.fmean(values), min(values), max(values), len(values))
        for setting, values in by_setting.items()
    }
