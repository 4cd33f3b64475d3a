"""What goes wrong when it is counted how much was found. See `bertlab.exercises.mistakes`."""


def takes_precision(ranked: list[str], relevant: set[str], k: int) -> float:
    """That is the precision: how many of the first k places hold something relevant. Recall goes the other way: of what
    is relevant, how much was found? Divide by `len(relevant)`, and count each id once."""
    return _places(ranked[:k], relevant) / k


def divides_by_k(ranked: list[str], relevant: set[str], k: int) -> float:
    """Your count is right, but divided by k, which makes it a sort of precision: with one relevant passage and k = 10
    it is 0.1 at most. Divide by how many are relevant."""
    return _found(ranked[:k], relevant) / k


def counts_an_id_twice(ranked: list[str], relevant: set[str], k: int) -> float:
    """Right as long as no id comes twice. One that does is counted at each of its places in yours, so that recall could
    pass 1. Go through what is relevant, or make a set of the first k."""
    return _places(ranked[:k], relevant) / len(relevant)


def asks_for_one_only(ranked: list[str], relevant: set[str], k: int) -> float:
    """You give 1 as soon as anything relevant is among the first k, which is the hit rate. It is the same where one
    passage is relevant; where there are several, recall is the share of them that was found."""
    return float(_found(ranked[:k], relevant) > 0)


def ignores_k(ranked: list[str], relevant: set[str], k: int) -> float:
    """You look through the whole ranking. Whatever a search ranks all passages by, its recall would be 1 in the end:
    only the first k count."""
    return _found(ranked, relevant) / len(relevant)


def divides_by_the_smaller(ranked: list[str], relevant: set[str], k: int) -> float:
    """You divide by k where more than k are relevant, so that a full first page gives 1. Some report that, as "capped"
    recall; plain recall stays below 1 there. Divide by `len(relevant)` whatever k is."""
    return _found(ranked[:k], relevant) / min(k, len(relevant))


def takes_the_reciprocal_rank(ranked: list[str], relevant: set[str], k: int) -> float:
    """That is the reciprocal rank: it asks how far up the first relevant id stands, and is blind to all others. Recall
    asks how many were found, and not in which order."""
    return next((1 / place for place, one in enumerate(ranked[:k], 1) if one in relevant), 0.0)


def stops_one_early(ranked: list[str], relevant: set[str], k: int) -> float:
    """You leave out the last of the first k. `ranked[:k]` are k ids, numbers 0 to k − 1: the end of a slice is not in
    it already."""
    return _found(ranked[: k - 1], relevant) / len(relevant)


def _places(first: list[str], relevant: set[str]) -> int:
    return sum(one in relevant for one in first)


def _found(first: list[str], relevant: set[str]) -> int:
    return len(relevant & set(first))
