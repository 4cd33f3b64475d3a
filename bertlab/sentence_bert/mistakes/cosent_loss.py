"""What goes wrong when cosines are to have the order of the scores. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def leaves_out_the_1(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """The 1 under the logarithm is missing: the loss then falls below 0 where the order is right, and is −∞ where all
    scores are equal. With the 1 it comes near to 0 and stays above it."""
    return _terms(cosines, scores, scale).sum().log()


def turns_the_order_round(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """Yours is small where the cosines have the opposite order: what costs is a pair with a lower score and a higher
    cosine. Where score i is the higher one, the exponent is cosine j less cosine i."""
    return _terms(-cosines, scores, scale).sum().log1p()


def counts_equal_scores(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """You also compare pairs whose scores are equal, each pair with itself included: these add a 1 each, which no
    training can take away. Between equal scores there is no order to ask for: `>`, not `>=`."""
    return _differences(cosines, scale)[scores[:, None] >= scores].exp().sum().log1p()


def divides_by_the_scale(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """You divide by the scale, where it is to be multiplied by. It makes the small differences of cosines larger, as
    dividing by a temperature does: scale 20 is temperature 0.05."""
    return _terms(cosines, scores, 1 / scale).sum().log1p()


def averages_the_exponentials(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """Under your logarithm stands the mean of the exponentials. Asked for was their sum, so that each pair of pairs in
    the wrong order counts fully, however many others there are."""
    return _terms(cosines, scores, scale).mean().log1p()


def looks_only_forward(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """You compare a pair only with those that stand after it, and so leave out all in which the higher score comes
    later: shuffle the batch, and the loss changes. Try both orders, each i with each j."""
    higher = torch.triu(scores[:, None] > scores)
    return _differences(cosines, scale)[higher].exp().sum().log1p()


def counts_the_rest_as_1(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """Where score i is not the higher one you make the exponent 0, but exp(0) is 1: whatever is not to count adds a 1
    in yours. Leave it out, make the *exponential* 0, or put −∞ for the exponent."""
    return (_differences(cosines, scale) * (scores[:, None] > scores)).exp().sum().log1p()


def takes_a_logarithm_of_each(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    """You take log(1 + …) of each exponential and add those up. Asked for was one logarithm of the whole sum, which
    shares the gradient out as a softmax does: most to what is most in the wrong order."""
    return _terms(cosines, scores, scale).log1p().sum()


def _differences(cosines: Tensor, scale: float) -> Tensor:
    """In row i and column j: cosine j less cosine i."""
    return (cosines - cosines[:, None]) * scale


def _terms(cosines: Tensor, scores: Tensor, scale: float) -> Tensor:
    return _differences(cosines, scale)[scores[:, None] > scores].exp()
