"""A second look at the first hits: a cross-encoder reads query and passage together, and puts them in a new order.

    model = train_reranker(bertlab.checkpoint(), tokenizer, triples["train"], seed=0, epochs=2)
    hits = rerank(model, tokenizer, questions, texts, top_k(queries, vectors, k=100), depth=20)

Nogueira and Cho 2019 (arXiv:1901.04085).
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.retrieval.exact import Hits, check_finite
from bertlab.sentence_bert.cross_encoder import cross_encoder, score_pairs, train_cross_encoder
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_embeddings.encode import longest


def train_reranker(
    folder: str, tokenizer: PreTrainedTokenizerFast, triples: Triples, seed: int = 0, **recipe: Any
) -> Any:
    """Return a cross-encoder trained to tell positives from negatives.

    Example: `train_reranker(bertlab.checkpoint(), tokenizer, load_triples()["train"], epochs=2, lr=1e-4)`

    `recipe` is that of `FineTuning`: epochs, batch_size, lr. The hard negatives of triples are like what a first search
    returns; random ones would teach it only what that search knows already.
    """
    model = cross_encoder(folder, seed)
    train_cross_encoder(model, tokenizer, triples, seed=seed, **recipe)
    return model


def rerank(
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    queries: Sequence[str],
    passages: Sequence[str],
    hits: Hits,
    depth: int = 20,
) -> Hits:
    """Sort the first hits of each query by a cross-encoder; the others stay behind them in their order.

    Example: `rerank(model, tokenizer, questions, texts, top_k(queries, vectors, k=100)).ids[0]`

    What is not among the first k cannot come back: the recall at k of the first search bounds it.

    Args:
        model: returns one logit for a pair, the higher the better it fits.
        tokenizer: its tokenizer.
        queries: one for each row of hits.
        passages: all that were searched; ids of hits are their numbers. A pair that is too long for the model loses the
            end of its longer text.
        hits: of the first search; -1 in place of an id stands for no hit.
        depth: how many of each row are read.

    Returns:
        The scores of what was read are logits; those of all others are -inf, because the first search measures by
        another scale.

    Raises:
        ValueError: there are not as many rows as queries, depth is below 1, or a logit is not finite.
    """
    if depth < 1 or len(queries) != len(hits.ids):
        raise ValueError(f"{len(queries)} queries, {len(hits.ids)} rows, depth={depth}: give a row each, and 1 or more")
    read = hits.ids[:, :depth] >= 0
    rows, numbers = read.nonzero()[:, 0].tolist(), hits.ids[:, :depth][read].tolist()
    scores = torch.full_like(hits.scores, -torch.inf)
    if rows:
        pairs = [queries[row] for row in rows], [passages[number] for number in numbers]
        logits = score_pairs(model, tokenizer, *pairs, max_length=longest(model, tokenizer))
        check_finite(logits=logits)
        scores[:, :depth][read] = logits.to(scores)
    scores, order = scores.sort(dim=1, descending=True, stable=True)  # stable: equals, -inf too, keep their order
    return Hits(scores, hits.ids.gather(1, order))


def pairs_read(ids: Int[Tensor, "queries k"], depth: int = 20) -> int:
    """Count the pairs that the cross-encoder reads: the cost of `rerank`, for no pair can be computed beforehand.

    Example: `pairs_read(torch.tensor([[4, 0, 7], [2, -1, -1]]), depth=2)` is `3`.
    """
    return int((ids[:, :depth] >= 0).sum())
