"""The catalog of what is measured: each setting has one name, and each knob is a size that an index has."""

from dataclasses import fields

import pytest

from bertlab.retrieval.ann import KINDS, Sizes
from bertlab.retrieval.knobs import BY_NAME, CLUSTERS, WAYS, name_of, settings


def test_each_setting_has_a_name_of_its_own():
    assert len(BY_NAME) == len(list(settings()))
    assert BY_NAME["hnsw log-normal, 64"] == ("hnsw log-normal", 64)
    assert BY_NAME["sq8"] == ("sq8", None)


@pytest.mark.parametrize("name", WAYS)
def test_a_knob_is_a_size_of_the_index_and_has_values(name):
    way = WAYS[name]
    assert way.kind in {*KINDS, "scann"}
    assert way.size in {"", "searched", *(field.name for field in fields(Sizes))}
    assert bool(way.size) == bool(way.knob) == ("{}" in way.says) == (way.values != (None,))
    assert list(way.values) == sorted(set(way.values))
    if way.kind in ("ivf", "scann"):
        assert max(way.values) < CLUSTERS


def test_every_kind_is_measured():
    assert {way.kind for way in WAYS.values()} == {*KINDS, "scann"}
    assert name_of("pq", 12) in BY_NAME
