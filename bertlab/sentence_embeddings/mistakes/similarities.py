"""What goes wrong when vectors are compared each with each. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def takes_the_dot_product(a: Tensor, b: Tensor) -> Tensor:
    """That is the dot product, which grows with the lengths of both vectors: a long one seems similar to everything.
    For the cosine each vector is first divided by its own length."""
    return a @ b.T


def divides_columns_by_norms_of_rows(a: Tensor, b: Tensor) -> Tensor:
    """Your norms are right, one for each vector, but they are lined up with the columns: (m, hidden) divided by (m,)
    fits only by chance, and then divides wrongly. `norm(dim=1, keepdim=True)` is (m, 1), a number for each row."""
    return (a / a.norm(dim=1)) @ (b / b.norm(dim=1)).T


def divides_by_norms_of_other_rows(a: Tensor, b: Tensor) -> Tensor:
    """You divide the (m, n) dot products by the norms of `a` as if they belonged to the columns, which fits only by
    chance. The rows are those of `a`: its norms are to be (m, 1), by `keepdim=True`; those of `b` are right as (n,)."""
    return a @ b.T / (a.norm(dim=1) * b.norm(dim=1))


def leaves_lengths_in_b(a: Tensor, b: Tensor) -> Tensor:
    """The vectors of `b` still have their lengths, and so the longest of them wins too often. For a cosine both sides
    are divided by their lengths."""
    return _rows(a) @ b.T


def normalizes_the_columns(a: Tensor, b: Tensor) -> Tensor:
    """You divide each dimension by its norm over all vectors, so that two vectors are more or less alike depending on
    which others come with them. A length is that of one vector: the norm over its own values."""
    return (a / a.norm(dim=0)) @ (b / b.norm(dim=0)).T


def takes_one_norm_for_all(a: Tensor, b: Tensor) -> Tensor:
    """You divide all vectors of a matrix by the same number, its norm as a whole, so that long vectors are still longer
    than the others. Each vector has a length of its own."""
    return (a / a.norm()) @ (b / b.norm()).T


def divides_by_squared_lengths(a: Tensor, b: Tensor) -> Tensor:
    """You divide by the sums of squares, so that now short vectors win: one of length 2 comes out half as similar as it
    is. A length is the *root* of that sum."""
    return (a / _squares(a)) @ (b / _squares(b)).T


def compares_pairs_only(a: Tensor, b: Tensor) -> Tensor:
    """You compare the first of `a` with the first of `b`, the second with the second, and so on. Each of `a` is to be
    compared with each of `b`: the result has a row for each of `a`, a column for each of `b`."""
    return (_rows(a) * _rows(b)).sum(dim=-1)


def _squares(vectors: Tensor) -> Tensor:
    return (vectors * vectors).sum(dim=-1, keepdim=True)


def _rows(vectors: Tensor) -> Tensor:
    """Give each vector length 1."""
    return vectors / _squares(vectors).sqrt()
