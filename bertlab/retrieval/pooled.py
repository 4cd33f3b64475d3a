"""Without labels: judge by hand what several searches found first, and mind a search that had no say in it.

    pools = pooled_judgements([bm25, dense, late], depth=10)     # for each question, ids to judge
    share_unjudged(new_search, pools, k=10)                      # how much of another search nobody looked at

Spärck Jones and van Rijsbergen 1975; how far such labels carry: Zobel 1998, "How reliable are the results of
large-scale information retrieval experiments?"
"""

import random
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, NamedTuple

Ranking = Sequence[Hashable]
Search = Sequence[Ranking]
"""The rankings of one search, one for each question."""


def pooled_judgements(searches: Sequence[Search], depth: int = 10, seed: int = 0) -> list[list[Hashable]]:
    """Return what is to be judged for each question: what any of the searches has among its first `depth`, shuffled.

    Example: `sorted(pooled_judgements([[["a", "b"]], [["b", "c"]]], depth=2)[0])` is `["a", "b", "c"]`.

    Shuffled, because whoever judges should not see who found it, or at what place. A passage outside of the pool is
    taken for not relevant, which is unfair to a search that was not in it: with "a" and "d" relevant, the pool of
    ["a", "b"] and ["b", "c"] knows only of "a", so that the better ranking ["d", "a"] gets a reciprocal rank of one
    half, because nobody looked at "d". And recall is too high for all: what none of them found is not missed.

    Args:
        searches: the rankings of each, for the same questions; the more they differ, the more the pool knows.
        depth: how many of each ranking are judged.
        seed: of the shuffling.

    Raises:
        ValueError: there is no search, they have different numbers of rankings, or depth is below 1.
    """
    if depth < 1 or len({len(search) for search in searches}) != 1:
        counts = [len(search) for search in searches]
        raise ValueError(f"rankings {counts}, depth={depth}: give each search the same questions, and 1 or more places")
    drawn = random.Random(seed)
    pools = []
    for rankings in zip(*searches, strict=True):
        pool = list(dict.fromkeys(found for ranked in rankings for found in ranked[:depth]))
        drawn.shuffle(pool)
        pools.append(pool)
    return pools


def share_unjudged(search: Search, pools: Sequence[Collection[Hashable]], k: int = 10) -> float:
    """Return the share of the first k of a search that nobody judged: all that its measures may be wrong by.

    Example: `share_unjudged([["d", "a"]], [["a", "b", "c"]], k=2)` is `0.5`.

    0 for a search of the pool, up to the pool's depth. ValueError if there are not as many pools as rankings, or the
    rankings are empty.
    """
    judged = [found in pool for ranked, pool in zip(search, pools, strict=True) for found in ranked[:k]]
    if not judged:
        raise ValueError("the search found nothing: there is no place to count")
    return judged.count(False) / len(judged)


class Judged(NamedTuple):
    """A search measured by the labels of a pool that it was in, and of one that it was not in.

    Example: `Judged(0.8, 0.7).outside` is `0.7`.
    """

    inside: float
    outside: float


def left_out(
    searches: Sequence[Search],
    relevant: Sequence[Collection[Hashable]],
    measure: Callable[..., float],
    depth: int = 10,
    **options: Any,
) -> list[Judged]:
    """Measure each search by the labels of all searches' pool, and by those of the others' pool alone.

    Example: `left_out([[["d", "a"]], [["a", "b"]]], [{"a", "d"}], reciprocal_rank, depth=2)[0]` is `(1.0, 0.5)`.

    Where all labels are known, this shows what a new search would lose by coming too late (Zobel 1998). A question of
    which no pool has anything relevant is left out; one of which only the others' pool has nothing counts as 0.
    ValueError if no question is left, or as in `pooled_judgements`.

    Args:
        searches: two or more.
        relevant: what is relevant to each question, found or not.
        measure: such as `reciprocal_rank`.
        depth: of the pools.
        options: what else the measure takes, such as k.
    """
    known = labels(relevant, pooled_judgements(searches, depth))
    asked = [number for number, wanted in enumerate(known) if wanted]
    if not asked:
        raise ValueError("no search found anything relevant: give a greater depth, or other searches")
    judged = []
    for place, search in enumerate(searches):
        others = labels(relevant, pooled_judgements([*searches[:place], *searches[place + 1 :]], depth))
        inside = [measure(search[number], known[number], **options) for number in asked]
        outside = [measure(search[i], others[i], **options) if others[i] else 0.0 for i in asked]
        judged.append(Judged(sum(inside) / len(asked), sum(outside) / len(asked)))
    return judged


def labels(relevant: Sequence[Collection[Hashable]], pools: Sequence[Sequence[Hashable]]) -> list[set[Hashable]]:
    """Return what judging a pool reveals. Example: `labels([{"a", "d"}], [["a", "b"]])` is `[{"a"}]`."""
    return [set(wanted) & set(pool) for wanted, pool in zip(relevant, pools, strict=True)]
