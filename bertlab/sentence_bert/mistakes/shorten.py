"""What goes wrong when the first dimensions are to serve alone. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def scales_before_the_cut(vectors: Tensor, dim: int) -> Tensor:
    """You divide by the length of the *whole* vector, so that what is left is shorter than 1, by as much as was in the
    rest: a dot product is no cosine then. Cut first, and divide by the length of what is left."""
    return _rows(vectors)[:, :dim]


def takes_the_last_dimensions(vectors: Tensor, dim: int) -> Tensor:
    """You keep the last dimensions. Matryoshka trains the *first* ones to serve alone: they hold what matters most, and
    the last ones were only ever used with all others."""
    return _rows(vectors[:, -dim:])


def leaves_the_lengths(vectors: Tensor, dim: int) -> Tensor:
    """Your vectors are cut, but have whatever length was left: a dot product would then like some texts better than
    others. Divide each by its length, once it is cut."""
    return vectors[:, :dim]


def scales_the_columns(vectors: Tensor, dim: int) -> Tensor:
    """You divide each dimension by its norm over all vectors: then the columns have length 1, and what becomes of a
    vector depends on the others. The length is that of one vector: `dim=1`, each row by itself."""
    return vectors[:, :dim] / vectors[:, :dim].norm(dim=0)


def sets_the_rest_to_0(vectors: Tensor, dim: int) -> Tensor:
    """Yours have the right directions and lengths, but are as wide as before: zeros stand where nothing should be, and
    an index would store them all. Cut them off."""
    return _rows(vectors * (torch.arange(vectors.shape[1]) < dim))


def divides_columns_by_norms_of_rows(vectors: Tensor, dim: int) -> Tensor:
    """Your norms are right, one for each vector, but they are lined up with the columns: (batch, dim) divided by
    (batch,) fits only by chance, and then divides wrongly. `norm(dim=1, keepdim=True)` is a number for each row."""
    return vectors[:, :dim] / vectors[:, :dim].norm(dim=1)


def takes_one_norm_for_all(vectors: Tensor, dim: int) -> Tensor:
    """You divide all vectors by the same number, the norm of the matrix as a whole, so that long ones are still longer
    than the others. Each vector has a length of its own."""
    return vectors[:, :dim] / vectors[:, :dim].norm()


def keeps_the_first_vectors(vectors: Tensor, dim: int) -> Tensor:
    """You keep the first *vectors*, with all of their dimensions: `[:dim]` cuts rows. All vectors stay, and of each the
    first dimensions: `[:, :dim]`."""
    return _rows(vectors[:dim])


def _rows(vectors: Tensor) -> Tensor:
    """Give each vector length 1."""
    return vectors / vectors.norm(dim=1, keepdim=True)
