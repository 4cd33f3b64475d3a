"""CoSENT: pairs with a higher score are to have a higher cosine, by whatever numbers.

Huang et al. 2024 (doi:10.1109/TASLP.2024.3402087). Of scores only the order counts, as in Spearman's correlation, by
which sentence encoders are judged; the mean squared error of `regression` asks for the numbers themselves.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

Vectors = Float[Tensor, "batch hidden"]


def cosent_loss(
    u: Vectors, v: Vectors, scores: Float[Tensor, " batch"] | Int[Tensor, " batch"], scale: float = 20.0
) -> Float[Tensor, ""]:
    """Return log(1 + sum of exp(scale * (cosine of j - cosine of i))) over all i, j where i has the higher score.

    Example: `cosent_loss(u, v, torch.tensor([4.5, 0.5, 3.0])).backward()`

    A sum over pairs of pairs, not a mean: it grows with the batch. 0 if all scores are equal. The scores may have any
    scale.
    """
    cosines = scale * torch.cosine_similarity(u, v, dim=1)
    differences = cosines - cosines[:, None]  # (i, j): j's cosine minus i's
    wrong = differences[scores[:, None] > scores]
    return torch.logsumexp(torch.cat([wrong.new_zeros(1), wrong]), dim=0)  # the 1 is exp(0)
