"""How alike two vectors are: cosine, dot product, Euclidean distance; each with each, or pair by pair.

On unit vectors all three give the same ranking: a · b is the cosine, and ‖a - b‖² = 2 - 2 cos(a, b).
"""

from jaxtyping import Float
from torch import Tensor

First = Float[Tensor, "a hidden"]
Second = Float[Tensor, "b hidden"]
Each = Float[Tensor, "a b"]
Vectors = Float[Tensor, "pairs hidden"]
Pairs = Float[Tensor, " pairs"]
SMALLEST = 1e-12
"""No vector is divided by a norm below this."""


def normalize(vectors: Float[Tensor, "*rows hidden"]) -> Float[Tensor, "*rows hidden"]:
    """Scale each vector to length 1.

    Example: `normalize(torch.tensor([[0.0, 2.0], [0.0, 0.0]]))` is `[[0.0, 1.0], [0.0, 0.0]]`.

    A vector of zeros has no direction: it stays as it is, and so its cosine with anything is 0.
    """
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=SMALLEST)


def dot(a: First, b: Second) -> Each:
    """Return the dot product of each vector of `a` with each of `b`, which grows with their lengths.

    Example: `dot(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [3.0, 4.0]]))` is `[[1.0, 3.0]]`: the long
    vector wins, though the other one is the query itself. By cosine it loses:
    `cosine(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [3.0, 4.0]])).argmax().item()` is `0`.
    """
    return a @ b.T


def cosine(a: First, b: Second) -> Each:
    """Return the cosine of the angle between each vector of `a` and each of `b`, from -1 to 1, whatever their lengths.

    Example: `cosine(torch.tensor([[2.0, 0.0]]), torch.tensor([[7.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))` is
    `[[1.0, 0.0, -1.0]]`.
    """
    return dot(normalize(a), normalize(b))


def euclidean(a: First, b: Second) -> Each:
    """Return the distance of each vector of `a` from each of `b`: the smaller, the more alike.

    Example: `euclidean(torch.tensor([[0.0, 0.0], [3.0, 0.0]]), torch.tensor([[3.0, 4.0]]))` is `[[5.0], [4.0]]`.
    """
    # Row by row: all differences at once would take a × b × hidden numbers, and ‖a‖² + ‖b‖² - 2ab is inexact near 0.
    distances = a.new_zeros(len(a), len(b))
    for number, vector in enumerate(a):
        distances[number] = (vector - b).norm(dim=-1)
    return distances


def pairwise_dot(a: Vectors, b: Vectors) -> Pairs:
    """Return the dot product of the first of `a` with the first of `b`, and so on.

    Example: `pairwise_dot(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]]))` is `[11.0]`.
    """
    return (a * b).sum(dim=-1)


def pairwise_cosine(a: Vectors, b: Vectors) -> Pairs:
    """Return the cosine between the first of `a` and the first of `b`, and so on.

    Example: `pairwise_cosine(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 7.0]]))` is `[0.0]`.
    """
    return pairwise_dot(normalize(a), normalize(b))


def pairwise_euclidean(a: Vectors, b: Vectors) -> Pairs:
    """Return the distance of the first of `a` from the first of `b`, and so on.

    Example: `pairwise_euclidean(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))` is `[5.0]`.
    """
    return (a - b).norm(dim=-1)
