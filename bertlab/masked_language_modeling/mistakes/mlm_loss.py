"""What goes wrong when people compute the loss of masked language modeling. See `bertlab.exercises.mistakes`."""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

IGNORED = -100


def averages_over_all_positions(logits: Tensor, labels: Tensor) -> Tensor:
    """You divide by the number of all positions. Only those with a label take part, so divide by how many these are;
    otherwise the loss shrinks with every token that was not selected."""
    return _losses(logits, labels).sum() / labels.numel()


def takes_ignored_for_word_0(logits: Tensor, labels: Tensor) -> Tensor:
    """A label of -100 is no word. You ask for word 0 there: leave those positions out altogether."""
    return cross_entropy(logits.flatten(0, 1), labels.clamp(min=0).flatten())


def gathers_at_minus_100(logits: Tensor, labels: Tensor) -> Tensor:
    """`gather` was given -100 as a column. Choose the positions first, `labels != -100`, and gather there only."""
    return -logits.log_softmax(-1).gather(-1, labels[..., None]).mean()


def indexes_with_minus_100(logits: Tensor, labels: Tensor) -> Tensor:
    """-100 was taken for the number of a word. It marks a position that takes no part: choose `labels != -100` first
    (or let `cross_entropy` do it: -100 is its own default for `ignore_index`)."""
    return cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-1)


def leaves_out_word_0(logits: Tensor, labels: Tensor) -> Tensor:
    """You leave out the label 0, and 0 is a word like others. What takes no part is marked with -100."""
    return cross_entropy(logits.flatten(0, 1), labels.masked_fill(labels <= 0, IGNORED).flatten())


def leaves_the_axes_as_they_are(logits: Tensor, labels: Tensor) -> Tensor:
    """`cross_entropy` looks for the vocabulary on axis 1, where your logits have the tokens. Make one long list of
    positions of both: `logits.flatten(0, 1)` and `labels.flatten()`."""
    return cross_entropy(logits, labels)


def takes_the_softmax_twice(logits: Tensor, labels: Tensor) -> Tensor:
    """You take the softmax twice: `cross_entropy` wants logits and does it by itself. Of probabilities it makes nearly
    equal ones, and the loss hardly moves."""
    return cross_entropy(logits.softmax(-1).flatten(0, 1), labels.flatten())


def takes_logits_for_logarithms(logits: Tensor, labels: Tensor) -> Tensor:
    """You take logits for log-probabilities: the softmax is missing. `nll_loss` wants `log_softmax` of the logits,
    `cross_entropy` does both."""
    chosen = labels != IGNORED
    return -logits[chosen].gather(1, labels[chosen][:, None]).mean()


def takes_the_softmax_over_tokens(logits: Tensor, labels: Tensor) -> Tensor:
    """Your softmax runs over the tokens of a text. It has to run over the vocabulary, the last axis: one word is chosen
    at each position."""
    chosen = labels != IGNORED
    return -logits.log_softmax(1)[chosen].gather(1, labels[chosen][:, None]).mean()


def takes_the_softmax_over_texts(logits: Tensor, labels: Tensor) -> Tensor:
    """Your softmax runs over the texts of the batch, axis 0. It has to run over the vocabulary, the last axis."""
    chosen = labels != IGNORED
    return -logits.log_softmax(0)[chosen].gather(1, labels[chosen][:, None]).mean()


def adds_up(logits: Tensor, labels: Tensor) -> Tensor:
    """You add the losses up. Take the mean, so that a batch with twice the positions has no larger loss."""
    return _losses(logits, labels).sum()


def averages_texts_first(logits: Tensor, labels: Tensor) -> Tensor:
    """You take the mean for each text, and then the mean of these. A text with one selected token then weighs as much
    as one with ten: add up over the whole batch, and divide once."""
    chosen = labels != IGNORED
    parts = [_losses(*pair).mean() for pair in zip(logits[:, None], labels[:, None], strict=True)]
    return torch.stack([part for part, any_ in zip(parts, chosen.any(1), strict=True) if any_]).mean()


def averages_before_the_log(logits: Tensor, labels: Tensor) -> Tensor:
    """You take the logarithm of the mean probability. It is the other way round: -log of each, and then the mean."""
    return -(-_losses(logits, labels)).exp().mean().log()


def forgets_the_minus(logits: Tensor, labels: Tensor) -> Tensor:
    """A loss that falls below 0 has lost its minus: the logarithm of a probability is negative."""
    return -_losses(logits, labels).mean()


def counts_in_bits(logits: Tensor, labels: Tensor) -> Tensor:
    """That is the loss in bits. Take the natural logarithm: the loss is in nats."""
    return _losses(logits, labels).mean() / math.log(2)


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return -log P(label) at each position that has one."""
    chosen = labels != IGNORED
    return cross_entropy(logits[chosen], labels[chosen], reduction="none")
