"""Rotary positions (RoPE): each query and key is turned by an angle that grows with its position.

Nothing is added to the embeddings and no table of positions is learned. A head of size d is d/2 complex numbers, and
the one with number j is turned by t·θ^(-2j/d) at position t. Turned by angles a and b, two vectors have a dot product
that depends on a - b alone: the score of a query and a key depends on how far apart they are, not on where they stand.

Source: Su et al. 2021 (arXiv:2104.09864), sections 3.2 and 3.4. They pair neighboring numbers; Hugging Face, and so we,
pair the two halves of a head: the same thing with the rows of the query and key matrices in another order.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def frequencies(head_size: int, theta: float) -> Float[Tensor, " pairs"]:
    """Return by how much each pair is turned from one position to the next, in radians: the first pair fastest.

    Example: `frequencies(4, 256.0).tolist()` is `[1.0, 0.0625]`: a full turn in 6 positions, and in 101.

    The larger theta, the longer the slowest turn. ValueError if the head cannot be cut into pairs.
    """
    if head_size % 2:
        raise ValueError(f"a head of {head_size} numbers has no pairs to turn: choose an even size")
    return 1 / theta ** (torch.arange(0, head_size, 2) / head_size)


def rotate(
    vectors: Float[Tensor, "*batch seq d"], theta: float = 10_000.0, positions: Int[Tensor, " seq"] | None = None
) -> Float[Tensor, "*batch seq d"]:
    """Turn the query, or key, of each token by its position: 0, 1, 2 and so on if none are given.

    Example: `rotate(torch.tensor([[3.0, 4.0], [3.0, 4.0]]))` leaves the first as it is, and turns the second by one
    radian. Both still have length 5.
    """
    if positions is None:
        positions = torch.arange(vectors.shape[-2], device=vectors.device)
    angles = positions[:, None] * frequencies(vectors.shape[-1], theta).to(vectors)  # (T, d/2)
    turned = torch.complex(*vectors.chunk(2, dim=-1)) * torch.polar(
        torch.ones_like(angles), angles
    )  # times e^(i·angle)
    return torch.cat((turned.real, turned.imag), dim=-1)
