"""The figure shows what was recorded of each kind, before and after training, and only for the right weights."""

import re

import pytest

from bertlab.checkpoints import fingerprint
from bertlab.experiments.record import Results
from bertlab.retrieval import recorded
from bertlab.retrieval.recorded import show_represented, values_of
from bertlab.retrieval.three_ways import NAMES


def write(folder, weights):
    results = Results("retrieval", folder)
    runs = [(f"represent, {name}", seed) for name in NAMES for seed in range(2 if name.endswith(", trained") else 1)]

    def measure(setting, seed):
        value = NAMES.index(setting.removeprefix("represent, ")) / 10 + seed / 100
        return {"nDCG@10, shared": value, "nDCG@10, other words": value + 0.05}

    results.record(runs, measure, weights)
    return results


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path, fingerprint()))


def test_each_kind_has_its_seeds(results):
    found = values_of("nDCG@10, shared")
    assert list(found) == list(NAMES)
    assert found["sparse, trained"] == pytest.approx([0.3, 0.31])
    assert found["late, untrained"] == pytest.approx([0.4])


def test_the_figure_is_told_in_words(results):
    alt = re.search(r'alt="([^"]*)"', show_represented().data).group(1)
    assert "shared words: dense, untrained 0.000, dense, trained 0.105" in alt
    assert "other words: dense, untrained 0.050" in alt
    assert "late, trained 0.555" in alt


def test_figures_of_other_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path, "0" * 64))
    with pytest.raises(ValueError, match="weights"):
        show_represented()
