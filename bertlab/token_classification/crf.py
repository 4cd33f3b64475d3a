"""A linear-chain conditional random field: a score for whole tag sequences, so that each tag depends on its neighbors.

A path through a sentence of n words scores `start[y_1] + sum of emissions[i, y_i] + sum of transitions[y_i, y_i+1] +
end[y_n]`. Its probability is the exponential of that, divided by the sum over all paths. With t tags there are t^n of
them; the forward algorithm sums them in n t^2 steps. Lafferty et al. 2001 (ICML, section 3); over BiLSTM outputs Lample
et al. 2016 (arXiv:1603.01360, section 2.2).

A CRF runs over words. Pieces in between, labeled -100, have no place in a path: gather one vector for each word first
(`gather.gather_words`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn

from bertlab.token_classification.crf_checks import check_batch, check_moves, check_path, check_tags

FORBIDDEN = -1e6
"""The score of a move that is not allowed. Minus infinity would give a gradient of NaN where no move leads to a tag."""

Emissions = Float[Tensor, "batch words tags"]
Tags = Int[Tensor, "batch words"]
Mask = Bool[Tensor, "batch words"] | Int[Tensor, "batch words"] | None
First = Float[Tensor, "batch tags"]
Move = Float[Tensor, "batch after before"]


class MoveScores(NamedTuple):
    """What a CRF adds to the emissions, forbidden moves filled in. Example: `crf.move_scores().transitions[0, 1]`."""

    start: Float[Tensor, " tags"]
    transitions: Float[Tensor, "tags tags"]
    end: Float[Tensor, " tags"]


class Decoded(NamedTuple):
    """The best path of each sentence, without padding, and its score. Example: `crf.viterbi(emissions).paths`."""

    paths: list[list[int]]
    scores: Float[Tensor, " batch"]


class LinearChainCRF(nn.Module):
    """Scores for the moves from tag to tag, and what is computed with them.

    Example: `LinearChainCRF(len(names), *bio.allowed_moves(names)).loss(emissions, tags, mask)`

    Emissions are (batch, words, tags), one score for each tag of each word: the logits of a linear layer. The mask is 1
    for words and 0 for padding, which comes last; None takes every word. What stands at padding has no influence.

    Args:
        tags: how many tags there are.
        moves: which tag (column) may follow which (row); None allows all. What is forbidden is never trained.
        starts: which tags may begin a sentence; None allows all.

    Raises:
        ValueError: the shapes do not fit the tags, or no path is allowed.
    """

    moves: Bool[Tensor, "tags tags"]
    starts: Bool[Tensor, " tags"]

    def __init__(
        self, tags: int, moves: Bool[Tensor, "rows columns"] | None = None, starts: Bool[Tensor, " rows"] | None = None
    ):
        super().__init__()
        moves = torch.ones(tags, tags, dtype=torch.bool) if moves is None else moves
        starts = torch.ones(tags, dtype=torch.bool) if starts is None else starts
        check_moves(tags, moves, starts)
        self.register_buffer("moves", moves)
        self.register_buffer("starts", starts)
        self.start = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(tags, tags).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))

    def move_scores(self) -> MoveScores:
        """Return the parameters, with `FORBIDDEN` in the place of what is not allowed.

        Example: `LinearChainCRF(2, starts=torch.tensor([True, False])).move_scores().start[1]` is `FORBIDDEN`.
        """
        start = self.start.masked_fill(~self.starts, FORBIDDEN)
        return MoveScores(start, self.transitions.masked_fill(~self.moves, FORBIDDEN), self.end)

    def score(self, emissions: Emissions, tags: Tags, mask: Mask = None) -> Float[Tensor, " batch"]:
        """Return the score of the path that the tags of each sentence make.

        Example: `crf.score(emissions, tags, mask) - crf.log_partition(emissions, mask)`, its log-probability.

        ValueError as in `check_batch` and `check_tags`.
        """
        emissions, words = self._prepare(emissions, mask)
        check_tags(tags, words, len(self.end))
        tags = tags.long().masked_fill(~words, 0)
        start, transitions, end = self.move_scores()
        emitted = emissions.gather(2, tags[..., None])[..., 0].sum(1)
        moved = transitions[tags[:, :-1], tags[:, 1:]].masked_fill(~words[:, 1:], 0).sum(1)
        return start[tags[:, 0]] + emitted + moved + end[at_last_word(tags, words)]

    def log_partition(self, emissions: Emissions, mask: Mask = None) -> Float[Tensor, " batch"]:
        """Return the logarithm of the sum over all paths, of the exponentials of their scores.

        Example: `crf.log_partition(emissions, mask)`, which no path's score exceeds.

        ValueError as in `check_batch`.
        """
        emissions, words = self._prepare(emissions, mask)
        return torch.logsumexp(at_last_word(forward(*self._steps(emissions)), words) + self.end, dim=1)

    def loss(self, emissions: Emissions, tags: Tags, mask: Mask = None) -> Float[Tensor, ""]:
        """Return the negative log-likelihood of the tags, averaged over sentences.

        Example: `crf.loss(emissions, tags, mask).backward()`

        ValueError as in `check_batch` and `check_tags`, or if the tags make a forbidden move.
        """
        score = self.score(emissions, tags, mask)
        check_path(tags, mask, self.moves, self.starts)
        return (self.log_partition(emissions, mask) - score).mean()

    @torch.no_grad()
    def viterbi(self, emissions: Emissions, mask: Mask = None) -> Decoded:
        """Return the best path of each sentence: the forward algorithm with the largest score in place of the sum.

        Example: `crf.viterbi(emissions, mask).paths`, as many tags as the sentence has words.

        ValueError as in `check_batch`.
        """
        emissions, words = self._prepare(emissions, mask)
        first, moves = self._steps(emissions)
        stay = torch.arange(len(self.end), device=emissions.device)
        best, sources = [first], [stay.expand(len(emissions), -1)]
        for move in moves:
            score, source = (best[-1][:, None] + move).max(dim=2)
            best.append(score)
            sources.append(source)
        scores, tag = (at_last_word(torch.stack(best, 1), words) + self.end).max(dim=1)
        path = [tag]
        # At padding each tag comes from itself, so that all sentences can be read back from the same column.
        for source in reversed(torch.where(words[..., None], torch.stack(sources, 1), stay).unbind(1)[1:]):
            path.append(source.gather(1, path[-1][:, None])[:, 0])
        rows = torch.stack(path[::-1], 1).tolist()
        return Decoded([row[:length] for row, length in zip(rows, words.sum(1).tolist(), strict=True)], scores)

    def marginals(self, emissions: Emissions, mask: Mask = None) -> Emissions:
        """Return the probability of each tag of each word, over all paths, by forward and backward; 0 at padding.

        Example: `crf.marginals(emissions, mask).argmax(-1)`, the best tags one by one, which may make no allowed path.

        It is the gradient of `log_partition` by the emissions. ValueError as in `check_batch`.
        """
        emissions, words = self._prepare(emissions, mask)
        first, moves = self._steps(emissions)
        betas = [self.end.expand_as(first)]
        for move, word in zip(reversed(moves), reversed(words.unbind(1)[1:]), strict=True):
            beta = torch.logsumexp(betas[-1][:, :, None] + move, dim=1)
            betas.append(torch.where(word[:, None], beta, self.end))  # where no word follows, the sentence ends
        both = forward(first, moves) + torch.stack(betas[::-1], 1)
        return both.softmax(dim=2).masked_fill(~words[..., None], 0)

    def _prepare(self, emissions: Emissions, mask: Mask) -> tuple[Emissions, Bool[Tensor, "batch words"]]:
        """Return the emissions with 0 at padding, and where words are."""
        words = check_batch(emissions, mask, len(self.end))
        # Nothing is read at padding, but the gradient of NaN that nobody reads is NaN.
        return emissions.masked_fill(~words[..., None], 0), words

    def _steps(self, emissions: Emissions) -> tuple[First, Sequence[Move]]:
        """Return what it scores to begin with each tag, and to move to each next word's tags, its emission included."""
        start, transitions, _ = self.move_scores()
        moves = transitions.T + emissions[:, 1:, :, None]  # (batch, words - 1, after, before)
        return start + emissions[:, 0], moves.unbind(1)


def forward(first: First, moves: Sequence[Move]) -> Emissions:
    """Return, for each word and tag, the logarithm of the sum over all paths that have come there.

    Example: `forward(torch.tensor([[1.0, 2.0]]), [])` is `[[[1.0, 2.0]]]`.
    """
    alphas = [first]
    for move in moves:
        alphas.append(torch.logsumexp(alphas[-1][:, None] + move, dim=2))
    return torch.stack(alphas, 1)


def at_last_word(
    values: Shaped[Tensor, "batch words *rest"], words: Bool[Tensor, "batch words"]
) -> Shaped[Tensor, "batch *rest"]:
    """Return what stands at the last word of each sentence.

    Example: `at_last_word(torch.tensor([[3, 5, 9]]), torch.tensor([[True, True, False]]))` is `[5]`.
    """
    return values[torch.arange(len(values), device=values.device), words.sum(1) - 1]
