"""Every path of a short sentence, one by one: slow, and too plain to be wrong. What the fast algorithms are held to.

The score of a path is that of `crf.py`. With t tags and n words there are t^n paths: 9 tags and 5 words have 59,049.
"""

from itertools import pairwise, product
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

MOST = 200_000


class ScoreTable(NamedTuple):
    """Every path and its score. Example: `score_table(emissions, *crf.move_scores()).scores`."""

    paths: Int[Tensor, "paths words"]
    scores: Float[Tensor, " paths"]


def score_table(
    emissions: Float[Tensor, "words tags"],
    start: Float[Tensor, " tags"],
    transitions: Float[Tensor, "tags tags"],
    end: Float[Tensor, " tags"],
) -> ScoreTable:
    """Score every path of one sentence, in the order of counting: 00, 01, 10, 11.

    Example: `score_table(torch.tensor([[1.0, 2.0]]), torch.zeros(2), torch.zeros(2, 2), torch.zeros(2)).scores` is
    `[1.0, 2.0]`.

    ValueError if there is no word, or if there are more than 200,000 paths.
    """
    words, tags = emissions.shape
    if not words or tags**words > MOST:
        raise ValueError(f"{words} words and {tags} tags have {tags**words:,} paths: give 1 to {MOST:,}")
    paths = list(product(range(tags), repeat=words))
    scores = [
        start[path[0]]
        + sum(emissions[word, tag] for word, tag in enumerate(path))
        + sum(transitions[before, after] for before, after in pairwise(path))
        + end[path[-1]]
        for path in paths
    ]
    return ScoreTable(torch.tensor(paths), torch.stack(scores))


def log_partition(table: ScoreTable) -> Float[Tensor, ""]:
    """Return the logarithm of the sum over all paths, of the exponentials of their scores.

    Example: `log_partition(ScoreTable(torch.tensor([[0], [1]]), torch.tensor([0.0, 0.0])))` is `0.69314718`.
    """
    return torch.logsumexp(table.scores, dim=0)


def best_path(table: ScoreTable) -> tuple[list[int], float]:
    """Return the path with the highest score, and the score; of equals the first.

    Example: `best_path(ScoreTable(torch.tensor([[0], [1]]), torch.tensor([1.0, 2.0])))` is `([1], 2.0)`.
    """
    best = int(table.scores.argmax())
    return table.paths[best].tolist(), table.scores[best].item()


def marginals(table: ScoreTable, tags: int) -> Float[Tensor, "words tags"]:
    """Return the probability of each tag of each word: of all paths that go through it, together.

    Example: `marginals(ScoreTable(torch.tensor([[0], [1]]), torch.tensor([2.0, 2.0])), tags=2)` is `[[0.5, 0.5]]`.
    """
    chances = table.scores.softmax(dim=0)
    return torch.stack([chances @ (table.paths == tag).to(chances) for tag in range(tags)], dim=1)
