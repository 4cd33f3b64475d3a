"""The recorded comparison of all kinds under equal conditions, and of students taught in several ways, as figures.

show_equal("BERT", "ALBERT, shared only", "ALBERT, factorized only", "ALBERT")
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from IPython.display import HTML

from bertlab.experiments.seeds import separated
from bertlab.sentence_bert.recorded import show_rows
from bertlab.variants.experiment import GROUPS, results

EQUAL = {"gap": "nats above the floor", "entity tags": "entity tags", "sentiment": "sentiment"}
SLICES = {"gap": "all positions", "gap, certain": "nearly certain", "gap, open": "open"}
COSTS = {"parameters": "weights", "operations": "work", "seconds": "time"}


def values_of(group: str, metric: str) -> dict[str, list[float]]:
    """Return what the seeds of each setting gave, without those that a metric does not fit, as a discriminator's gap.

    Example: `values_of("pretrain", "entity tags")["ALBERT"]`

    KeyError if there is no such group, or it was not measured so.
    """
    if group not in GROUPS:
        raise KeyError(f"there is no group {group!r}, but {list(GROUPS)}")
    found = results.by_seed(metric)
    values = {name: found[f"{group}, {name}"] for name in GROUPS[group][1] if f"{group}, {name}" in found}
    if not values:
        raise KeyError(f"group {group!r} was not measured by {metric!r}, or not yet: {results.again}")
    return values


def show(group: str, metrics: Mapping[str, str], names: Sequence[str] = ()) -> HTML:
    """Show some metrics of a group, a panel each. Example: `show("distill", {"gap": "all positions"})`

    `names` chooses settings, in this order; KeyError if there is none of that name.
    """
    for name in names:
        if name not in GROUPS[group][1]:
            raise KeyError(f"there is no {name!r} in {group!r}, but {', '.join(GROUPS[group][1])}")
    columns = {}
    for metric, panel in metrics.items():
        values = values_of(group, metric)
        columns[panel] = {name: values[name] for name in names or values if name in values}
    return show_rows(columns, logarithmic=[panel for metric, panel in metrics.items() if metric.startswith("gap")])


def show_equal(*names: str) -> HTML:
    """Show all kinds, or some: how far above the lowest loss, and what they are worth after fine-tuning.

    Example: `show_equal("BERT", "ALBERT")`
    """
    return show("pretrain", EQUAL, names)


def show_distilled() -> HTML:
    """Show all students, how far above the lowest loss, by how open the answer is. Example: `show_distilled()`"""
    return show("distill", SLICES)


def print_equal() -> None:
    """Print what each kind costs and gives: means over the seeds, and the scores' lowest and highest.

    Example: `print_equal()`

    Work and time are the operations and seconds of a step in training, as multiples of BERT's.
    """
    columns = {panel: values_of("pretrain", metric) for metric, panel in (COSTS | EQUAL).items()}
    print(f"{'':33}{'weights':>8}{'work':>6}{'time':>6}{'nats':>17}{'tags':>15}{'sentiment':>15}")
    for name in GROUPS["pretrain"][1]:
        weights, work, time = (fmean(columns[cost][name]) for cost in COSTS.values())
        nats, tags, tone = (spread(columns[panel].get(name, [])) for panel in EQUAL.values())
        print(f"{name:33}{weights:>8,.0f}{work:>6.2f}{time:>6.2f}{nats:>17}{tags:>15}{tone:>15}")


def spread(values: Sequence[float]) -> str:
    """Write a mean with the lowest and the highest. Example: `spread([0.1, 0.3])` is `".20 (.10-.30)"`."""
    if not values:
        return "-"
    mean, lowest, highest = (f"{value:.2f}".removeprefix("0") for value in (fmean(values), min(values), max(values)))
    return f"{mean} ({lowest}-{highest})"


def better(metric: str, name: str, other: str, group: str = "pretrain") -> bool:
    """Say whether all seeds of one setting lie on the better side of all of another: below for gaps, above for scores.

    Example: `better("gap", "BERT", "ALBERT")`
    """
    values = values_of(group, metric)
    ours, theirs = values[name], values[other]
    return separated(ours, theirs) and (fmean(ours) < fmean(theirs)) == metric.startswith("gap")
