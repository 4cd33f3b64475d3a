"""Likely mistakes in the loss of masked language modeling. See `bertlab.exercises.mistakes`."""

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


def forgets_the_minus(logits: Tensor, labels: Tensor) -> Tensor:
    """A loss that falls below 0 has lost its minus: the logarithm of a probability is negative."""
    return -_losses(logits, labels).mean()


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return -log P(label) at each position that has one."""
    chosen = labels != IGNORED
    return cross_entropy(logits[chosen], labels[chosen], reduction="none")
