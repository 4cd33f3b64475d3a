"""ScaNN in the manner of the other indexes, where it is installed; elsewhere, a line that says so."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bertlab.retrieval import scann_index
from bertlab.retrieval.ann import share_found, unit
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.scann_index import ScannIndex, build_scann, is_installed
from tests.encoders import assert_close

needs_scann = pytest.mark.skipif(not is_installed(), reason="ScaNN is not installed: its wheel is for Linux on x86-64")


class Stub:
    """Asked as ScaNN is, it finds one vector for the first query and two for the second."""

    def search_batched(self, queries, **options):
        self.queries, self.options = queries, options
        return np.array([[7, 0], [1, 4]], np.uint32), np.array([[0.5, np.nan], [0.9, 0.1]], np.float32)


def test_what_is_not_found_is_filled_up():
    stub = Stub()
    found = ScannIndex(stub, searched=3, candidates=13).search(torch.tensor([[3.0, 4.0], [0.0, 2.0]]), k=2)
    assert found.ids.tolist() == [[7, -1], [1, 4]]
    assert_close(found.scores, torch.tensor([[0.5, -torch.inf], [0.9, 0.1]]))
    np.testing.assert_allclose(stub.queries, [[0.6, 0.8], [0, 1]], rtol=1e-6)
    assert stub.options == {"final_num_neighbors": 2, "pre_reorder_num_neighbors": 26, "leaves_to_search": 3}


def test_without_it_a_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(scann_index, "find_spec", lambda name: None)
    assert not is_installed()
    with pytest.raises(ImportError, match=r"pip install scann \(a wheel for Linux on x86-64 only\), or take another"):
        build_scann(torch.ones(300, 8))


def test_too_few_vectors_are_refused(monkeypatch):
    monkeypatch.setattr(scann_index, "is_installed", lambda: True)
    with pytest.raises(ValueError, match="36 vectors are too few for 37 clusters: give at least 37"):
        build_scann(torch.ones(36, 8), clusters=37)
    with pytest.raises(ValueError, match="13 vectors are too few for 7 clusters: give at least 16"):
        build_scann(torch.ones(13, 8), clusters=7)


@needs_scann
def test_more_clusters_find_more_and_all_of_them_nearly_all():
    generator = torch.Generator().manual_seed(8)
    vectors, queries = torch.randn(700, 32, generator=generator), torch.randn(13, 32, generator=generator)
    exact = top_k(unit(queries), unit(vectors), k=10).ids
    index = build_scann(vectors * 3, clusters=16, searched=1)
    few, many = (share_found(replace(index, searched=count).search(queries, 10).ids, exact) for count in (1, 16))
    assert few < many
    assert many > 0.95
    assert 700 * 32 * 4 < index.bytes < 2 * 700 * 32 * 4


@needs_scann
def test_fewer_vectors_than_asked_for():
    vectors = torch.randn(37, 8, generator=torch.Generator().manual_seed(2))
    found = build_scann(vectors, clusters=2, searched=2).search(vectors[:3], k=41)
    exact = top_k(unit(vectors[:3]), unit(vectors), k=37)
    assert found.ids[:, :37].sort().values.tolist() == [list(range(37))] * 3
    assert found.ids[:, 37:].tolist() == [[-1] * 4] * 3
    torch.testing.assert_close(found.scores[:, :37], exact.scores, rtol=1e-4, atol=1e-5)
