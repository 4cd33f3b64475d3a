"""What goes wrong when vectors are compared each with each. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def takes_the_dot_product(a: Tensor, b: Tensor) -> Tensor:
    """That is the dot product, which grows with the lengths of both vectors: a long one seems similar to everything.
    For the cosine each vector is first divided by its own length."""
    return a @ b.T


def leaves_lengths_in_b(a: Tensor, b: Tensor) -> Tensor:
    """The vectors of `b` still have their lengths, and so the longest of them wins too often. For a cosine both sides
    are divided by their lengths."""
    return _rows(a) @ b.T


def leaves_lengths_in_a(a: Tensor, b: Tensor) -> Tensor:
    """The vectors of `a` still have their lengths. Within a row of the result the order is right, but the numbers are
    no cosines, and no two rows can be compared: divide both sides by their lengths."""
    return a @ _rows(b).T


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


def takes_the_distance(a: Tensor, b: Tensor) -> Tensor:
    """That is the Euclidean distance, which is 0 for equal vectors and depends on their lengths. A cosine looks at the
    angle only: 1 for the same direction, 0 for a right angle, -1 for the opposite."""
    return (a[:, None] - b).norm(dim=-1)


def compares_pairs_only(a: Tensor, b: Tensor) -> Tensor:
    """You compare the first of `a` with the first of `b`, the second with the second, and so on. Each of `a` is to be
    compared with each of `b`: the result has a row for each of `a`, a column for each of `b`."""
    return (_rows(a) * _rows(b)).sum(dim=-1)


def _squares(vectors: Tensor) -> Tensor:
    return (vectors * vectors).sum(dim=-1, keepdim=True)


def _rows(vectors: Tensor) -> Tensor:
    """Give each vector length 1."""
    return vectors / _squares(vectors).sqrt()
