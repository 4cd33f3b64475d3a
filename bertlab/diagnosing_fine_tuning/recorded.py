"""The recorded runs, read back: curves and checks of each, and the tables that notebook 08 makes of them."""

import re
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from bertlab.diagnosing_fine_tuning.experiment import results

CURVES = ("training loss", "validation loss", "validation accuracy")
STEP = re.compile(rf"({'|'.join(CURVES)}), step (\d+)")


class RecordedRun(NamedTuple):
    """One run: its curves, a value for each of `steps`, and all that was looked at besides, by name.

    Example: `runs_of("cause, sound")[0].checks["test accuracy"]`
    """

    setting: str
    seed: int
    steps: list[int]
    curves: dict[str, list[float]]
    checks: dict[str, float]

    @property
    def cause(self) -> str:
        """What was changed. Example: `runs_of("cause, sound")[0].cause` is `"sound"`."""
        return self.setting.split(", ", 1)[1]


def runs_of(setting: str) -> list[RecordedRun]:
    """Return the recorded runs of a setting, one for each seed. Example: `len(runs_of("cause, sound"))` is `2`.

    ValueError if they were not measured on the embedded weights as they are now; KeyError for an unknown setting.
    """
    values: dict[int, dict[str, float]] = {}
    for row in results.of_embedded().rows():
        if row["setting"] == setting:
            values.setdefault(int(row["seed"]), {})[row["metric"]] = float(row["value"])
    if not values:
        raise KeyError(f"{results.path.name} has no setting {setting!r}: {results.again}")
    return [as_run(setting, seed, metrics) for seed, metrics in sorted(values.items())]


def as_run(setting: str, seed: int, metrics: dict[str, float]) -> RecordedRun:
    """Sort the metrics of a run into curves and checks. Example: `as_run("cause, sound", 0, metrics).steps`"""
    points: dict[str, dict[int, float]] = {name: {} for name in CURVES}
    checks: dict[str, float] = {}
    for metric, value in metrics.items():
        if found := STEP.fullmatch(metric):
            points[found[1]][int(found[2])] = value
        else:
            checks[metric] = value
    steps = sorted(points[CURVES[0]])
    return RecordedRun(setting, seed, steps, {name: [points[name][s] for s in steps] for name in CURVES}, checks)


def table(settings: Sequence[str], checks: Sequence[str]) -> dict[str, list[float]]:
    """Return the mean over the seeds of some checks, a row for each setting.

    Example: `table(["cause, sound"], ["test accuracy"])["sound"]`
    """
    found: dict[str, list[float]] = {}
    for setting in settings:
        runs = runs_of(setting)
        found[runs[0].cause] = [fmean(run.checks[name] for run in runs) for name in checks]
    return found
