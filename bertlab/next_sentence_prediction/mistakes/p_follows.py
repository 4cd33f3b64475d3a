"""What goes wrong on the way from two logits to P(follows). See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def turns_the_labels_round(logits: Tensor) -> Tensor:
    """That is P(does not follow). In BERT's code label 0 is *follows*: take the first of the two shares."""
    return logits.softmax(1)[:, 1]


def takes_the_softmax_over_pairs(logits: Tensor) -> Tensor:
    """Your softmax runs over the pairs of the batch, axis 0. It has to run over the two logits of each pair, axis 1."""
    return logits.softmax(0)[:, 0]


def takes_the_sigmoid_of_one_logit(logits: Tensor) -> Tensor:
    """The sigmoid of the first logit alone forgets the second one. Only their difference counts: sigmoid(z₀ − z₁)."""
    return logits[:, 0].sigmoid()


def stops_at_the_score(logits: Tensor) -> Tensor:
    """The difference of the logits is the score, any number from minus to plus infinity. Its sigmoid is the
    probability."""
    return logits[:, 0] - logits[:, 1]


def returns_odds(logits: Tensor) -> Tensor:
    """Those are odds, *follows* against *does not*. Divide e to the power of logit 0 by the sum of both powers, not by
    the other one."""
    return (logits[:, 0] - logits[:, 1]).exp()


def divides_logits(logits: Tensor) -> Tensor:
    """Shares of the logits themselves are not probabilities: logits may be negative. Take e to the power of each
    first."""
    return logits[:, 0] / logits.sum(1)


def decides(logits: Tensor) -> Tensor:
    """That is a verdict, 0 or 1. Return how probable it is that the second text follows."""
    return (logits[:, 0] > logits[:, 1]).float()


def returns_both(logits: Tensor) -> Tensor:
    """Those are both shares of each pair. Return the one for *follows* alone, column 0, so that there is one number for
    each pair."""
    return torch.softmax(logits, 1)
