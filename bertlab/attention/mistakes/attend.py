"""Likely wrong answers of those who write attention with padding. See `bertlab.exercises.mistakes`."""

import math

from jaxtyping import Float, Int
from torch import Tensor

Vectors = Float[Tensor, "seq d"]
Values = Float[Tensor, "seq width"]
Mask = Int[Tensor, " seq"]


def forgets_to_scale(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """You do not divide the scores by √d. The wider the vectors, the larger their products, until the softmax gives
    nearly everything to a single key and hardly a gradient to the rest."""
    return _attend(query @ key.T, value, attention_mask)


def divides_by_d(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """You divide by d where the formula has √d. A product of two random vectors has the variance d, so its spread is
    √d: that is what has to be divided out."""
    return _attend(query @ key.T / query.shape[-1], value, attention_mask)


def takes_the_softmax_over_queries(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """Your softmax goes down the columns, over the queries. Each query shares out its own attention: every row of
    weights must have the sum 1, which is `dim=-1`."""
    return _masked(_scores(query, key), attention_mask).softmax(dim=0) @ value


def multiplies_after_the_softmax(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """Padding takes its share in your softmax, and what it says is left out afterwards: the weights that count have a
    sum below 1. Mask the scores before the softmax, with -∞."""
    return _scores(query, key).softmax(dim=-1) * attention_mask @ value


def masks_the_queries(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """You mask rows: a query that is padding gets -∞ for every key, and the softmax of that is NaN, while all others
    still look at padding. Mask columns, the keys: a mask of shape `(seq,)` broadcasts over the rows by itself."""
    return _scores(query, key).masked_fill(attention_mask[:, None] == 0, -math.inf).softmax(dim=-1) @ value


def ignores_the_mask(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """Your queries use padding as if it were text. Where `attention_mask` is 0, the score has to become -∞."""
    return _scores(query, key).softmax(dim=-1) @ value


def masks_with_zero(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """The scores of padding are 0 in your softmax. That is a score like any other: e⁰ is 1, and gets a share. Only -∞
    has the weight 0."""
    return (_scores(query, key) * attention_mask).softmax(dim=-1) @ value


def multiplies_0_by_infinity(query: Vectors, key: Vectors, value: Values, attention_mask: Mask) -> Values:
    """All your numbers are NaN. If you add `(1 - attention_mask) * float("-inf")`: for a real token it is 0 · -∞,
    which is NaN. Use `masked_fill`, or a large finite number such as -1e9."""
    return (_scores(query, key) + (1 - attention_mask) * -math.inf).softmax(dim=-1) @ value


def _scores(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.T / math.sqrt(query.shape[-1])


def _masked(scores: Tensor, attention_mask: Tensor) -> Tensor:
    return scores.masked_fill(attention_mask == 0, -math.inf)


def _attend(scores: Tensor, value: Tensor, attention_mask: Tensor) -> Tensor:
    return _masked(scores, attention_mask).softmax(dim=-1) @ value
