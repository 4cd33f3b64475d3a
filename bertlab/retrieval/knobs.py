"""The indexes that the experiment measures, and the knob of each: what trades hits that are lost for time or memory."""

from collections.abc import Iterator
from dataclasses import dataclass

CLUSTERS = 256
EFFORTS = (8, 16, 32, 64, 128, 256)
PROBES = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Way:
    """An index with its knob. Example: `WAYS["ivf"].values`.

    Attributes:
        kind: of `build_index`, or "scann".
        says: what it is, in words that begin a sentence; {} stands for the value of the knob.
        knob: what is turned, in words; empty if there is nothing to turn.
        size: the same as a field of `Sizes`.
        values: what it is turned to; one None if there is nothing.
        lengths: "unit" for vectors scaled to length 1; "raw" as the encoder gives them, or "log-normal" as drawn, for
            an index that compares inner products as they are.
        full: whether candidates are looked at again in full precision, which must then be kept.
    """

    kind: str
    says: str
    knob: str = ""
    size: str = ""
    values: tuple[int | None, ...] = (None,)
    lengths: str = "unit"
    full: bool = False


def hnsw(says: str, lengths: str = "unit") -> Way:
    """Return a graph with its knob. Example: `hnsw("A graph keeping {} candidates").values[0]` is `8`."""
    return Way("hnsw", says, "Candidates kept", "effort", EFFORTS, lengths)


def binary(says: str, full: bool = False) -> Way:
    """Return signs with their knob. Example: `binary("Signs, {} times k rescored").values` is `(1, 4, 16, 64)`."""
    return Way("binary", says, "Candidates, times k", "candidates", (1, 4, 16, 64), full=full)


WAYS = {
    "flat": Way("flat", "Flat search"),
    "ivf": Way("ivf", f"IVF searching {{}} of {CLUSTERS} clusters", "Clusters searched", "probes", PROBES),
    "hnsw": hnsw("HNSW keeping {} candidates"),
    "hnsw raw": hnsw("HNSW on raw lengths, keeping {} candidates,", "raw"),
    "hnsw log-normal": hnsw("HNSW on log-normal lengths, keeping {} candidates,", "log-normal"),
    "pq": Way("pq", "PQ of {} parts", "Parts of a vector", "parts", (12, 24, 48, 96)),
    "sq8": Way("sq8", "SQ8"),
    "binary": binary("One bit for each number, {} times k candidates rescored by signs,"),
    "binary full": binary("One bit for each number, {} times k candidates rescored in full,", full=True),
    "scann": Way("scann", f"ScaNN searching {{}} of {CLUSTERS} clusters", "Clusters searched", "searched", PROBES),
}
"""What is measured, by name."""


def name_of(way: str, value: int | None) -> str:
    """Return what a setting is called. Example: `name_of("ivf", 4)` is `"ivf, 4"`, `name_of("sq8", None)` is `"sq8"`.

    In the recorded file "ann, " stands before it.
    """
    return way if value is None else f"{way}, {value}"


def settings() -> Iterator[tuple[str, int | None]]:
    """Yield all that is measured, each way with each value. Example: `next(settings())` is `("flat", None)`."""
    yield from ((name, value) for name, way in WAYS.items() for value in way.values)


BY_NAME = {name_of(way, value): (way, value) for way, value in settings()}
"""Way and value by the name of the setting."""
