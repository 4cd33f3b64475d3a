"""Which objective fits the data: what a row holds decides, before any experiment does."""

from collections.abc import Sequence
from typing import NamedTuple

Label = str | int | float | bool


class Objective(NamedTuple):
    """The name of a loss of this room, and why it fits. Example: `choose_objective(2).name` is `"ranking_loss"`."""

    name: str
    reason: str


CHOICES = {
    (1, "none"): Objective("simcse_loss", "a text alone has no positive but itself, through another dropout mask"),
    (1, "binary"): Objective("triplet_loss", "texts of one class are positives, one of another class is a negative"),
    (1, "class"): Objective("triplet_loss", "texts of one class are positives, one of another class is a negative"),
    (2, "none"): Objective("ranking_loss", "each pair belongs together: the positives of others are the negatives"),
    (2, "binary"): Objective(
        "contrastive_loss", "a pair belongs together or does not: pull it together, or push it apart"
    ),
    (2, "class"): Objective("PairClassifier", "classes have no order: a softmax over (u, v, |u - v|) tells them apart"),
    (2, "score"): Objective("cosent_loss", "scores have an order, and Spearman's correlation measures just that"),
    (3, "none"): Objective("ranking_loss", "hard negatives join those of the batch, and each anchor sees them all"),
}


def kind_of_labels(labels: Sequence[Label]) -> str:
    """Return "none", "binary", "class" or "score".

    Example: `kind_of_labels([1, 0, 1])` is `"binary"`, `kind_of_labels(["neutral", "entailment"])` is `"class"`,
    `kind_of_labels([4.5, 1.0])` is `"score"`.

    Whole numbers are classes, unless they are 0 and 1: write scores as floats. ValueError if strings and numbers mix.
    """
    if not labels:
        return "none"
    if len({isinstance(label, str) for label in labels}) > 1:
        raise ValueError("some labels are strings and some are numbers: convert them to one kind")
    if any(isinstance(label, float) for label in labels):
        return "score"
    return "binary" if set(labels) <= {0, 1} else "class"


def choose_objective(texts: int, labels: Sequence[Label] = ()) -> Objective:
    """Return the objective for rows with so many texts and these labels.

    Example: `choose_objective(2, [4.5, 0.0]).name` is `"cosent_loss"`, `choose_objective(3).name` is `"ranking_loss"`.

    Args:
        texts: how many texts a row has: one; a pair; an anchor, a positive and one or more negatives.
        labels: those of the rows, or of some of them; empty if there are none.

    Raises:
        ValueError: there is no objective for such rows; the message says what to make of them.
    """
    kind = kind_of_labels(labels)
    if texts < 1:
        raise ValueError("a row needs at least one text")
    if texts >= 3 and kind != "none":
        raise ValueError(
            f"rows of {texts} texts with labels fit no objective here: make pairs of them, each with its own label, or "
            "leave the labels out if the second text is the positive and the others are negatives"
        )
    if (texts, kind) == (1, "score"):
        raise ValueError("a score of one text says nothing about similarity: make classes of it, or pairs")
    if texts == 2 and kind == "binary" and all(labels):
        return CHOICES[2, "none"]  # all belong together: there is nothing to push apart
    return CHOICES[min(texts, 3), kind]
