"""What goes wrong when the nearest passages are looked for. See `bertlab.exercises.mistakes`."""

from torch import Tensor

Found = tuple[Tensor, Tensor]


def takes_the_dot_product(query: Tensor, passages: Tensor, k: int) -> Found:
    """You rank by the dot product, in which a passage with a long vector can beat one that points the right way. For
    the cosine the query and each passage are first divided by their own lengths."""
    return _best(passages @ query, k)


def leaves_the_query_as_it_is(query: Tensor, passages: Tensor, k: int) -> Found:
    """The right passages in the right order, but all scores are too large or too small by one factor, the length of the
    query. They are no cosines then, and a threshold that fits one query does not fit the next: normalize it too."""
    return _best(_unit(passages) @ query, k)


def leaves_the_passages_as_they_are(query: Tensor, passages: Tensor, k: int) -> Found:
    """You divide by the length of the query, which is the same for all passages and changes no order, but not by those
    of the passages: long vectors win too often. Normalize each row of `passages`."""
    return _best(passages @ _unit(query), k)


def normalizes_the_columns(query: Tensor, passages: Tensor, k: int) -> Found:
    """You divide each dimension by its norm over all passages, so that the score of one depends on which others are in
    the index. A length is that of one vector: the norm over the values of a row."""
    return _best(passages / passages.norm(dim=0) @ _unit(query), k)


def divides_columns_by_norms_of_rows(query: Tensor, passages: Tensor, k: int) -> Found:
    """Your norms are right, one for each passage, but they are lined up with the columns: (n, hidden) divided by (n,)
    fits only by chance, and then divides wrongly. `norm(dim=1, keepdim=True)` is (n, 1), a number for each row."""
    return _best(passages / passages.norm(dim=1) @ _unit(query), k)


def takes_one_norm_for_all(query: Tensor, passages: Tensor, k: int) -> Found:
    """You divide all passages by the same number, the norm of the whole matrix, so that long vectors are still longer
    than the others. Each passage has a length of its own."""
    return _best(passages / passages.norm() @ _unit(query), k)


def puts_the_worst_first(query: Tensor, passages: Tensor, k: int) -> Found:
    """These are the k *least* similar passages. A cosine is a similarity and not a distance, so that the largest are
    wanted: sorting goes upward if nothing else is said, so say `descending=True`, or take `topk`."""
    scores, indices = _cosines(query, passages).sort()
    return scores[:k], indices[:k]


def puts_the_best_last(query: Tensor, passages: Tensor, k: int) -> Found:
    """The right k passages, but in the wrong order: your best one comes last, as at the end of a list that was sorted
    upward. Whoever reads only the first hit reads the worst of them."""
    scores, indices = _cosines(query, passages).sort()
    return scores[-k:], indices[-k:]


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True)


def _cosines(query: Tensor, passages: Tensor) -> Tensor:
    return _unit(passages) @ _unit(query)


def _best(scores: Tensor, k: int) -> Found:
    best = scores.topk(k)
    return best.values, best.indices
