"""The recorded comparison of three ways to represent a text, as a figure."""

from IPython.display import HTML

from bertlab.retrieval.experiment import results
from bertlab.retrieval.three_ways import NAMES
from bertlab.sentence_bert.recorded import show_rows

PANELS = {"nDCG@10, shared": "shared words", "nDCG@10, other words": "other words"}


def values_of(metric: str) -> dict[str, list[float]]:
    """Return what the seeds gave, before and after training. Example: `values_of("nDCG@10, all")["late, trained"]`.

    KeyError if it was never measured; ValueError if the file was measured on other weights.
    """
    found = results.of_embedded().by_seed(metric)
    return {name: found[f"represent, {name}"] for name in NAMES}


def show_represented() -> HTML:
    """Show nDCG@10 of the test questions, by kind of question. Example: `show_represented()`"""
    return show_rows({panel: values_of(metric) for metric, panel in PANELS.items()})
