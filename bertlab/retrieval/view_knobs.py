"""The knobs of an index, live: choose an index and turn its knob, and see what it finds, how fast, and how large it is.

The figures are the recorded ones (see `experiment`): nothing is measured while the slider moves.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import traitlets

from bertlab.experiments.record import Results
from bertlab.retrieval.experiment import results as recorded
from bertlab.retrieval.knobs import WAYS, name_of, settings
from bertlab.views.live import LiveWidget, static

GROUP = "ann"
LARGEST = 13
"""Radius of the largest circle drawn, in a drawing 640 wide."""


class Point(NamedTuple):
    """One index at one turn of its knob, as it was recorded. Example: `points()[0].name`

    Attributes:
        name: of `WAYS`.
        value: of its knob; None if it has none.
        share: of the exact hits that it finds.
        times: how many times as fast as flat search it is, for a hundred queries at once.
        one_by_one: the same for one query at a time.
        bytes: for each vector.
        seconds: to build it.
    """

    name: str
    value: int | None
    share: float
    times: float
    one_by_one: float
    bytes: float
    seconds: float

    def speed(self, single: bool) -> float:
        """Return the speed for one query at a time, or for many. Example: `points()[0].speed(single=True)`"""
        return self.one_by_one if single else self.times


METRICS = ("share found", "times flat", "times flat, one by one", "bytes per vector", "build seconds")


def points(results: Results = recorded) -> list[Point]:
    """Return all that was recorded, each index in turn, by the values of its knob. Example: `points()[0].share`.

    ValueError if it was not measured on the embedded weights as they are now, KeyError if not at all.
    """
    results = results.of_embedded()
    columns = [results.values(metric) for metric in METRICS]
    found = []
    for name, value in settings():
        run = (f"{GROUP}, {name_of(name, value)}", 0)
        if run in columns[0]:  # ScaNN is measured only where it is installed
            found.append(Point(name, value, *(column[run] for column in columns)))
    return found


def of(found: Sequence[Point], name: str) -> list[Point]:
    """Return the points of one index. Example: `of(found, "ivf")[0].value` is `1`.

    ValueError if it was not recorded.
    """
    own = [point for point in found if point.name == name]
    if not own:
        names = ", ".join(dict.fromkeys(point.name for point in found))
        raise ValueError(f"{name!r} was not recorded: take one of {names}")
    return own


def percent(share: float) -> str:
    """Write a share, which is all or nothing only if it is. Example: `percent(0.968)` is `"97%"`, and `percent(0.9996)`
    is `"more than 99.9%"`.
    """
    if 0.999 < share < 1:
        return "more than 99.9%"
    return f"{share:.1%}" if 0 < share < 0.01 or 0.99 <= share < 1 else f"{share:.0%}"


def fast(times: float) -> str:
    """Compare with flat search. Example: `fast(21.3)` is `"21 times as fast as flat"`, and `fast(0.43)` is
    `"0.43 times as fast as flat"`.
    """
    return f"{times:.0f} times as fast as flat" if times >= 9.95 else f"{times:.2g} times as fast as flat"


def large(size: float) -> str:
    """Write a size. Example: `large(1808.0)` is `"1.8 kB"`, and `large(48.3)` is `"48 bytes"`."""
    return f"{size / 1000:.1f} kB" if size >= 999.5 else f"{size:.0f} bytes"


def sentence(point: Point, single: bool = False) -> str:
    """Say what an index gives for what.

    Example: `sentence(Point("hnsw", 64, 0.97, 21.0, 30.0, 1808.0, 60.0))` is `"HNSW keeping 64 candidates finds 97% of
    the exact hits, 21 times as fast as flat, with 1.8 kB a vector."`.
    """
    if point.name == "flat":
        return f"Flat search finds all exact hits, with {large(point.bytes)} a vector: what the others are compared to."
    what = WAYS[point.name].says.format(point.value)
    asked = ", one query at a time" if single else ""
    speed = fast(point.speed(single))
    return f"{what} finds {percent(point.share)} of the exact hits, {speed}{asked}, with {large(point.bytes)} a vector."


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers for an axis of powers, few enough to be read. Example: `ticks(0.4, 25.0)` is
    `[0.5, 1, 2, 5, 10, 20]`, and `ticks(0.2, 300.0)` is `[1, 10, 100]`.
    """
    steps = (1, 2, 5) if high / low < 1000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [step * 10.0**power if power >= 0 else step / 10**-power for power in powers for step in steps]
    return [mark for mark in marks if low <= mark <= high]


def picture(found: Sequence[Point], chosen: Point, single: bool = False) -> dict[str, Any]:
    """Return the drawing: circles of all points, their places as parts of the axes, and the marks on these.

    Example: `picture(found, found[3])["circles"][3]["chosen"]` is `True`.

    Speed goes to the right, by powers; the share found goes up. The area of a circle is the size of a vector.
    """
    speeds = [point.speed(single) for point in found]
    low, high = min(speeds) / 1.3, max(speeds) * 1.3
    bottom = math.floor(10 * min(point.share for point in found)) / 10
    bottom = min(bottom, 0.9)
    most = max(point.bytes for point in found)
    width = math.log(high / low)
    circles = [
        {
            "name": point.name,
            "label": name_of(point.name, point.value),
            "x": math.log(point.speed(single) / low) / width,
            "y": (point.share - bottom) / (1 - bottom),
            "r": max(3.0, LARGEST * math.sqrt(point.bytes / most)),
            "own": point.name == chosen.name,
            "chosen": point == chosen,
            "says": sentence(point, single),
        }
        for point in found
    ]
    step = 0.1 if bottom >= 0.4 else 0.2
    heights = [bottom + number * step for number in range(round((1 - bottom) / step) + 1)]
    return {
        "circles": circles,
        "across": [[math.log(mark / low) / width, f"{mark:g}×"] for mark in ticks(low, high)],
        "up": [[(height - bottom) / (1 - bottom), f"{height:.0%}"] for height in heights if height < 1 + 1e-9],
    }


def row(point: Point) -> list[str]:
    """Return a point as a row of a table. Example: `row(found[0])[0]` may be `"flat"`."""
    speeds = [f"{point.speed(single):.3g}" for single in (False, True)]
    return [name_of(point.name, point.value), percent(point.share), *speeds, large(point.bytes), f"{point.seconds:.0f}"]


HEAD = ["index, knob", "exact hits found", "times flat", "one by one", "a vector", "seconds to build"]


def as_text(found: Sequence[Point], chosen: Point, single: bool = False) -> str:
    """Write all points as a table in plain text, a star at the chosen one, and the sentence of that below.

    Example: a line may be `"*   hnsw, 64   97%   21   30   1.8 kB   60"`.
    """
    rows = [HEAD, *map(row, found)]
    widths = [max(len(line[place]) for line in rows) for place in range(len(HEAD))]
    lines = []
    for line, point in zip(rows, [None, *found], strict=True):
        first, *cells = (f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
        lines.append("   ".join(["*" if point == chosen else " ", f"{first.strip():{widths[0]}}", *cells]))
    return "\n".join([*lines, "", sentence(chosen, single)])


class KnobsWidget(LiveWidget):
    """The widget behind `live_knobs`; what it shows can also be set from Python. Example: `widget.kind = "ivf"`."""

    _esm = static("views/live.js", "views/chooser.js", "retrieval/view_knobs.js")
    _css = static("views/live.css", "retrieval/view_knobs.css")
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The indexes that were recorded."""
    kind = traitlets.Unicode("hnsw").tag(sync=True, asks=True)
    """One of them."""
    place = traitlets.Int(3, min=0).tag(sync=True, asks=True)
    """Which value of its knob, from 0; beyond the last it counts as the last."""
    single = traitlets.Bool(False).tag(sync=True, asks=True)
    """Whether speed is that of one query at a time."""

    def __init__(self, found: Sequence[Point], **traits: Any):
        self._points = list(found)
        super().__init__(kinds=list(dict.fromkeys(point.name for point in found)), **traits)

    def chosen(self) -> Point:
        """Return the point that is marked. Example: `widget.chosen().share`.

        ValueError if there is no such kind.
        """
        own = of(self._points, self.kind)
        return own[min(self.place, len(own) - 1)]

    def compute(self) -> dict[str, Any]:
        """Return the drawing, the values of the knob, the table, and the sentence."""
        chosen = self.chosen()
        own = of(self._points, self.kind)
        return {
            **picture(self._points, chosen, self.single),
            "knob": WAYS[self.kind].knob,
            "values": [str(point.value) for point in own],
            "head": HEAD,
            "rows": [row(point) for point in self._points],
            "summary": sentence(chosen, self.single),
        }

    def __repr__(self) -> str:
        return as_text(self._points, self.chosen(), self.single)


def live_knobs(kind: str = "hnsw", place: int = 3, results: Results = recorded) -> KnobsWidget:
    """Return a widget: choose an index, turn its knob, and see what it finds, how fast, and how large it is.

    Example: `live_knobs("ivf", place=2)`

    Args:
        kind: the index chosen first.
        place: which value of its knob, from 0.
        results: the recorded file.

    Raises:
        ValueError: there is no such index, or the file is not of the embedded weights. `points` gives the same as data.
    """
    return KnobsWidget(points(results), kind=kind, place=place)
