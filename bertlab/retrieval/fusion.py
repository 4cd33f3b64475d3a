"""Two rankings of the same texts made into one, by places or by scores."""

from collections.abc import Hashable, Mapping, Sequence


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Hashable]], k: int | float = 60, weights: Sequence[int | float] | None = None
) -> dict[Hashable, float]:
    """Give each id the sum of 1 / (k + its place) over the rankings it is in; return them best first.

    Example: `list(reciprocal_rank_fusion([["a", "b", "c"], ["c", "b", "d"]]))` is `["c", "b", "a", "d"]`.

    Only places count, so the scores need not be comparable. A large k makes the first places less special. Of equals,
    the one met first comes first. Cormack et al. 2009. ValueError if an id stands twice in a ranking, or weights are
    not as many as rankings.
    """
    total: dict[Hashable, float] = {}
    for ranked, weight in zip(rankings, [1] * len(rankings) if weights is None else weights, strict=True):
        if len(set(ranked)) < len(ranked):
            raise ValueError("an id stands twice in one ranking: keep its best place")
        for place, found in enumerate(ranked, 1):
            total[found] = total.get(found, 0.0) + weight / (k + place)
    return best_first(total)


def min_max(scores: Mapping[Hashable, int | float]) -> dict[Hashable, float]:
    """Stretch scores to the range from 0 to 1. Example: `min_max({"a": 12, "b": 8, "c": 4})` is
    `{"a": 1.0, "b": 0.5, "c": 0.0}`.

    If all are the same, all become 1: a lone hit is the best one.
    """
    low, high = min(scores.values(), default=0), max(scores.values(), default=0)
    return {found: (score - low) / (high - low) if high > low else 1.0 for found, score in scores.items()}


def weighted_fusion(
    scores: Sequence[Mapping[Hashable, int | float]], weights: Sequence[int | float]
) -> dict[Hashable, float]:
    """Add up the scores of several searches, each stretched to 0 to 1, times its weight; return them best first.

    Example: `weighted_fusion([{"a": 9, "b": 1}, {"b": 0.7, "c": 0.2}], [0.4, 0.6])` is
    `{"b": 0.6, "a": 0.4, "c": 0.0}`.

    A text that a search did not return gets 0 from it, as does the last one that it did: give each search's scores for
    the same texts where you can. The weights want tuning, on other queries than those for the test. ValueError if
    weights are not as many as searches.
    """
    total: dict[Hashable, float] = {}
    for found, weight in zip(map(min_max, scores), weights, strict=True):
        for name, score in found.items():
            total[name] = total.get(name, 0.0) + weight * score
    return best_first(total)


def best_first(scores: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Sort by score, the best first; equals keep their order. Example: `list(best_first({"a": 1.0, "b": 2.0}))` is
    `["b", "a"]`.
    """
    return dict(sorted(scores.items(), key=lambda item: -item[1]))
