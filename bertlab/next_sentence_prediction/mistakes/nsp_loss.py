"""Likely mistakes in the loss of next-sentence prediction. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

IGNORED = -100


def turns_the_labels_round(score: Tensor, labels: Tensor) -> Tensor:
    """Label 0 means *follows*, as in BERT's code. You took label 1 for it, so a right answer is punished."""
    return _losses(-score, labels).mean()


def takes_ignored_for_not_next(score: Tensor, labels: Tensor) -> Tensor:
    """A label of -100 is no label: a single sentence was read there. You count it as *does not follow*; choose
    `labels != -100` first."""
    return torch.where(labels == 0, -logsigmoid(score), -logsigmoid(-score)).mean()


def divides_by_all_texts(score: Tensor, labels: Tensor) -> Tensor:
    """You divide by the number of all texts. Only those that are pairs, whose label is not -100, take part."""
    return _losses(score, labels).sum() / len(labels)


def takes_the_score_for_a_probability(score: Tensor, labels: Tensor) -> Tensor:
    """The score is a logit, not a probability, and may be negative or above 1: take its sigmoid before the
    logarithm."""
    chosen = labels != IGNORED
    chance = torch.where(labels == 0, score, 1 - score)[chosen]
    return -chance.log().mean()


def takes_the_sigmoid_twice(score: Tensor, labels: Tensor) -> Tensor:
    """You take the sigmoid twice: a loss "with logits" wants the score as it is, and takes the sigmoid itself."""
    return _losses(score.sigmoid(), labels).mean()


def forgets_the_negatives(score: Tensor, labels: Tensor) -> Tensor:
    """Only the pairs that follow count in your loss. A pair that does not follow counts too, with −log of
    1 − sigmoid(score); without that, a model that always says *follows* is perfect."""
    chosen = labels != IGNORED
    return (-logsigmoid(score) * (labels == 0))[chosen].mean()


def adds_up(score: Tensor, labels: Tensor) -> Tensor:
    """You add up the losses. Take the mean, so that a batch with twice the pairs has no larger loss."""
    return _losses(score, labels).sum()


def forgets_the_minus(score: Tensor, labels: Tensor) -> Tensor:
    """A loss that falls below 0 has lost its minus: the logarithm of a probability is negative."""
    return -_losses(score, labels).mean()


def _losses(score: Tensor, labels: Tensor) -> Tensor:
    """Return −log P(label) for each pair that has one."""
    chosen = labels != IGNORED
    return torch.where(labels == 0, -logsigmoid(score), -logsigmoid(-score))[chosen]
