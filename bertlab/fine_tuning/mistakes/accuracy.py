"""What goes wrong when right answers are counted beside padding. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor

from bertlab.constants import IGNORED


def counts_padding_as_wrong(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Padding is in your denominator. No prediction is ever −100, so each padding text counts as wrong: divide by the
    number of texts whose label is not −100. If you do leave them out, what do you compare? `labels != -100` is a single
    True for a list, whatever is in it: make it a tensor first, with `torch.cat`, or go batch by batch."""
    return _share(_right(logits, labels))


def averages_the_batches(logits: list[Tensor], labels: list[Tensor]) -> float:
    """That is the mean of the shares of the batches: a text in a batch with much padding weighs more than others. Count
    over all batches first, and divide once."""
    shares = [_share(_right([some], [wanted])[wanted != IGNORED]) for some, wanted in zip(logits, labels, strict=True)]
    return sum(shares) / len(shares)


def takes_the_maximum_over_texts(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Your `argmax` runs over the texts of the batch, axis 0: it finds the best text for each class. It has to find the
    best class for each text, axis 1."""
    return _share(_right([batch.T for batch in logits], labels)[torch.cat(labels) != IGNORED])


def takes_the_maximum_of_a_whole_batch(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Your `argmax()` has no axis, and finds one place in the whole batch instead of a class for each text. Say that it
    is to run over the classes: `dim=1`."""
    right = [batch.argmax() == wanted for batch, wanted in zip(logits, labels, strict=True)]
    return _share(torch.cat(right)[torch.cat(labels) != IGNORED])


def returns_percent(logits: list[Tensor], labels: list[Tensor]) -> float:
    """That is the accuracy in percent. A share is between 0 and 1: leave out the factor of 100."""
    return 100 * _share(_right(logits, labels)[torch.cat(labels) != IGNORED])


def counts_the_wrong_ones(logits: list[Tensor], labels: list[Tensor]) -> float:
    """That is the share of texts that the model gets *wrong*. Accuracy is the share that it gets right: `==`, not
    `!=`."""
    return 1 - _share(_right(logits, labels)[torch.cat(labels) != IGNORED])


def leaves_out_label_0(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Texts with the label 0 are missing. 0 is a class like any other; only −100 is none: choose `labels != -100`, not
    `labels > 0`."""
    return _share(_right(logits, labels)[torch.cat(labels) > 0])


def compares_a_list(logits: list[Tensor], labels: list[Tensor]) -> float:
    """That is the share of the second batch alone, padding included. A list is not a tensor: `labels != -100` is a
    single True, and True as the place in a list means 1. Make one tensor of all labels first, with `torch.cat`."""
    return _share(_right(logits[1:2], labels[1:2]))


def _right(logits: list[Tensor], labels: list[Tensor]) -> Tensor:
    """Say of each text, padding included, whether its largest logit is at its label."""
    return torch.cat([batch.argmax(dim=1) for batch in logits]) == torch.cat(labels)


def _share(right: Tensor) -> float:
    return right.double().mean().item()
