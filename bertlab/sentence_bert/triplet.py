"""Triplets: an anchor is to lie nearer to its positive than to its negative, by a margin.

Two forms are called by this name, and they differ in more than their numbers:

- `triplet_loss` takes Euclidean distances: Sentence-BERT's, with a margin of 1 (Reimers and Gurevych 2019,
  arXiv:1908.10084, section 3), and the library's, with a margin of 5. A violated triplet pulls with the same force
  however far apart its texts lie: the gradient of a distance has length 1.
- `squared_triplet_loss` takes their squares: FaceNet's, with a margin of 0.2 on vectors of length 1 (Schroff et al.
  2015, arXiv:1503.03832, section 3.1). The pull grows with the distance, and fades where texts already lie close. On
  vectors of length 1, ‖a - b‖² = 2 - 2 cosine, so the margin is one of cosines: half of it.

A margin of the one is none of the other: d_p² - d_n² is (d_p - d_n) (d_p + d_n), so which triplets are violated depends
on how far apart the texts lie altogether. On vectors of length 1 no distance exceeds 2, so a margin of 5 is always
violated.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Vectors = Float[Tensor, "batch hidden"]


def distance(a: Vectors, b: Vectors) -> Float[Tensor, " batch"]:
    """Return the Euclidean distance of each pair.

    Example: `distance(torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]]))` is `[5.0]`.

    Where the two are equal, the gradient is 0, not NaN as that of a square root.
    """
    return torch.linalg.vector_norm(a - b, dim=1)


def triplet_loss(anchors: Vectors, positives: Vectors, negatives: Vectors, margin: float = 1.0) -> Float[Tensor, ""]:
    """Return the mean of max(0, d(anchor, positive) - d(anchor, negative) + margin).

    Example: `triplet_loss(a, p, n, margin=1.0).backward()`; `squared_triplet_loss` takes squares.
    """
    difference = distance(anchors, positives) - distance(anchors, negatives)
    return (difference + margin).relu().mean()


def squared_triplet_loss(
    anchors: Vectors, positives: Vectors, negatives: Vectors, margin: float = 0.2
) -> Float[Tensor, ""]:
    """Return the mean of max(0, d²(anchor, positive) - d²(anchor, negative) + margin).

    Example: `squared_triplet_loss(normalize(a), normalize(p), normalize(n))`, for vectors of length 1.

    Anchors that are in doubt pull harder the farther they lie: see the top of this file.
    """
    difference = (anchors - positives).square().sum(1) - (anchors - negatives).square().sum(1)
    return (difference + margin).relu().mean()
