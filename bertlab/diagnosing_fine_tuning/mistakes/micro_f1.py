"""What goes wrong when decisions are pooled over labels and texts. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def averages_the_labels(predicted: Tensor, labels: Tensor) -> float:
    """That is macro F1: the F1 of each label, and of these the mean. For micro F1 pool the counts of all labels first,
    and divide once, so that a frequent label weighs more."""
    return _mean_f1(predicted.T, labels.T)


def averages_the_texts(predicted: Tensor, labels: Tensor) -> float:
    """You take the F1 of each text, and of these the mean, so that a text with few labels weighs as much as one with
    many. Pool the counts of all texts first, and divide once."""
    return _mean_f1(predicted, labels)


def counts_agreements(predicted: Tensor, labels: Tensor) -> float:
    """That is the share of single decisions that are right, those among them where a text neither has a label nor gets
    it. F1 leaves these out, and counts only true positives, false alarms and misses."""
    return (predicted == labels).double().mean().item()


def wants_all_labels_right(predicted: Tensor, labels: Tensor) -> float:
    """That is the share of texts with all their labels right, which is 0 for a text with a single slip. Count single
    decisions, not whole texts."""
    return (predicted == labels).all(dim=1).double().mean().item()


def leaves_out_misses(predicted: Tensor, labels: Tensor) -> float:
    """That is the precision: of the labels that were given, how many are right. F1 counts misses as well, labels that a
    text has and did not get."""
    right, alarms, _ = _counts(predicted, labels)
    return _share(right, right + alarms)


def leaves_out_false_alarms(predicted: Tensor, labels: Tensor) -> float:
    """That is the recall: of the labels that texts have, how many were found. F1 counts false alarms as well, labels
    that a text got and does not have."""
    right, _, misses = _counts(predicted, labels)
    return _share(right, right + misses)


def counts_true_positives_once(predicted: Tensor, labels: Tensor) -> float:
    """That is TP / (TP + FP + FN), which is lower than F1 (its name is the Jaccard index). In F1 true positives count
    twice, above and below: 2TP / (2TP + FP + FN)."""
    right, alarms, misses = _counts(predicted, labels)
    return _share(right, right + alarms + misses)


def divides_nothing_by_nothing(predicted: Tensor, labels: Tensor) -> float:
    """Right wherever there is something to count. If no text has a label and none gets one, you divide 0 by 0, which is
    nan for tensors: return 0.0 then."""
    right, alarms, misses = _counts(predicted, labels)
    return _share(2 * right, 2 * right + alarms + misses, nothing=float("nan"))


def _counts(predicted: Tensor, labels: Tensor) -> tuple[int, int, int]:
    """Return the number of true positives, of false alarms and of misses."""
    given, real = predicted == 1, labels == 1
    return int((given & real).sum()), int((given & ~real).sum()), int((~given & real).sum())


def _mean_f1(predicted: Tensor, labels: Tensor) -> float:
    """Return the mean F1 of rows."""
    counts = [_counts(*pair) for pair in zip(predicted, labels, strict=True)]
    return sum(_share(2 * right, 2 * right + alarms + misses) for right, alarms, misses in counts) / len(counts)


def _share(part: int, whole: int, nothing: float = 0.0) -> float:
    return part / whole if whole else nothing
