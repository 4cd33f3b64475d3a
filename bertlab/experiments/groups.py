"""An experiment of several groups: a setting is called by its group and its own name, as in "cause, rate too high"."""

from collections.abc import Callable, Iterator, Mapping

from bertlab.small_bert.training import one_thread

Groups = Mapping[str, tuple[Callable[[str, int], dict[str, float]], tuple[str, ...], int]]
"""What is measured how, in which settings, with how many seeds."""


def measure_in(groups: Groups, setting: str, seed: int) -> dict[str, float]:
    """Measure one setting of one group, on one thread. Example: `measure_in(GROUPS, "cause, rate too high", 0)`"""
    group, name = setting.split(", ", 1)
    with one_thread():
        return groups[group][0](name, seed)


def runs_in(groups: Groups) -> Iterator[tuple[str, int]]:
    """Yield all that is measured, group by group, each seed of all its settings before the next one.

    Example: `list(runs_in({"cause": (measure_cause, ("sound",), 2)}))` is `[("cause, sound", 0), ("cause, sound", 1)]`.
    """
    for group, (_, names, seeds) in groups.items():
        yield from ((f"{group}, {name}", seed) for seed in range(seeds) for name in names)
