"""Recorded runs that nobody made: every cause with two seeds, each with its plainest sign and no other."""

from pathlib import Path

from bertlab.checkpoints import fingerprint
from bertlab.diagnosing_fine_tuning.cause_looks import LOOKS, SIGNS
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from bertlab.diagnosing_fine_tuning.recorded import RecordedRun, as_run
from bertlab.experiments.record import Results

STEPS = (8, 16, 24, 32, 37)
SOUND = {
    "test accuracy": 0.9,
    "training accuracy": 0.98,
    "macro F1": 0.875,
    "majority": 0.5,
    "spread of P": 0.475,
    "evaluated twice": 0.0,
    "near-copies": 0.0,
    "words alone": 0.75,
    "text loss": 4.5,
    "highest rate": 2e-4,
    "perfect loss": 0.0,
    "gradient left": 0.0,
}


def measure(setting: str, seed: int) -> dict[str, float]:
    """Make up what is recorded of a run; the later steps come first, as nothing promises their order."""
    cause = setting.split(", ")[1]
    found = dict(SOUND)
    if cause in SIGNS and SIGNS[cause].look in LOOKS:
        found[LOOKS[SIGNS[cause].look].check] += 2 * SIGNS[cause].by
    found["test accuracy"] += 0.01 * seed
    for place, step in reversed(list(enumerate(STEPS))):
        found[f"training loss, step {step}"] = 0.7 - 0.15 * place
        again = 0.25 * max(place - 2, 0) if cause == "overfitting" else 0.0
        found[f"validation loss, step {step}"] = 0.68 - 0.1 * place + again + 0.01 * seed
        found[f"validation accuracy, step {step}"] = 0.5 + 0.1 * place
    return found


def made_up_runs() -> dict[str, list[RecordedRun]]:
    """Return the runs of each cause, as the widget takes them."""

    def both(setting: str) -> list[RecordedRun]:
        return [as_run(setting, seed, measure(setting, seed)) for seed in (0, 1)]

    return {name: both(f"cause, {name}") for name in CAUSES}


def write(folder: Path, weights: str | None = None) -> Results:
    """Write them as an experiment would, the last seed first, for the embedded weights or for others."""
    results = Results("diagnosing_fine_tuning", folder)
    results.record([(f"cause, {name}", seed) for seed in (1, 0) for name in CAUSES], measure, weights or fingerprint())
    return results
