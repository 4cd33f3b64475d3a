"""The chooser, live: say what a task needs, and see which encoders remain, and why each of the others dropped out."""

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Any

import traitlets

from bertlab.variants.chooser import TASKS, Needs, Verdict, choose
from bertlab.views.live import LiveWidget, static

LENGTHS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
LATENCIES = (0.1, 0.25, 0.5, 1, 1.5, 2, 4, 10, 30, 100, inf)
MEMORIES = (50, 100, 250, 500, 750, 1_000, 2_000, 10_000, 40_000, inf)
LABELED = (0, 10, 50, 100, 500, 1_000, 10_000, 100_000)
LABELS = {"fixed": "fixed before training", "open": "open: they come and go"}
LANGUAGES = {"English": "English only", "many": "many languages"}


def steps() -> dict[str, list[str]]:
    """Return what the sliders stop at, in words. Example: `steps()["memory"][0]` is `"50 MB"`."""
    return {
        "length": [f"{each:,} tokens" for each in LENGTHS],
        "latency": ["any" if each == inf else f"{each:g} × BERT-base" for each in LATENCIES],
        "memory": ["any" if each == inf else f"{each:,} MB" for each in MEMORIES],
        "labeled": [f"{each:,}" for each in LABELED],
    }


def count_words(number: int, words: str) -> str:
    """Say how many. Example: `count_words(1, "candidate")` is `"1 candidate"`, with 2 it is `"2 candidates"`."""
    return f"{number} {words}" if number == 1 else f"{number} {words}s"


def summarize(verdicts: Sequence[Verdict]) -> str:
    """Say what remains, and what the others dropped out by, the first reason of each.

    Example: `summarize([Verdict("BERT-base", True, "Good.", ()), Verdict("XL", False, "Big.", ("memory",))])` is
    `"1 of 2 candidates remains, first: BERT-base. Dropped out: 1 by memory."`.
    """
    kept = [verdict.name for verdict in verdicts if verdict.kept]
    dropped = Counter(verdict.dropped_by[0] for verdict in verdicts if not verdict.kept)
    remain = "remains" if len(kept) == 1 else "remain"
    said = f"{len(kept) or 'None'} of {count_words(len(verdicts), 'candidate')} {remain}"
    first = f", first: {', '.join(kept[:3])}" if kept else ""
    reasons = ", ".join(f"{number} by {constraint}" for constraint, number in dropped.most_common())
    return f"{said}{first}." + (f" Dropped out: {reasons}." if reasons else "")


def as_text(verdicts: Sequence[Verdict]) -> str:
    """Write the verdicts as lines: a plus before what remains, a minus before what dropped out.

    Example: a line may be `"- RoBERTa-base        Its weights take 499 MB in fp32, and there are 250 MB."`.
    """
    wide = max(len(verdict.name) for verdict in verdicts)
    lines = [f"{'+' if verdict.kept else '-'} {verdict.name:{wide}}  {verdict.says}" for verdict in verdicts]
    return "\n".join([summarize(verdicts), "", *lines])


class ChooserWidget(LiveWidget):
    """The widget behind `live_chooser`; it can also be set from Python. Example: `widget.task = "search"`.

    Sliders are places in `LENGTHS`, `LATENCIES`, `MEMORIES` and `LABELED`, from 0.
    """

    _esm = static("views/live.js", "variants/view_chooser.js")
    _css = static("views/live.css", "variants/view_chooser.css")
    options = traitlets.Dict().tag(sync=True)
    """What can be selected, by trait: pairs of value and words."""
    steps = traitlets.Dict().tag(sync=True)
    """What the sliders stop at, by trait, in words."""
    task = traitlets.Enum(TASKS, TASKS[0]).tag(sync=True, asks=True)
    labels = traitlets.Enum(tuple(LABELS), "fixed").tag(sync=True, asks=True)
    languages = traitlets.Enum(tuple(LANGUAGES), "English").tag(sync=True, asks=True)
    length = traitlets.Int(2, min=0, max=len(LENGTHS) - 1).tag(sync=True, asks=True)
    latency = traitlets.Int(5, min=0, max=len(LATENCIES) - 1).tag(sync=True, asks=True)
    memory = traitlets.Int(4, min=0, max=len(MEMORIES) - 1).tag(sync=True, asks=True)
    labeled = traitlets.Int(5, min=0, max=len(LABELED) - 1).tag(sync=True, asks=True)

    def __init__(self, **traits: Any):
        tasks = {task: task for task in TASKS}
        options = {"task": tasks, "labels": LABELS, "languages": LANGUAGES}
        pairs = {name: [list(pair) for pair in words.items()] for name, words in options.items()}
        super().__init__(options=pairs, steps=steps(), **traits)

    def needs(self) -> Needs:
        """Return what is asked for. Example: `widget.needs().length`."""
        return Needs(
            task=self.task,
            length=LENGTHS[self.length],
            latency=LATENCIES[self.latency],
            memory=MEMORIES[self.memory],
            labeled=LABELED[self.labeled],
            open_labels=self.labels == "open",
            many_languages=self.languages == "many",
        )

    def compute(self) -> dict[str, Any]:
        """Return the verdicts and their summary."""
        verdicts = choose(self.needs())
        return {"verdicts": [verdict._asdict() for verdict in verdicts], "summary": summarize(verdicts)}

    def __repr__(self) -> str:
        return as_text(choose(self.needs()))


def live_chooser(**needs: Any) -> ChooserWidget:
    """Return a widget: sliders and lists for what a task needs; what remains and what drops out, with reasons.

    Example: `live_chooser(task="search", languages="many")`

    `choose` gives the same as data. traitlets.TraitError for a task, a choice or a place that there is not.
    """
    return ChooserWidget(**needs)
