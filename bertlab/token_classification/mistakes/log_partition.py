"""What goes wrong when the scores of all paths are summed, word by word. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

import torch
from torch import Tensor

Sum = Callable[[Tensor, int], Tensor]


def takes_the_best_path(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """That is the score of the best path alone, which is what Viterbi computes. The other paths have their share of the
    sum: without it all probabilities would come out too high, and that of the best path as 1."""
    return _forward(emissions, mask, transitions, torch.amax)


def sums_over_the_tag_after(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You sum over the tag that a move leads to, and keep the one that it comes from. A path that has come to a tag may
    have come from any: sum over the tag *before*, and keep the one after."""
    alpha = emissions[:, 0]
    for word in range(1, emissions.shape[1]):
        moved = (alpha[:, :, None] + transitions).logsumexp(dim=2) + emissions[:, word]
        alpha = torch.where(mask[:, word, None], moved, alpha)
    return alpha.logsumexp(dim=1)


def leaves_out_the_transitions(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """Your paths score their emissions only, as if each word chose its tag alone. A path also scores one transition
    between each two words: add `transitions` before you sum over the tag before."""
    return _forward(emissions, mask, 0 * transitions)


def moves_to_the_first_word(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You begin at 0 and go to the first word by a move, from tags that no word has: one transition too many. Begin
    with the emissions of the first word, and let the moves begin at the second."""
    alpha = torch.zeros_like(emissions[:, :1])  # as if a word without emissions stood in front
    return _forward(torch.cat([alpha, emissions], dim=1), torch.cat([mask[:, :1], mask], dim=1), transitions)


def counts_padding(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You go on through the padding, as if it were words, so that the sum of a sentence depends on how long its
    neighbors in the batch are. Where the mask is False, what was summed up so far stays as it is."""
    return _forward(emissions, torch.ones_like(mask), transitions)


def sets_padded_emissions_to_0(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You add no emissions at padding, but still move on through it: each move adds its transitions, and there are ever
    more paths. Where the mask is False, keep what was summed up so far (`torch.where`)."""
    return _forward(emissions * mask[:, :, None], torch.ones_like(mask), transitions)


def sets_sums_to_0_at_padding(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """You multiply by the mask, so that at padding the sums of a sentence are lost: 0 takes their place, from which the
    next word goes on. Where the mask is False, keep what was summed up so far (`torch.where`)."""
    alpha = emissions[:, 0]
    for word in range(1, emissions.shape[1]):
        alpha = _step(alpha, emissions[:, word], transitions) * mask[:, word, None]
    return alpha.logsumexp(dim=1)


def leaves_log_space(emissions: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """Right where scores are small. Where they are large, their exponentials are too large for a floating-point number,
    and the result is inf: never leave the logarithms between two words."""
    alpha = emissions[:, 0].exp()
    for word in range(1, emissions.shape[1]):
        moved = (alpha @ transitions.exp()) * emissions[:, word].exp()
        alpha = torch.where(mask[:, word, None], moved, alpha)
    return alpha.sum(dim=1).log()


def _step(alpha: Tensor, emitted: Tensor, transitions: Tensor, over: Sum = torch.logsumexp) -> Tensor:
    return over(alpha[:, :, None] + transitions, 1) + emitted


def _forward(emissions: Tensor, mask: Tensor, transitions: Tensor, over: Sum = torch.logsumexp) -> Tensor:
    """Go through the words in the right way, with another sum or with other scores."""
    alpha = emissions[:, 0]
    for word in range(1, emissions.shape[1]):
        moved = _step(alpha, emissions[:, word], transitions, over)
        alpha = torch.where(mask[:, word, None], moved, alpha)
    return over(alpha, 1)
