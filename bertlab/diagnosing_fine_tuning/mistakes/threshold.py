"""What goes wrong when a threshold is chosen on one split and tried on another. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable
from operator import ge, gt

from torch import Tensor, cat

Answer = tuple[float, float]


def tunes_on_the_test_set(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """Your threshold is the best one for the test texts, so that their F1 is better than new texts will ever see.
    Choose with the validation scores and labels alone."""
    threshold = _best(test_scores, test_labels)
    return threshold, _f1(test_scores >= threshold, test_labels)


def tunes_on_both_splits(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """You choose the threshold on the texts of both splits together, and so partly on those that are to test it. Choose
    with the validation scores and labels alone."""
    threshold = _best(cat([validation_scores, test_scores]), cat([validation_labels, test_labels]))
    return threshold, _f1(test_scores >= threshold, test_labels)


def reports_the_validation_f1(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """Your threshold is right, but the F1 is that of validation, where this threshold was chosen for being best. Report
    what it reaches on the test texts."""
    threshold = _best(validation_scores, validation_labels)
    return threshold, _f1(validation_scores >= threshold, validation_labels)


def calls_positive_only_above(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """You call a text positive only *above* the threshold, and so lose the very text whose score is the threshold:
    `scores >= threshold`, in both splits."""
    threshold = _best(validation_scores, validation_labels, calls=gt)
    return threshold, _f1(test_scores > threshold, test_labels)


def takes_one_half(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """Your threshold is always 0.5, the one that `argmax` has. Try each of the validation scores as a threshold, and
    take the one with the highest F1."""
    return 0.5, _f1(test_scores >= 0.5, test_labels)


def takes_the_highest_accuracy(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """Your threshold has the highest accuracy, which with a rare class is easily had by finding few of its texts.
    Compare thresholds by the F1 of the rare class."""
    threshold = _best(validation_scores, validation_labels, value=_accuracy)
    return threshold, _f1(test_scores >= threshold, test_labels)


def takes_the_highest_of_several(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """Where several thresholds share the highest F1 you take the highest of them; the lowest was asked for. Go through
    them in rising order, and replace the best only by a better one."""
    threshold = -_best(-validation_scores, validation_labels, calls=lambda scores, edge: scores <= edge)
    return threshold, _f1(test_scores >= threshold, test_labels)


def tries_a_grid(
    validation_scores: Tensor, validation_labels: Tensor, test_scores: Tensor, test_labels: Tensor
) -> Answer:
    """Your thresholds are 0.00, 0.01, 0.02 and so on. Between two scores all do the same, and a step may jump over what
    lies within it: try the validation scores themselves, which are all that can make a difference."""
    hundredths = [number / 100 for number in range(101)]
    threshold = max(hundredths, key=lambda edge: _f1(validation_scores >= edge, validation_labels))
    return threshold, _f1(test_scores >= threshold, test_labels)


def _f1(called: Tensor, labels: Tensor) -> float:
    both = int(called.sum()) + int(labels.sum())
    return 2 * int((called & (labels == 1)).sum()) / both if both else 0.0


def _accuracy(called: Tensor, labels: Tensor) -> float:
    return (called == (labels == 1)).double().mean().item()


def _best(
    scores: Tensor,
    labels: Tensor,
    calls: Callable[[Tensor, float], Tensor] = ge,
    value: Callable[[Tensor, Tensor], float] = _f1,
) -> float:
    """Return the score with the highest value; the lowest, if several have it."""
    return max(scores.unique().tolist(), key=lambda edge: value(calls(scores, edge), labels))
