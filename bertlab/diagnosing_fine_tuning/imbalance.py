"""A rare class: what accuracy hides and precision, recall, F1 and average precision show; and two ways to answer it.

As scikit-learn defines them, ties and empty classes included.
"""

import random
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from sklearn.metrics import accuracy_score, average_precision_score, f1_score
from sklearn.metrics import precision_recall_curve as sklearn_curve
from torch import Tensor

from bertlab.fine_tuning.labeled import LabeledTexts


class ClassScores(NamedTuple):
    """How well one class is found; `texts` have it as their label. Example: `ClassScores(1.0, 0.5, 2 / 3, 4)`."""

    precision: float
    recall: float
    f1: float
    texts: int


def share(part: int, whole: int) -> float:
    """Return part / whole, and 0 of nothing, as scikit-learn has it. Example: `share(0, 0)` is `0.0`."""
    return part / whole if whole else 0.0


def class_scores(predicted: Int[Tensor, " texts"], labels: Int[Tensor, " texts"], of: int) -> ClassScores:
    """Return precision, recall and F1 of one class.

    Example: `class_scores(torch.tensor([1, 1, 0]), torch.tensor([1, 0, 0]), of=1)` is `(0.5, 1.0, 2 / 3, 1)`.

    Precision: how many of those called so are so. Recall: how many of those that are so are called so. F1: their
    harmonic mean. What would be a share of nothing is 0: precision if nothing is called so, recall if nothing is so.
    """
    called, real = predicted == of, labels == of
    right, called_so, so = int((called & real).sum()), int(called.sum()), int(real.sum())
    return ClassScores(share(right, called_so), share(right, so), share(2 * right, called_so + so), so)


def macro_f1(predicted: Int[Tensor, " texts"], labels: Int[Tensor, " texts"]) -> float:
    """Return the mean F1 of the classes, so that a rare one counts as much as a frequent one.

    Example: `macro_f1(torch.tensor([0, 0, 0, 0]), torch.tensor([0, 0, 0, 1]))` is `3 / 7`.

    Classes are those that occur among the labels or the predictions; there must be a text.
    """
    classes = torch.cat([predicted, labels]).unique().tolist()
    return sum(class_scores(predicted, labels, number).f1 for number in classes) / len(classes)


def micro_f1(predicted: Int[Tensor, " texts"], labels: Int[Tensor, " texts"]) -> float:
    """Return the F1 of all decisions counted together. Example: as for `macro_f1`, but `0.75`.

    Each text has one label and gets one, so a wrong one is a false alarm for one class and a miss for another: this F1
    is the accuracy by another name.
    """
    right = int((predicted == labels).sum())
    return share(2 * right, len(predicted) + len(labels))


class Curve(NamedTuple):
    """What is found as the threshold falls: (thresholds,) each; a text is called positive from the threshold upwards.

    Example: `precision_recall_curve(torch.tensor([0.9, 0.2]), torch.tensor([1, 0])).precision` is `[1.0, 0.5]`.
    """

    thresholds: Float[Tensor, " thresholds"]
    right: Int[Tensor, " thresholds"]
    called: Int[Tensor, " thresholds"]
    positives: int

    @property
    def precision(self) -> Tensor:
        """The share of positives among the texts called positive."""
        return self.right.double() / self.called

    @property
    def recall(self) -> Tensor:
        """The share of the positives that are called so; 1 if there are none, as scikit-learn has it."""
        return self.right.double() / self.positives if self.positives else torch.ones(len(self.right)).double()


Positives = Bool[Tensor, " texts"] | Int[Tensor, " texts"]
"""True, or 1, for the class in question; False, or 0, for any other."""


def precision_recall_curve(scores: Float[Tensor, " texts"], labels: Positives) -> Curve:
    """Count what is found at each threshold, highest first. Example: `precision_recall_curve(scores, labels).recall`.

    Texts with the same score pass the same threshold together. ValueError for no texts, or a score that is no number.
    """
    if not len(scores) or scores.isnan().any():
        raise ValueError("a curve needs texts, and a number as the score of each: look for nan among the scores")
    order = scores.argsort(descending=True)
    ordered = scores[order]
    last_of_its_score = torch.cat([ordered[1:] != ordered[:-1], torch.tensor([True])])
    right = labels[order].long().cumsum(0)
    called = torch.arange(1, len(scores) + 1)
    ordered, right, called = (values[last_of_its_score] for values in (ordered, right, called))
    return Curve(ordered, right, called, int(labels.sum()))


def average_precision(scores: Float[Tensor, " texts"], labels: Positives) -> float:
    """Return the area under the precision-recall curve, as steps: Σ (Rₙ − Rₙ₋₁) Pₙ.

    Example: `average_precision(torch.tensor([0.9, 0.8, 0.1]), torch.tensor([1, 0, 1]))` is `5 / 6`.

    Scores that say nothing get the share of positives, not 0.5 as with ROC. Without positives it is 0. ValueError as
    for `precision_recall_curve`.
    """
    curve = precision_recall_curve(scores, labels)
    return (curve.precision * curve.recall.diff(prepend=torch.zeros(1).double())).sum().item()


def best_threshold(scores: Float[Tensor, " texts"], labels: Positives) -> float:
    """Return the score from which on to call a text positive, so that F1 is highest; the lowest, if several are.

    Example: `best_threshold(torch.tensor([0.25, 0.125, 0.0]), torch.tensor([1, 1, 0]))` is `0.125`.

    Choose it on the validation split: on the test split it would be part of the training. ValueError as for
    `precision_recall_curve`, and if there are no positives.
    """
    curve = precision_recall_curve(scores, labels)
    if not curve.positives:
        raise ValueError("without positives every threshold has an F1 of 0: give texts that have the class in question")
    f1 = 2 * curve.right.double() / (curve.called + curve.positives)
    return curve.thresholds[f1 == f1.max()][-1].item()


def class_weights(labels: Int[Tensor, " texts"], classes: int) -> Float[Tensor, " classes"]:
    """Return the "balanced" weights for `cross_entropy`, with which each class counts as much in total.

    Example: `class_weights(torch.tensor([0, 1, 0]), classes=2)` is `[0.75, 1.5]`.

    texts / (classes · texts of the class). ValueError for a class without texts, or a label that is no class.
    """
    counts = labels.bincount(minlength=classes)
    if len(counts) != classes or not counts.all():
        raise ValueError(f"each of the {classes} classes needs a text, and each text one of them: {counts.tolist()}")
    return len(labels) / (classes * counts)


def imbalanced(data: LabeledTexts, ratio: int = 20, seed: int = 0, rare: int = 1) -> LabeledTexts:
    """Thin out one class until there are `ratio` other texts to each of its own.

    Example: `imbalanced(load_labeled("reviews")["train"], ratio=20, seed=0)`

    All other texts stay, and so does the order. At least one of the class is left. ValueError if it is that rare
    already, or the ratio is below 1.
    """
    own = [number for number, label in enumerate(data.labels) if label == rare]
    wanted = max(1, round((len(data) - len(own)) / ratio)) if ratio >= 1 else 0
    if not 1 <= wanted <= len(own):
        raise ValueError(
            f"{len(own)} of {len(data)} texts have the label {rare}, which a ratio of {ratio} does not thin out: "
            "give a higher one"
        )
    kept = set(random.Random(seed).sample(own, len(own))[:wanted])
    return data.pick(number for number, label in enumerate(data.labels) if label != rare or number in kept)


def scores_of_rare(
    validation_scores: np.ndarray,
    validation_labels: np.ndarray,
    scores: np.ndarray,
    labels: np.ndarray,
    ratio: int = 20,
) -> dict[str, float]:
    """Score the rare class, 1, on test texts that are weighted as if there were `ratio` others to each of its own.

    Example: `scores_of_rare(val_scores, val_labels, test_scores, test_labels)["average precision"]`

    All held-out texts count, where thinning out would leave a handful. "F1, threshold chosen" is that of the threshold
    with the highest F1 on validation, at the same weights.
    """

    def weights(of: np.ndarray) -> np.ndarray:
        return np.where(of == 1, (of == 0).sum() / ratio / max(1, (of == 1).sum()), 1.0)

    def f1_from(threshold: float) -> float:
        return f1_score(labels, scores >= threshold, sample_weight=weights(labels), zero_division=0.0)

    precision, recall, thresholds = sklearn_curve(
        validation_labels, validation_scores, sample_weight=weights(validation_labels)
    )
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    chosen = float(thresholds[f1[:-1].argmax()])
    return {
        "accuracy": accuracy_score(labels, scores >= 0.5, sample_weight=weights(labels)),
        "F1": f1_from(0.5),
        "average precision": average_precision_score(labels, scores, sample_weight=weights(labels)),
        "threshold chosen": chosen,
        "F1, threshold chosen": f1_from(chosen),
    }
