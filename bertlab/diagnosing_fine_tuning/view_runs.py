"""Pictures of the recorded runs: pairs of curves side by side, ten seeds of each recipe, and reliability."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from IPython.display import HTML

from bertlab.diagnosing_fine_tuning.calibration import Bin
from bertlab.diagnosing_fine_tuning.cures import FRAGILE
from bertlab.diagnosing_fine_tuning.experiment import results
from bertlab.diagnosing_fine_tuning.recorded import CURVES, RecordedRun, runs_of
from bertlab.views.figures import show, subplots

TRAINING, VALIDATION, GRAY = "#C85200", "#006BA4", "#ABABAB"
KNOWING_NOTHING = 0.6931  # ln 2


def describe(run: RecordedRun) -> str:
    """Say where the curves of a run begin and end.

    Example: `describe(run)` is `"sound: training loss 0.69 to 0.13, ..."`, for a screen reader.
    """
    ends = [f"{name} {values[0]:.2f} to {values[-1]:.2f}" for name, values in run.curves.items()]
    return f"{run.cause}: {', '.join(ends)}"


def draw_runs(settings: Sequence[str]) -> HTML:
    """Draw the curves of settings side by side: loss above, validation accuracy below, a line for each seed.

    Example: `draw_runs(["cause, sound", "cause, overfitting"])`
    """
    figure, axes = subplots(2, len(settings), width=2.4 * len(settings), height=4, sharey="row", sharex="col")
    described = []
    for column, setting in zip(axes.T.reshape(len(settings), 2), settings, strict=True):
        runs = runs_of(setting)
        for number, run in enumerate(runs):
            names = ("training", "validation") if number == 0 else (None, None)
            drawn = zip(CURVES, (column[0], column[0], column[1]), (TRAINING, VALIDATION, VALIDATION), strict=True)
            for (curve, panel, color), name in zip(drawn, (*names, None), strict=True):
                line = "--" if color == TRAINING else "-"
                panel.plot(run.steps, run.curves[curve], color=color, linestyle=line, marker="", label=name)
        column[0].axhline(KNOWING_NOTHING, color=GRAY, linestyle=":")
        column[1].axhline(0.5, color=GRAY, linestyle=":")
        column[0].set(title=runs[0].cause, ylim=(0, 1.5))
        column[1].set(xlabel="step", ylim=(0.4, 1.02))
        described.append(describe(runs[0]))
    axes.T.reshape(len(settings), 2)[0][0].set(ylabel="loss (nats)")
    axes.T.reshape(len(settings), 2)[0][1].set(ylabel="validation accuracy")
    axes.T.reshape(len(settings), 2)[0][0].legend(loc="upper right", fontsize="small")
    return show(figure, f"Loss and validation accuracy by step. {'; '.join(described)}.")


def fragile_seeds() -> dict[str, list[float]]:
    """Return the test accuracy of each seed on the same 64 texts, by recipe. Example: `fragile_seeds()["warm-up"]`."""
    found = results.of_embedded().by_seed("test accuracy")
    return {name: found[f"64 texts, {name}"] for name in FRAGILE}


def draw_fragile() -> HTML:
    """Draw a dot for each seed and a bar at the mean, by recipe. Example: `draw_fragile()`"""
    figure, axes = subplots(width=8, height=3.2)
    seeds = fragile_seeds()
    words = []
    for place, (name, found) in enumerate(seeds.items()):
        axes.plot(found, [place] * len(found), color=VALIDATION, marker="o", linestyle="", alpha=0.5)
        axes.plot(fmean(found), place, color=TRAINING, marker="|", markersize=22, linestyle="")
        words.append(f"{name}: {min(found):.0%} to {max(found):.0%}, mean {fmean(found):.0%}")
    axes.set_yticks(range(len(seeds)), list(seeds))
    axes.invert_yaxis()
    axes.axvline(0.5, color=GRAY, linestyle=":")
    axes.set(xlabel="test accuracy, a dot for each of ten seeds")
    return show(figure, f"Test accuracy by seed. {'; '.join(words)}.")


def draw_reliability(groups: Mapping[str, Sequence[Bin]]) -> HTML:
    """Draw accuracy against confidence, a panel for each group of texts; the area of a dot is its share of them.

    Example: `draw_reliability({"in domain": reliability(probabilities, right)})`
    """
    figure, axes = subplots(1, len(groups), width=3.2 * len(groups), height=3, squeeze=False, sharey=True)
    words = []
    for panel, (name, bins) in zip(axes[0], groups.items(), strict=True):
        filled = [found for found in bins if found.texts]
        total = sum(found.texts for found in filled)
        panel.plot([0.5, 1], [0.5, 1], color=GRAY, linestyle=":", marker="")
        sizes = [600 * found.texts / total for found in filled]
        confidence, accuracy = [found.confidence for found in filled], [found.accuracy for found in filled]
        panel.scatter(confidence, accuracy, s=sizes, color=VALIDATION, alpha=0.7)
        panel.set(title=name, xlabel="confidence", xlim=(0.48, 1.02), ylim=(0, 1.05))
        told = [f"{found.confidence:.0%} sure, {found.accuracy:.0%} right" for found in filled]
        words.append(f"{name}: {', '.join(told)}")
    axes[0][0].set(ylabel="accuracy")
    return show(figure, f"Accuracy against confidence. {'; '.join(words)}.")
