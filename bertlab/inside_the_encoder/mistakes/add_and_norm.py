"""What goes wrong when people add and normalize. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def normalizes_before_adding(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You normalize what was found, and then add. BERT adds first and normalizes the sum: post-LayerNorm."""
    return residual + _scale(found, weight, bias, eps)


def normalizes_the_residual(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You normalize the residual, and then add what was found. BERT adds first and normalizes the sum."""
    return found + _scale(residual, weight, bias, eps)


def leaves_out_the_residual(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You normalize what was found, and the residual is gone. Add the two first."""
    return _scale(found, weight, bias, eps)


def divides_by_one_less(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Your variance is divided by n - 1, which is what `var` and `std` of PyTorch do unless you say `correction=0`.
    LayerNorm divides by n."""
    return _scale(residual + found, weight, bias, eps, correction=1)


def adds_eps_to_the_deviation(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You add `eps` after the root. It is added to the variance, under the root: sqrt(variance + eps)."""
    centred = _centre(residual + found)
    return centred / (centred.std(dim=-1, correction=0, keepdim=True) + eps) * weight + bias


def divides_by_std_plus_eps(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You divide by `std(...) + eps`, as many a tutorial does. Two things are off: `eps` belongs under the root, to the
    variance; and PyTorch's `std` divides by n - 1 unless you say `correction=0`, where LayerNorm divides by n."""
    centred = _centre(residual + found)
    return centred / (centred.std(dim=-1, keepdim=True) + eps) * weight + bias


def forgets_eps(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You leave out `eps`. Where all numbers of a token are equal, the variance is 0, and 0 / 0 is NaN."""
    return _scale(residual + found, weight, bias, eps=0.0)


def forgets_the_root(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You divide by the variance. Divide by its square root, or the result depends on the scale that LayerNorm is there
    to take away."""
    centred = _centre(residual + found)
    return centred / (centred.var(dim=-1, correction=0, keepdim=True) + eps) * weight + bias


def normalizes_over_tokens(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Your mean and variance run over the tokens: each token would depend on its neighbours, and on the padding. Take
    them over the numbers of one token: `dim=-1`."""
    return _scale(residual + found, weight, bias, eps, dim=0)


def normalizes_over_everything(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You take one mean and one variance of the whole matrix. Each token has its own: `dim=-1, keepdim=True`."""
    return _scale(residual + found, weight, bias, eps, dim=(0, 1))


def forgets_weight_and_bias(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You normalize and stop. `weight` then scales each number, and `bias` shifts it: both were learned."""
    return _scale(residual + found, weight * 0 + 1, bias * 0, eps)


def forgets_the_weight(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You leave out `weight`: it scales each number, before `bias` shifts it."""
    return _scale(residual + found, weight * 0 + 1, bias, eps)


def forgets_the_bias(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You leave out `bias`: it is added at the end, after `weight` has scaled each number."""
    return _scale(residual + found, weight, bias * 0, eps)


def scales_the_bias(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """In your result `bias` is multiplied by `weight`, too. First scale, then shift: ... * weight + bias."""
    return _scale(residual + found, weight, bias * weight, eps)


def forgets_the_mean(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """You divide by the root of the variance, but do not take off the mean first. A token's numbers must have the mean
    0 before `weight` and `bias` come."""
    x = residual + found
    return x / (x.var(dim=-1, correction=0, keepdim=True) + eps).sqrt() * weight + bias


def takes_its_own_eps(found: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Your result does not depend on `eps`, as if you added a small number of your own. It is an argument, and may be
    large."""
    return _scale(residual + found, weight, bias, eps=1e-12)


def _scale(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, correction: int = 0, dim: int | tuple[int, int] = -1
) -> Tensor:
    """Normalize and scale, with the choices that LayerNorm makes, or others."""
    variance = x.var(dim=dim, correction=correction, keepdim=True)
    return (x - x.mean(dim=dim, keepdim=True)) / (variance + eps).sqrt() * weight + bias


def _centre(x: Tensor) -> Tensor:
    return x - x.mean(dim=-1, keepdim=True)
