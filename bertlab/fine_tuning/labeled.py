"""Labeled texts in three splits: the course's reviews, a learner's own file, or SST-2; and what makes them unfit.

splits = load_labeled("reviews")              # or "pairs", "sst2", or a path to a .csv, .tsv or .jsonl file
splits["train"].texts[0], splits["train"].labels[0]
"""

import random
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bertlab.constants import DATA
from bertlab.fine_tuning.picking import Rows
from bertlab.fine_tuning.reading import DataError, Row, read_rows

SPLITS = ("train", "validation", "test")
OWN = {"reviews": ("text",), "pairs": ("premise", "hypothesis")}
"""The course's own files, and the columns that hold their texts."""
Text = str | tuple[str, str]


@dataclass(frozen=True)
class LabeledTexts(Rows):
    """Texts, or pairs of texts, with the number of each one's label.

    Example: `LabeledTexts(("Good.", "Bad."), (1, 0), ("negative", "positive"))`

    Attributes:
        texts: strings, or pairs of strings.
        labels: numbers into `names`.
        names: the labels, sorted.
        columns: what else the file says of each text, such as its slice.
    """

    shared: ClassVar[tuple[str, ...]] = ("names",)
    texts: tuple[Text, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def sample(self, count: int, seed: int) -> "LabeledTexts":
        """Draw texts, as many of each label (give or take one). Example: `reviews.sample(16, seed=0)`.

        The texts of a smaller sample are among those of a larger one with the same seed. ValueError if there are too
        few.
        """
        drawn = random.Random(seed)
        groups = [[i for i, label in enumerate(self.labels) if label == number] for number in range(len(self.names))]
        for group in groups:
            drawn.shuffle(group)
        shares = [count // len(groups) + (number < count % len(groups)) for number in range(len(groups))]
        if any(share > len(group) for share, group in zip(shares, groups, strict=True)):
            raise ValueError(f"there are not {count} texts with equally many of each label: ask for fewer")
        return self.pick(i for group, share in zip(groups, shares, strict=True) for i in group[:share])


def load_labeled(
    source: str | Path = "reviews", text: str | tuple[str, str] | None = None, label: str = "label"
) -> dict[str, LabeledTexts]:
    """Return the splits train, validation and test of labeled texts, checked.

    Example: `load_labeled("my_reviews.csv", text="comment", label="stars")["train"]`

    Args:
        source: "reviews" or "pairs" of this course; "sst2", which is downloaded; or a CSV, TSV or JSON-lines file. A
            column `split` says which text belongs where; without it, texts are dealt out 70 : 10 : 20. If none is for
            validation, a tenth of the training split is.
        text: the column with the text, or the two columns of a pair; None takes the course's own names, else "text".
        label: the column with the label.

    Raises:
        DataError: the file cannot be read, or is unfit to learn from; the message names the line and what to do.
    """
    if source == "sst2":
        return split_up(read_sst2(), ("sentence",), "label", "sst2")
    path = DATA / f"{source}.tsv" if source in OWN else Path(source)
    names = (text,) if isinstance(text, str) else text or OWN.get(str(source), ("text",))
    return split_up(read_rows(path, (*names, label)), names, label, path.name)


def tricky_reviews() -> LabeledTexts:
    """Return 840 more reviews to test on, most of them of the hard kinds.

    Example: `len(tricky_reviews())` is `840`.
    """
    path = DATA / "tricky_reviews.tsv"
    return gather(read_rows(path, ("text", "label")), ("text",), "label", ("negative", "positive"))


def split_up(rows: list[Row], text: tuple[str, ...], label: str, name: str) -> dict[str, LabeledTexts]:
    """Sort rows into splits and check them. Example: `split_up(rows, ("text",), "label", "reviews.tsv")["test"]`."""
    check_rows(rows, (*text, label), name, lambda row: compared(row, text))
    rows = deal_out(rows, text, label) if "split" not in rows[0].values else hold_out(rows, text, label)
    train = [row for row in rows if row.values["split"] == "train"]
    names = tuple(sorted({row.values[label] for row in train}))
    if not names:
        raise DataError(f"{name}: no text is in the training split: write 'train' into the column 'split' of some")
    if len(names) < 2:
        raise DataError(f"{name}: all texts of the training split have the label {names[0]!r}: a classifier needs two")
    for row in rows:
        if row.values[label] not in names:
            raise DataError(
                f"{name}, line {row.line}: the label {row.values[label]!r} does not occur in the training split, which "
                f"has {', '.join(map(repr, names))}: correct it, or add training texts with this label"
            )
    return {
        split: gather([row for row in rows if row.values["split"] == split], text, label, names) for split in SPLITS
    }


def check_rows(
    rows: list[Row],
    filled: tuple[str, ...],
    name: str,
    key: Callable[[Row], Hashable],
    called: str = "text",
    check_row: Callable[[Row, str], None] = lambda row, where: None,
) -> None:
    """Refuse empty columns, unknown splits, and what stands in two splits.

    Example: `check_rows(rows, ("text", "label"), "reviews.tsv", lambda row: compared(row, ("text",)))`

    Args:
        filled: the columns that must not be empty.
        name: of the file.
        key: what must not be trained on and tested on, and what that is `called`.
        check_row: what else is to be refused of a row, given where it stands.

    Raises:
        DataError: the message names the line and what to do.
    """
    seen: dict[Hashable, Row] = {}
    for row in rows:
        where = f"{name}, line {row.line}"
        for column in filled:
            if not row.values[column].strip():
                raise DataError(f"{where}: the column {column!r} is empty: fill it in, or remove the line")
        split = row.values.get("split", "")
        if "split" in row.values and split not in SPLITS:
            raise DataError(f"{where}: the split {split!r} is none of {', '.join(SPLITS)}")
        check_row(row, where)
        first = seen.setdefault(key(row), row)
        if first.values.get("split", "") != split:
            raise DataError(
                f"{where}: the same {called} stands in line {first.line}, in the split {first.values['split']!r}: what "
                "is tested on must not be trained on, so remove one of them"
            )


def compared(row: Row, text: tuple[str, ...]) -> tuple[str, ...]:
    """Return what two rows with the same text have in common: small letters, single spaces.

    Example: `compared(Row(2, {"text": " So  GOOD"}), ("text",))` is `("so good",)`.
    """
    return tuple(" ".join(row.values[column].casefold().split()) for column in text)


def deal_out(rows: list[Row], text: tuple[str, ...], label: str, seed: int = 0) -> list[Row]:
    """Give every row a split, 70 : 10 : 20 within each label; rows with the same text all go where its first goes.

    Example: `deal_out(rows, ("text",), "label")[0].values["split"]`
    """
    shuffled = sorted(rows, key=lambda row: row.line)
    random.Random(seed).shuffle(shuffled)
    same: dict[tuple[str, ...], list[Row]] = {}
    for row in shuffled:
        same.setdefault(compared(row, text), []).append(row)
    dealt: list[Row] = []
    for value in sorted({row.values[label] for row in rows}):
        groups = [group for group in same.values() if group[0].values[label] == value]
        for place, group in enumerate(groups):
            share = place / len(groups)
            split = SPLITS[(share >= 0.7) + (share >= 0.8)]
            dealt += [Row(row.line, {**row.values, "split": split}) for row in group]
    return sorted(dealt, key=lambda row: row.line)


def hold_out(rows: list[Row], text: tuple[str, ...], label: str) -> list[Row]:
    """Where no row is for validation, give it a tenth of the training split.

    Example: `hold_out(rows, ("text",), "label")`

    Everything else stays as it is.
    """
    if any(row.values["split"] == "validation" for row in rows):
        return rows
    train = [row for row in rows if row.values["split"] == "train"]
    dealt = {row.line: row for row in deal_out(train, text, label)}
    validation = {line for line, row in dealt.items() if row.values["split"] == "validation"}
    return [Row(row.line, {**row.values, "split": "validation"}) if row.line in validation else row for row in rows]


def gather(rows: list[Row], text: tuple[str, ...], label: str, names: tuple[str, ...]) -> LabeledTexts:
    """Turn the rows of one split into labeled texts. Example: `gather(rows, ("text",), "label", ("no", "yes"))`."""
    texts = [tuple(row.values[column] for column in text) for row in rows]
    others = [column for column in rows[0].values if column not in (*text, label, "split")] if rows else []
    return LabeledTexts(
        texts=tuple(pair[0] if len(pair) == 1 else (pair[0], pair[1]) for pair in texts),
        labels=tuple(names.index(row.values[label]) for row in rows),
        names=names,
        columns={column: tuple(row.values[column] for row in rows) for column in others},
    )


def read_sst2() -> list[Row]:
    """Download SST-2 through the library `datasets`; its validation split, the only labeled other one, is the test.

    Example: `read_sst2()[0].values["sentence"]`
    """
    try:
        from datasets import load_dataset  # large: only who asks for it needs it, and the network
    except ModuleNotFoundError as error:
        raise DataError(
            "SST-2 is read by the library datasets: install it with python -m pip install datasets"
        ) from error

    found = load_dataset("stanfordnlp/sst2")
    splits = {"train": "train", "validation": "test"}
    rows = [(splits[split], row) for split in splits for row in found[split]]
    names = ("negative", "positive")
    return [
        Row(line, {"sentence": row["sentence"].strip(), "label": names[row["label"]], "split": split})
        for line, (split, row) in enumerate(rows, 1)
    ]
