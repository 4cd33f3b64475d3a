"""What goes wrong when two orders are compared. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def correlates_the_values(x: Tensor, y: Tensor) -> float:
    """That is Pearson's correlation of the values themselves: one outlier can decide it, and it asks for a straight
    line. Spearman's only asks for the order: put ranks in the place of values first."""
    return _pearson(x, y)


def sorts_once(x: Tensor, y: Tensor) -> float:
    """What you correlate are no ranks. Sorting once tells *where* the smallest value stands, then the second smallest,
    and so on. A rank is the reverse: for each value, its place in the order."""
    return _pearson(x.argsort(stable=True), y.argsort(stable=True))


def breaks_ties_by_position(x: Tensor, y: Tensor) -> float:
    """Right where no two values are equal. Equal ones get different ranks from you, by where they stand: shuffle the
    pairs, and the result changes. They share the mean of the ranks that they take up: 1, 2.5, 2.5, 4."""
    return _pearson(*(values.argsort(stable=True).argsort() for values in (x, y)))


def gives_ties_the_lowest_rank(x: Tensor, y: Tensor) -> float:
    """Right where no two values are equal. Equal ones share a rank in yours, but the lowest of those that they take up,
    as in sports: 1, 2, 2, 4. Asked for was the mean of these: 1, 2.5, 2.5, 4."""
    return _pearson(*((values[:, None] > values).sum(dim=1) for values in (x, y)))


def counts_different_values(x: Tensor, y: Tensor) -> float:
    """Right where no two values are equal. Equal ones share a rank in yours, but they take up only one: 1, 2, 2, 3. The
    next rank is then too low. They share the mean of as many ranks as they are: 1, 2.5, 2.5, 4."""
    return _pearson(*(values.unique(return_inverse=True)[1] for values in (x, y)))


def uses_the_short_formula(x: Tensor, y: Tensor) -> float:
    """Right where no two values are equal, and only there: 1 − 6Σd² / (n(n² − 1)) takes it for granted that the ranks
    are 1 to n. Human scores are full of ties: take Pearson's correlation of the ranks."""
    squares = ((_ranks(x) - _ranks(y)) ** 2).sum().item()
    return 1 - 6 * squares / (len(x) * (len(x) ** 2 - 1))


def forgets_the_mean(x: Tensor, y: Tensor) -> float:
    """That is the cosine of the ranks. As all ranks are positive, it is above 0 for any two orders, even for opposite
    ones. A correlation first takes off the mean of each side."""
    x, y = _ranks(x), _ranks(y)
    return (x @ y / (x.norm() * y.norm())).item()


def mixes_n_and_one_less(x: Tensor, y: Tensor) -> float:
    """Too near to 0 by the factor (n − 1)/n, so that equal orders do not give 1: your covariance is a mean over n, and
    `std()` divides by n − 1. Either will do, but the same for both: `std(correction=0)` goes with `mean()`."""
    return _pearson(_ranks(x), _ranks(y)) * (len(x) - 1) / len(x)


def _ranks(values: Tensor) -> Tensor:
    """Rank from 1, ties by the mean of their ranks."""
    below, equal = (values[:, None] > values).sum(dim=1), (values[:, None] == values).sum(dim=1)
    return below.double() + (equal + 1) / 2


def _pearson(x: Tensor, y: Tensor) -> float:
    return torch.corrcoef(torch.stack([x.double(), y.double()]))[0, 1].item()
