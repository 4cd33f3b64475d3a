"""What goes wrong when vectors are whitened by what others taught. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

import torch
from torch import Tensor


def takes_vectors_for_dimensions(fitted: Tensor, given: Tensor) -> Tensor:
    """Your covariance is one between the vectors, (n, n), and does not fit (others, hidden). `torch.cov` takes each row
    for a dimension: hand it `fitted.T`, and the covariance is (hidden, hidden)."""
    variances, directions = torch.linalg.eigh(torch.cov(fitted))
    return _centered(given, fitted) @ (directions * torch.rsqrt(variances) @ directions.T)


def learns_from_given(fitted: Tensor, given: Tensor) -> Tensor:
    """Mean and covariance are those of `given` in yours. Then what becomes of a vector depends on which others are
    whitened with it, and one alone could not be whitened at all. Learn both from `fitted`."""
    return _centered(given, given) @ _matrix(given)


def takes_the_mean_of_given(fitted: Tensor, given: Tensor) -> Tensor:
    """The covariance is that of `fitted`, but the mean is that of `given`: what becomes of a vector depends on its
    neighbors again. Both are learned from `fitted`."""
    return _centered(given, given) @ _matrix(fitted)


def keeps_the_mean(fitted: Tensor, given: Tensor) -> Tensor:
    """You do not take the mean off `given`, so that all vectors still have in common what they had before, and any two
    of them a large cosine. Take off the mean of `fitted` first."""
    return given @ _matrix(fitted)


def divides_by_standard_deviations(fitted: Tensor, given: Tensor) -> Tensor:
    """You divide each dimension by its own standard deviation. All have variance 1 then, but they still correlate, and
    what two dimensions share counts twice. Whitening goes along the eigenvectors of the covariance."""
    return _centered(given, fitted) / fitted.std(dim=0)


def divides_by_variances(fitted: Tensor, given: Tensor) -> Tensor:
    """You divide by λ, which turns variance λ into 1/λ: what was widest is now narrowest. Values are divided by the
    *root* of their variance."""
    return _centered(given, fitted) @ _matrix(fitted, torch.reciprocal)


def leaves_out_the_way_back(fitted: Tensor, given: Tensor) -> Tensor:
    """Yours are white, and their cosines are right, but their axes are the eigenvectors, whose signs and order are
    arbitrary. Asked for was W = U · diag(1/√λ) · Uᵀ: the last step turns back to the axes that there were before."""
    variances, directions = torch.linalg.eigh(torch.cov(fitted.T))
    return _centered(given, fitted) @ directions / variances.sqrt()


def divides_by_n(fitted: Tensor, given: Tensor) -> Tensor:
    """All directions are right, but all vectors are too long by one factor, √(n/(n − 1)): your covariance divides by
    the n vectors of `fitted`. Asked for was n − 1, which is what `torch.cov` does."""
    return _centered(given, fitted) @ _matrix(fitted, correction=0)


def _centered(vectors: Tensor, fitted: Tensor) -> Tensor:
    return vectors - fitted.mean(dim=0)


def _matrix(fitted: Tensor, scale: Callable[[Tensor], Tensor] = torch.rsqrt, correction: int = 1) -> Tensor:
    """Return U · diag(scale(λ)) · Uᵀ."""
    variances, directions = torch.linalg.eigh(torch.cov(fitted.T, correction=correction))
    return directions * scale(variances) @ directions.T
