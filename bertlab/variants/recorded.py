"""The recorded comparison of all kinds under equal conditions, and of students taught in several ways, as figures."""

from collections.abc import Mapping

from IPython.display import HTML

from bertlab.sentence_bert.recorded import show_rows
from bertlab.variants.experiment import GROUPS, results

EQUAL = {"gap": "nats above the floor", "entity tags": "entity tags", "sentiment": "sentiment"}
SLICES = {"gap": "all positions", "gap, certain": "nearly certain", "gap, open": "open"}


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


def show(group: str, metrics: Mapping[str, str]) -> HTML:
    """Show some metrics of a group, a panel each. Example: `show("distill", {"gap": "all positions"})`"""
    return show_rows({panel: values_of(group, metric) for metric, panel in metrics.items()})


def show_equal() -> HTML:
    """Show all kinds: how far above the lowest loss, and what they are worth after fine-tuning.

    Example: `show_equal()`
    """
    return show("pretrain", EQUAL)


def show_distilled() -> HTML:
    """Show all students, how far above the lowest loss, by how open the answer is. Example: `show_distilled()`"""
    return show("distill", SLICES)
