"""How evenly vectors spread over all directions, and two ways to spread them: taking off the mean, and whitening.

spread = fit_whitening(train_vectors)
whitened = spread(test_vectors)

Hidden states of BERT lie in a narrow cone: any two have a large cosine (Ethayarajh 2019, arXiv:1909.00512, section 4).
Whitening: Su et al. 2021 (arXiv:2103.15316, section 3).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.sentence_embeddings.similarity import pairwise_cosine

Vectors = Float[Tensor, "texts hidden"]


def mean_cosine(vectors: Vectors, pairs: int = 10_000, seed: int = 0) -> float:
    """Return the mean cosine of random pairs of different rows: near 0 if they lie in all directions, 1 in one.

    Example: `mean_cosine(torch.eye(3))` is `0.0`.

    ValueError if there are fewer than two vectors, or fewer than one pair.
    """
    count = len(vectors)
    if count < 2 or pairs < 1:
        raise ValueError(f"{pairs} pairs of {count} vectors: give at least two vectors, and ask for at least one pair")
    generator = torch.Generator().manual_seed(seed)
    first = torch.randint(count, (pairs,), generator=generator)
    second = (first + torch.randint(1, count, (pairs,), generator=generator)) % count  # never the same one
    first, second = first.to(vectors.device), second.to(vectors.device)
    return pairwise_cosine(vectors[first], vectors[second]).double().mean().item()


class Spread(NamedTuple):
    """What was learned from some vectors, to be applied to any. Example: `fit_mean(train_vectors)(test_vectors)`.

    Attributes:
        mean: taken off each vector.
        matrix: what each is then multiplied with, if anything.
    """

    mean: Float[Tensor, " hidden"]
    matrix: Float[Tensor, "hidden dims"] | None = None

    def __call__(self, vectors: Vectors) -> Float[Tensor, "texts dims"]:
        """Apply it. Example: `fit_whitening(train_vectors)(test_vectors)`."""
        centered = vectors - self.mean
        return centered if self.matrix is None else centered @ self.matrix


def fit_mean(vectors: Vectors) -> Spread:
    """Learn the mean of vectors.

    Example: `fit_mean(torch.tensor([[1.0], [3.0]]))(torch.tensor([[5.0]]))` is `[[3.0]]`.
    """
    return Spread(vectors.mean(dim=0))


def fit_whitening(vectors: Vectors, dims: int | None = None, epsilon: float = 1e-5) -> Spread:
    """Learn how to turn and stretch vectors so that their dimensions do not correlate and all have variance 1.

    Example: `fit_whitening(train_vectors, dims=64)(test_vectors).shape[1]` is 64.

    Args:
        vectors: to learn from; better not those that are judged.
        dims: how many directions to keep, those of the largest variance first; None for as many as there are: at most
            one less than vectors, because a direction in which they do not differ would be stretched without bound.
        epsilon: added to each variance, as a share of their mean, which holds small ones back.

    Raises:
        ValueError: there are too few vectors for so many dims.
    """
    most = min(vectors.shape[1], len(vectors) - 1)
    dims = most if dims is None else dims
    if not 1 <= dims <= most:
        raise ValueError(
            f"{dims} dims of {len(vectors)} vectors of size {vectors.shape[1]}: give at most as many dims as size, and "
            "more vectors than dims"
        )
    mean = vectors.mean(dim=0)
    centered = (vectors - mean).double()
    variances, directions = torch.linalg.eigh(centered.T @ centered / (len(vectors) - 1))  # the smallest first
    variances, directions = variances.flip(0), directions.flip(1)
    scales = (variances.clamp(min=0) + epsilon * variances.mean()).sqrt()
    return Spread(mean, (directions / scales)[:, :dims].to(vectors.dtype))
