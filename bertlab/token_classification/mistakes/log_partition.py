"""What goes wrong when the scores of all paths are summed, word by word. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

import torch
from torch import Tensor

Sum = Callable[[Tensor, int], Tensor]


def takes_the_best_path(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """That is the score of the best path alone, which is what Viterbi computes. The other paths have their share of the
    sum: without it all probabilities would come out too high, and that of the best path as 1."""
    return _forward(emissions, mask, transitions, torch.amax)


def adds_up_scores(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You add the scores of the tags before, where their exponentials are to be added. Scores are logarithms: their sum
    is the logarithm of a product."""
    return _forward(emissions, mask, transitions, torch.sum)


def sums_over_the_tag_after(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You sum over the tag that a move leads to, and keep the one that it comes from. A path that has come to a tag may
    have come from any: sum over the tag *before*, and keep the one after."""
    alpha = emissions[:, 0]
    for word in range(1, emissions.shape[1]):
        moved = (alpha[:, :, None] + transitions).logsumexp(dim=2) + emissions[:, word]
        alpha = torch.where(mask[:, word, None], moved, alpha)
    return alpha.logsumexp(dim=1)


def turns_the_moves_round(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You read the transitions the other way round: the move from O to I-PER is scored as that from I-PER to O. Rows
    are the tag before, columns the tag after."""
    return _forward(emissions, mask, transitions.T)


def adds_transitions_twice(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """Each move is counted twice. A path scores one emission for each word and one transition between two words: look
    where the transitions come in a second time."""
    return _forward(emissions, mask, 2 * transitions)


def counts_padding(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You go on through the padding, as if it were words, so that the sum of a sentence depends on how long its
    neighbors in the batch are. Where the mask is False, what was summed up so far stays as it is."""
    return _forward(emissions, torch.ones_like(mask), transitions)


def leaves_log_space(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """Right where scores are small. Where they are large, their exponentials are too large for a floating-point number,
    and the result is inf: never leave the logarithms between two words."""
    alpha = emissions[:, 0].exp()
    for word in range(1, emissions.shape[1]):
        moved = (alpha @ transitions.exp()) * emissions[:, word].exp()
        alpha = torch.where(mask[:, word, None], moved, alpha)
    return alpha.sum(dim=1).log()


def leaves_out_the_first_word(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """The emissions of the first word are missing, so that all tags seem equally good there. No move leads to the first
    word, but its emissions count as those of any other."""
    return _forward(torch.cat([0 * emissions[:, :1], emissions[:, 1:]], dim=1), mask, transitions)


def _forward(emissions: Tensor, mask: Tensor, transitions: Tensor, over: Sum = torch.logsumexp) -> Tensor:
    """Go through the words in the right way, with another sum or with other scores."""
    alpha = emissions[:, 0]
    for word in range(1, emissions.shape[1]):
        moved = over(alpha[:, :, None] + transitions, 1) + emissions[:, word]
        alpha = torch.where(mask[:, word, None], moved, alpha)
    return over(alpha, 1)
