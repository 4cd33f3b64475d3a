"""What goes wrong when right answers are counted beside padding. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor

from bertlab.constants import IGNORED


def counts_padding_as_wrong(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Padding is in your denominator. No prediction is ever −100, so each padding text counts as wrong: divide by the
    number of texts whose label is not −100."""
    return _share(_right(logits, labels))


def averages_the_batches(logits: list[Tensor], labels: list[Tensor]) -> float:
    """That is the mean of the shares of the batches: a text in a batch with much padding weighs more than others. Count
    over all batches first, and divide once."""
    shares = [_share(_right([some], [wanted])[wanted != IGNORED]) for some, wanted in zip(logits, labels, strict=True)]
    return sum(shares) / len(shares)


def counts_padding_as_right(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Padding counts as right, which flatters the model. It is neither right nor wrong: leave it out of what you count
    and of what you divide by."""
    return _share(_right(logits, labels) | (torch.cat(labels) == IGNORED))


def takes_the_maximum_over_texts(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Your `argmax` runs over the texts of the batch, axis 0: it finds the best text for each class. It has to find the
    best class for each text, axis 1."""
    return _share(_right([batch.T for batch in logits], labels)[torch.cat(labels) != IGNORED])


def leaves_the_last_batch_out(logits: list[Tensor], labels: list[Tensor]) -> float:
    """The last batch is missing. It has real texts too: leave out its padding, not the whole batch."""
    return _share(_right(logits[:-1], labels[:-1])[torch.cat(labels[:-1]) != IGNORED])


def wants_more_than_half(logits: list[Tensor], labels: list[Tensor]) -> float:
    """You ask for a probability above 0.5. With more than two classes the largest may be smaller, and it is still the
    model's answer: take the `argmax`."""
    sure = torch.cat([batch.softmax(dim=1).amax(dim=1) > 0.5 for batch in logits])
    return _share((_right(logits, labels) & sure)[torch.cat(labels) != IGNORED])


def leaves_out_label_0(logits: list[Tensor], labels: list[Tensor]) -> float:
    """Texts with the label 0 are missing. 0 is a class like any other; only −100 is none: choose `labels != -100`, not
    `labels > 0`."""
    return _share(_right(logits, labels)[torch.cat(labels) > 0])


def returns_a_count(logits: list[Tensor], labels: list[Tensor]) -> float:
    """That is how many texts are right. Divide it by the number of real texts."""
    return _right(logits, labels).double().sum().item()


def _right(logits: list[Tensor], labels: list[Tensor]) -> Tensor:
    """Say of each text, padding included, whether its largest logit is at its label."""
    return torch.cat([batch.argmax(dim=1) for batch in logits]) == torch.cat(labels)


def _share(right: Tensor) -> float:
    return right.double().mean().item()
