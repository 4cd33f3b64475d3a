"""Rankings fused by places and by scores, worked by hand."""

import pytest

from bertlab.retrieval.fusion import min_max, reciprocal_rank_fusion, weighted_fusion


def test_places_by_hand():
    found = reciprocal_rank_fusion([["a", "b", "c"], ["c", "d"]])
    assert found == {
        "c": pytest.approx(1 / 63 + 1 / 61),
        "a": pytest.approx(1 / 61),
        "b": pytest.approx(1 / 62),
        "d": pytest.approx(1 / 62),
    }
    assert list(found) == ["c", "a", "b", "d"]  # b was met before d


def test_a_small_k_favors_first_places():
    """Of two searches, one puts a first and the other last; b is third for both."""
    rankings = [["a", "x", "b", "y"], ["u", "v", "b", "w", "z", "a"]]
    assert next(iter(reciprocal_rank_fusion(rankings, k=60))) == "b"
    assert next(iter(reciprocal_rank_fusion(rankings, k=0))) == "a"


def test_weights():
    assert list(reciprocal_rank_fusion([[1, 2], [2, 1]], weights=[1, 1.5])) == [2, 1]
    assert list(reciprocal_rank_fusion([[1, 2], [2, 1]], weights=[1.5, 1])) == [1, 2]
    with pytest.raises(ValueError, match="shorter"):
        reciprocal_rank_fusion([[1, 2], [2, 1]], weights=[1])
    with pytest.raises(ValueError, match="stands twice"):
        reciprocal_rank_fusion([[1, 1]])
    assert reciprocal_rank_fusion([]) == {}


def test_min_max():
    assert min_max({"a": -3.0, "b": 1.0, "c": 0.0}) == {"a": 0.0, "b": 1.0, "c": 0.75}
    assert min_max({"a": 0.2, "b": 0.2}) == {"a": 1.0, "b": 1.0}
    assert min_max({}) == {}


def test_scores_are_stretched_before_they_are_added():
    """BM25's 30 must not outweigh a cosine of 0.9 by being a larger number."""
    found = weighted_fusion([{"a": 30, "b": 10, "c": 20}, {"b": 0.9, "c": 0.5, "d": 0.1}], [0.5, 0.5])
    assert found == {
        "a": pytest.approx(0.5),
        "b": pytest.approx(0.5),
        "c": pytest.approx(0.5),
        "d": pytest.approx(0.0),
    }
    assert next(iter(weighted_fusion([{"a": 30, "b": 10}, {"b": 0.9, "a": 0.5}], [0.4, 0.6]))) == "b"
    with pytest.raises(ValueError, match="argument 2 is longer"):
        weighted_fusion([{"a": 1}], [0.5, 0.5])
