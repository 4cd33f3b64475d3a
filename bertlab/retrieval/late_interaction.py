"""Late interaction: a vector for each token, and each token of the query looks for its best match in the text.

ColBERT, Khattab and Zaharia 2020 (arXiv:2004.12832), section 3.3.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def maxsim(
    queries: Float[Tensor, "queries query_seq dim"],
    texts: Float[Tensor, "texts text_seq dim"],
    query_mask: Bool[Tensor, "queries query_seq"] | Int[Tensor, "queries query_seq"],
    text_mask: Bool[Tensor, "texts text_seq"] | Int[Tensor, "texts text_seq"],
) -> Float[Tensor, "queries texts"]:
    """Sum, over the tokens of a query, the largest inner product with any token of a text.

    Example: `maxsim(torch.eye(2)[None], torch.eye(2)[None], torch.ones(1, 2).bool(), torch.ones(1, 2).bool()).item()`
    is `2.0`.

    Padding takes no part: in a text it must not win the maximum (0 would, over what is negative), in a query it must
    not be summed. Longer queries have larger scores, so only scores for one query are comparable. Give unit vectors
    for cosine similarity. ValueError if a text has no token.
    """
    real = text_mask.bool()
    if not real.any(dim=1).all():
        raise ValueError("the mask of a text is all 0: a text needs a token that the query can match")
    rows = []
    for query, mask in zip(queries, query_mask.bool(), strict=True):  # all at once would not fit into memory
        products = torch.einsum("qd,ntd->nqt", query[mask], texts)
        rows.append(products.masked_fill(~real[:, None], -torch.inf).amax(dim=2).sum(dim=1))  # (texts,)
    return torch.stack(rows) if rows else queries.new_empty(0, len(texts))


class Match(NamedTuple):
    """The token of the text that a token of the query matches best, and how well.

    Example: `Match(4, 0.9).place` is `4`.
    """

    place: int
    score: float


def best_matches(query: Float[Tensor, "query_seq dim"], text: Float[Tensor, "text_seq dim"]) -> list[Match]:
    """Return, for each token of a query, its best match in a text; the scores add up to `maxsim`.

    Example: `best_matches(torch.eye(2), 3 * torch.eye(2).flip(0))` is `[(1, 3.0), (0, 3.0)]`.

    Give no padding here.
    """
    scores, places = (query @ text.T).max(dim=1)
    return [Match(place, score) for place, score in zip(places.tolist(), scores.tolist(), strict=True)]
