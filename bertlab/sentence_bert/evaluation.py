"""How good an encoder is, by four figures: at triples, at finding a positive among all texts, at scored pairs, and how
narrow the cone of its vectors is.

    figures_of(vectors_of(lambda texts: embed(model, tokenizer, texts), triples["test"], pairs["test"]))["MRR"]
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.sentence_bert.matryoshka import truncate
from bertlab.sentence_bert.ranking import cosines
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_embeddings.correlation import spearman
from bertlab.sentence_embeddings.isotropy import mean_cosine
from bertlab.sentence_embeddings.pairs import ScoredPairs
from bertlab.sentence_embeddings.similarity import pairwise_cosine

Embed = Callable[[Sequence[str]], Float[Tensor, "texts hidden"]]
Vectors = Float[Tensor, "rows hidden"]


class Judged(NamedTuple):
    """The vectors of triples and of scored pairs. Example: `vectors_of(embed, triples, pairs).anchors`."""

    anchors: Tensor
    positives: Tensor
    negatives: Tensor
    first: Tensor
    second: Tensor
    scores: Tensor


def vectors_of(embed: Embed, triples: Triples, pairs: ScoredPairs) -> Judged:
    """Embed what an encoder is judged by. Example: `vectors_of(embed, triples["test"], pairs["test"])`.

    ValueError if the triples have no negatives.
    """
    if not triples.negatives:
        raise ValueError("these triples have no negatives, by which an encoder is judged: give them a third column")
    anchors, positives, negatives = (embed(list(column)) for column in triples.texts)
    first, second = embed(list(pairs.first)), embed(list(pairs.second))
    return Judged(anchors, positives, negatives, first, second, torch.tensor(pairs.scores))


def triple_accuracy(anchors: Vectors, positives: Vectors, negatives: Vectors) -> float:
    """Return the share of anchors that are more similar to their positive than to their negative; half by chance.

    Example: `triple_accuracy(a, p, n)`; a tie counts as wrong.
    """
    return (pairwise_cosine(anchors, positives) > pairwise_cosine(anchors, negatives)).double().mean().item()


def reciprocal_ranks(anchors: Vectors, candidates: Float[Tensor, "candidates hidden"]) -> Float[Tensor, " rows"]:
    """Return 1 / the place at which each anchor finds its own candidate, the one with its number.

    Example: `reciprocal_ranks(torch.eye(2), torch.eye(2))` is `[1.0, 1.0]`.

    Of equally similar candidates the own one comes last.
    """
    scores = cosines(anchors, candidates)
    return 1 / (scores >= scores.diagonal()[:, None]).double().sum(1)


def figures_of(judged: Judged, size: int | None = None) -> dict[str, float]:
    """Measure an encoder by its vectors. Example: `figures_of(judged)["MRR"]`.

    "triples" is `triple_accuracy`; "MRR" the mean reciprocal rank of the positive among all positives and negatives;
    "similarity" Spearman's correlation of the cosine with the scores of pairs; "mean cosine" that of two random texts.
    `size` keeps only so many of the first numbers of each vector.
    """
    columns = judged[:-1] if size is None else [truncate(column, size) for column in judged[:-1]]
    anchors, positives, negatives, first, second = columns
    candidates = torch.cat([positives, negatives])
    return {
        "triples": triple_accuracy(anchors, positives, negatives),
        "MRR": reciprocal_ranks(anchors, candidates).mean().item(),
        "similarity": spearman(pairwise_cosine(first, second), judged.scores),
        "mean cosine": mean_cosine(candidates),
    }
