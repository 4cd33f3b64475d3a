"""The recorded experiment as figures: a row for each setting, a dot for each seed, a line for the mean.

show_recorded("temperature", before, extra={"0.05": "objective, ranking"})
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from IPython.display import HTML
from matplotlib.ticker import LogLocator, NullFormatter

from bertlab.checkpoints import is_embedded
from bertlab.sentence_bert.experiment import GROUPS, SIZES, results, runs
from bertlab.views.figures import show, subplots

METRICS = ("triples", "MRR", "similarity")


def values_of(
    group: str, metric: str, extra: Mapping[str, str] | None = None, sort: bool = False
) -> dict[str, list[float]]:
    """Return what the seeds of each setting of a group gave. Example: `values_of("objective", "MRR")["ranking"]`.

    Args:
        group: one of the experiment.
        metric: what was measured.
        extra: settings of other groups to set beside them, by the name that they get here.
        sort: whether the names are numbers, to be put in their order.

    Raises:
        KeyError: there is no such group or setting, or it was not measured by this metric.
        ValueError: the file was measured on other weights.
    """
    if group not in GROUPS:
        raise KeyError(f"there is no group {group!r}, but {list(GROUPS)}")
    found = results.of_embedded().by_seed(metric)
    named = {name: f"{group}, {name}" for name in GROUPS[group][1]} | dict(extra or {})
    names = sorted(named, key=float) if sort else list(named)
    if unknown := set(named.values()) - {setting for setting, _ in runs()}:
        raise KeyError(f"there is no setting {sorted(unknown)} in this experiment")
    values = {name: found[named[name]] for name in names if named[name] in found}
    if not values:
        raise KeyError(f"group {group!r} was not measured by {metric!r}, or not yet: {results.again}")
    return values


def show_recorded(
    group: str,
    before: Mapping[str, float] | None = None,
    metrics: Sequence[str] = METRICS,
    extra: Mapping[str, str] | None = None,
    sort: bool = False,
) -> HTML:
    """Show the figures of a group, and the untrained encoder's as a dashed line.

    Example: `show_recorded("objective", before)`

    The file belongs to the embedded BERT, so that no line is drawn where the course runs on another.
    """
    columns = {metric: values_of(group, metric, extra, sort) for metric in metrics}
    return show_rows(columns, before if is_embedded() else None)


def show_rows(
    columns: Mapping[str, Mapping[str, Sequence[float]]],
    before: Mapping[str, float] | None = None,
    logarithmic: Sequence[str] = (),
) -> HTML:
    """Show a panel for each metric, and in it a row for each setting.

    Example: `show_rows({"MRR": {"ranking": [0.4, 0.5], "triplet": [0.3, 0.4]}}, {"MRR": 0.35})`

    Args:
        columns: what the seeds of each setting gave, by metric.
        before: where to draw a dashed line, by metric.
        logarithmic: metrics whose axis shows ratios, because a few values are many times the others.
    """
    # A setting may lack a metric, as a cross-encoder does: its row stays empty there.
    names = list(dict.fromkeys(name for rows in columns.values() for name in rows))
    figure, axes = subplots(1, len(columns), width=8, height=0.9 + 0.27 * len(names), sharey=True, squeeze=False)
    for axis, (metric, rows) in zip(axes[0], columns.items(), strict=True):
        for name, values in rows.items():
            place = names.index(name)
            axis.plot(values, [place] * len(values), "o", color="C0", alpha=0.5, markersize=5)
            axis.plot([fmean(values)], [place], "|", color="black", markersize=13, markeredgewidth=2)
        if before and metric in before:
            axis.axvline(before[metric], linestyle="--", color="gray")
        axis.set_title(metric)
        if metric in logarithmic:
            axis.set_xscale("log")
            values = [value for row in rows.values() for value in row]
            narrow = max(values) < 8 * min(values)
            axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1, 3)))
            axis.xaxis.set_major_formatter("{x:g}")
            axis.xaxis.set_minor_formatter(NullFormatter())
    axes[0][0].set_yticks(range(len(names)), names)
    axes[0][0].invert_yaxis()
    return show(figure, in_words(columns, before))


def in_words(columns: Mapping[str, Mapping[str, Sequence[float]]], before: Mapping[str, float] | None = None) -> str:
    """Say what the figure shows. Example: `in_words({"MRR": {"ranking": [0.4, 0.5]}})` is `"MRR: ranking 0.450."`."""
    parts = []
    for metric, rows in columns.items():
        means = ", ".join(f"{name} {fmean(values):.3f}" for name, values in rows.items())
        untrained = f"; before training {before[metric]:.3f}" if before and metric in before else ""
        parts.append(f"{metric}: {means}{untrained}.")
    return " ".join(parts)


def show_sizes(metric: str) -> HTML:
    """Show what is left of a metric when vectors are cut, with and without training for it.

    Example: `show_sizes("MRR")`
    """
    names = {"trained for the full width": "sizes, full width", "Matryoshka": "sizes, Matryoshka"}
    figure, axis = subplots(width=6, height=3)
    words = []
    for number, (name, setting) in enumerate(names.items()):
        by_size = {size: results.of_embedded().by_seed(f"{metric}, {size}")[setting] for size in SIZES}
        means = [fmean(values) for values in by_size.values()]
        places = [place + 0.08 * (number - 0.5) for place in range(len(SIZES))]
        axis.plot(places, means, "-" if number else "--", color=f"C{number}", label=name)
        for place, values in zip(places, by_size.values(), strict=True):
            axis.plot([place] * len(values), values, "os"[number], color=f"C{number}", alpha=0.5, markersize=5)
        words.append(f"{name}: " + ", ".join(f"{mean:.3f} at {size}" for mean, size in zip(means, SIZES, strict=True)))
    axis.set_xticks(range(len(SIZES)), [str(size) for size in SIZES])
    axis.set(xlabel="numbers kept of each vector", ylabel=metric)
    axis.legend()
    return show(figure, f"{metric} when vectors are cut. {'; '.join(words)}.")
