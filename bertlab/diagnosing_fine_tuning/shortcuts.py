"""Right for a wrong reason? Accuracy by slice, and texts whose verdict turns, or stays, with a change of a few words.

Sources: Gardner et al. 2020 (arXiv:2004.02709, contrast sets); Kaushik et al. 2020 (arXiv:1909.12434, counterfactually
augmented data). The interval is that of Wilson 1927.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from statistics import NormalDist
from typing import Literal, NamedTuple, cast

from jaxtyping import Bool
from torch import Tensor

from bertlab.constants import DATA
from bertlab.fine_tuning.reading import DataError, Row, read_rows

EDITS = DATA / "edits.tsv"
NAMES = ("negative", "positive")
Kind = Literal["flips", "keeps"]
Predict = Callable[[list[str]], Sequence[int]]
"""Takes texts and returns the number of the label of each, as in `NAMES`."""


class SliceScore(NamedTuple):
    """Accuracy on so many texts, and where it may lie in truth. Example: `SliceScore(0.9, 10, low=0.6, high=0.98)`."""

    accuracy: float
    texts: int
    low: float
    high: float


def wilson(right: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval in which a share may lie of which `right` of `count` were seen.

    Example: `wilson(10, 10)[1]` is `1.0`; its lower end is 0.72, where the textbook's ± would claim 1.

    ValueError if nothing was seen, or more than there was.
    """
    if not 0 <= right <= count or not count:
        raise ValueError(f"there must be 1 text or more, and at most as many right: not {right} of {count}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    seen, widened = right / count, 1 + z**2 / count
    center = (seen + z**2 / (2 * count)) / widened
    half = z / widened * sqrt(seen * (1 - seen) / count + z**2 / (4 * count**2))
    return (0.0 if right == 0 else center - half), (1.0 if right == count else center + half)


def by_slice(right: Bool[Tensor, " texts"], slices: Sequence[str]) -> dict[str, SliceScore]:
    """Return the accuracy on each slice with its 95 % interval, the lowest first.

    Example: `list(by_slice(torch.tensor([True, False]), ["plain", "sarcasm"]))` is `["sarcasm", "plain"]`.

    Where two intervals overlap far, the difference may be chance. ValueError if a text has no slice.
    """
    if len(right) != len(slices):
        raise ValueError(f"give one slice for each text, not {len(slices)} for {len(right)}")
    groups: dict[str, list[bool]] = {}
    for name, hit in zip(slices, right.tolist(), strict=True):
        groups.setdefault(name, []).append(hit)
    found = {
        name: SliceScore(sum(hits) / len(hits), len(hits), *wilson(sum(hits), len(hits)))
        for name, hits in groups.items()
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].accuracy, item[0])))


class Edit(NamedTuple):
    """A review before and after a change of a few words, which turns its verdict (`flips`) or not (`keeps`)."""

    kind: Kind
    before: str
    after: str
    label_before: int
    label_after: int


def counterfactuals(kind: Kind | None = None) -> list[Edit]:
    """Read the edits of this course, all or those of one kind. Example: `counterfactuals("flips")[0].after`.

    DataError for a line whose kind or labels do not fit.
    """
    edits = [check_edit(row) for row in read_rows(EDITS, Edit._fields)]
    return [edit for edit in edits if kind in (None, edit.kind)]


def check_edit(row: Row) -> Edit:
    """Return the edit of a line. Example: `check_edit(Row(2, {"kind": "keeps", ...})).label_after`.

    DataError for a label that is not in `NAMES`, or one that does not fit the kind.
    """
    kind, before, after, *labels = (row.values[column] for column in Edit._fields)
    if not {*labels} <= {*NAMES}:
        raise DataError(f"{EDITS.name}, line {row.line}: a label must be one of {', '.join(NAMES)}, not {labels}")
    if kind != ("keeps" if labels[0] == labels[1] else "flips"):
        raise DataError(f"{EDITS.name}, line {row.line}: {labels} does not fit the kind {kind!r}: correct one of them")
    return Edit(cast(Kind, kind), before, after, NAMES.index(labels[0]), NAMES.index(labels[1]))


def predictions(predict: Predict, pairs: Sequence[Edit]) -> list[tuple[int, int]]:
    """Return the labels that a classifier gives before and after each edit. Example: `predictions(predict, edits)[0]`.

    ValueError for no pairs.
    """
    if not pairs:
        raise ValueError("there are no pairs: give those of counterfactuals()")
    before = predict([pair.before for pair in pairs])
    after = predict([pair.after for pair in pairs])
    return [(int(first), int(second)) for first, second in zip(before, after, strict=True)]


def flip_rate(predict: Predict, pairs: Sequence[Edit]) -> float:
    """Return the share of pairs whose edit changes the prediction: should be 1 for `flips`, 0 for `keeps`.

    Example: `flip_rate(lambda texts: [1] * len(texts), counterfactuals("flips"))` is `0.0`.
    """
    return sum(before != after for before, after in predictions(predict, pairs)) / len(pairs)


def consistency(predict: Predict, pairs: Sequence[Edit]) -> float:
    """Return the share of pairs with both predictions right, the contrast consistency of Gardner et al.

    Example: `consistency(lambda texts: [1] * len(texts), counterfactuals("keeps"))` is `0.5`.

    A classifier that always changes its mind has a flip rate of 1 and may still be wrong; here it gains nothing.
    """
    wanted = [(pair.label_before, pair.label_after) for pair in pairs]
    found = predictions(predict, pairs)
    return sum(one == other for one, other in zip(found, wanted, strict=True)) / len(pairs)
