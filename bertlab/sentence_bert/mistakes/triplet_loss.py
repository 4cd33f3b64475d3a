"""What goes wrong when a positive is to lie nearer than a negative. See `bertlab.exercises.mistakes`."""

from torch import Tensor
from torch.nn.functional import cosine_similarity


def squares_the_distances(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Yours are squared distances: the root is missing. That is another loss, whose margin means something else, and
    which far texts dominate. A Euclidean distance is the root of the sum of squares."""
    return _mean_hinge(_distance(anchor, positive) ** 2 - _distance(anchor, negative) ** 2 + margin)


def lets_the_loss_go_below_0(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """The max(0, …) is missing: a triplet that is right by more than the margin counts as negative in yours, makes up
    for those that are wrong, and pushes its negative away for ever. Such a triplet is to cost 0."""
    return (_distance(anchor, positive) - _distance(anchor, negative) + margin).mean()


def cuts_off_after_the_mean(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """You take the mean first and max(0, …) of that, so that triplets that are right by far make up for wrong ones, and
    these are not trained any more. Cut off each triplet at 0, then take the mean."""
    return (_distance(anchor, positive) - _distance(anchor, negative) + margin).mean().clamp(min=0)


def swaps_positive_and_negative(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Yours is largest where the positive is near and the negative far: it pulls negatives closer. The distance to the
    positive is what costs, that to the negative is taken off."""
    return _mean_hinge(_distance(anchor, negative) - _distance(anchor, positive) + margin)


def takes_the_cosine_distance(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Your distances are 1 − cosine: they see directions only and never exceed 2, however far apart two vectors lie, so
    that another margin would fit. Asked for was the Euclidean distance, the length of the difference."""
    return _mean_hinge(cosine_similarity(anchor, negative) - cosine_similarity(anchor, positive) + margin)


def subtracts_the_margin(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """You take the margin off, so that a negative may even lie nearer than the positive, by as much as the margin,
    before it costs anything. It is added: the negative has to be farther by at least that much."""
    return _mean_hinge(_distance(anchor, positive) - _distance(anchor, negative) - margin)


def takes_one_distance_for_all(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Your distance is one number for the whole batch: all rows went into one norm. Which triplet is right cannot be
    seen from it. Take the norm within each row, `dim=1`, which gives a distance for each triplet."""
    return _mean_hinge((anchor - positive).norm() - (anchor - negative).norm() + margin)


def adds_up_the_triplets(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """That is the sum over the triplets, which grows with the batch, and its gradient with it. Asked for was the mean,
    in which triplets that cost 0 are counted too."""
    return (_distance(anchor, positive) - _distance(anchor, negative) + margin).clamp(min=0).sum()


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).norm(dim=1)


def _mean_hinge(values: Tensor) -> Tensor:
    return values.clamp(min=0).mean()
