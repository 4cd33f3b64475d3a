"""Record an experiment run by run in one tidy CSV, so that it can be stopped at any time and goes on where it was.

A row is one measured value: seed, setting, metric, value, seconds of its run, versions of what it was run on.
"""

import csv
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import transformers
from rich.progress import track

from bertlab.checkpoints import fingerprint
from bertlab.constants import RESULTS

COLUMNS = ("seed", "setting", "metric", "value", "seconds", "versions")


class Spread(NamedTuple):
    """What several seeds gave. Example: `Spread(mean=1.5, lowest=1.0, highest=2.0, runs=3)`."""

    mean: float
    lowest: float
    highest: float
    runs: int


@dataclass(frozen=True)
class Results:
    """What is recorded of one topic, in `data/results/<topic>.csv`. Example: `Results("masked_language_modeling")`."""

    topic: str
    folder: Path = RESULTS

    @property
    def path(self) -> Path:
        """Where it lies. Example: `Results("attention").path.name == "attention.csv"`."""
        return self.folder / f"{self.topic}.csv"

    def rows(self) -> list[dict[str, str]]:
        """Read all rows, none if there is no file yet. Example: `Results("attention").rows()[0]["metric"]`."""
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def values(self, metric: str) -> dict[tuple[str, int], float]:
        """Read what was recorded of one metric, for each (setting, seed), in the order of the file.

        Example: `Results("attention").values("loss increase")["layer 2, head 5", 0]`

        KeyError if the metric was never recorded; the message lists those that were.
        """
        rows = self.rows()
        found = {(row["setting"], int(row["seed"])): float(row["value"]) for row in rows if row["metric"] == metric}
        if not found:
            raise KeyError(f"{self.path.name} has no metric {metric!r}, but {sorted({row['metric'] for row in rows})}")
        return found

    def by_seed(self, metric: str) -> dict[str, list[float]]:
        """Read one metric of every setting, its seeds in order.

        Example: `Results("masked_language_modeling").by_seed("sentiment")["80/10/10"][0]` is that of seed 0.

        Runs of one seed were fine-tuned on the same texts: compare them with each other.
        """
        found: dict[str, list[float]] = {}
        for (setting, _), value in sorted(self.values(metric).items(), key=lambda item: item[0][1]):
            found.setdefault(setting, []).append(value)
        return {setting: found[setting] for setting, _ in self.values(metric)}

    def spread(self, metric: str) -> dict[str, Spread]:
        """Sum up the seeds of every setting, in the order in which they were recorded.

        Example: `Results("masked_language_modeling").spread("gap kept")["80/10/10"].mean`
        """
        return {
            setting: Spread(statistics.fmean(values), min(values), max(values), len(values))
            for setting, values in self.by_seed(metric).items()
        }

    def of_weights(self, fingerprint: str) -> bool:
        """Say whether all rows name these weights. Example: `Results("attention").of_weights("f33da3659eec")`."""
        return all(row["versions"].endswith(f", weights {fingerprint}") for row in self.rows())

    @property
    def again(self) -> str:
        """What to do if the file is out of date. Example: `Results("attention").again`"""
        return f"bring it up to date with: python -m bertlab.{self.topic}.experiment"

    def of_embedded(self) -> "Results":
        """Return these results if they were measured on the embedded weights as they are now.

        Example: `Results("attention").of_embedded().values("loss increase")`

        ValueError if they were not: the message says what to do.
        """
        if not self.of_weights(fingerprint()):
            raise ValueError(
                f"{self.path.name} was measured on other weights than the embedded ones ({fingerprint()}): {self.again}"
            )
        return self

    def record(
        self,
        runs: Iterable[tuple[str, int]],
        measure: Callable[[str, int], Mapping[str, float]],
        weights: str | None = None,
    ) -> None:
        """Measure each (setting, seed) that the file does not hold yet, and append its values when it is done.

        Example: `Results("demo").record([("wide", 0), ("wide", 1)], lambda setting, seed: {"loss": 1.0})`

        A run that is interrupted leaves nothing behind; the same command measures it again and skips what is there.
        What belongs to trained weights gives their fingerprint, which every row then names: a file of other weights is
        measured again from the start.
        """
        if weights and not self.of_weights(weights):
            self.path.unlink()
        done = {(row["setting"], int(row["seed"])) for row in self.rows()}
        python = platform.python_version()
        versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {python}"
        versions += f", weights {weights}" if weights else ""
        for setting, seed in track([run for run in runs if run not in done], description=self.topic):
            started = time.perf_counter()
            values = measure(setting, seed)
            seconds = round(time.perf_counter() - started, 1)
            self.append([(seed, setting, metric, value, seconds, versions) for metric, value in values.items()])

    def append(self, rows: Iterable[tuple[object, ...]]) -> None:
        """Add rows in one write, below the header.

        Example: `Results("demo").append([(0, "wide", "loss", 1.0, 2.5, "torch 2")])`
        """
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows] if new else rows)
