"""Each kind has its row, without those that a metric does not fit, and the figure is told in words."""

import re

import pytest

from bertlab.experiments.record import Results
from bertlab.variants import recorded
from bertlab.variants.experiment import GROUPS
from bertlab.variants.recorded import show_distilled, show_equal, values_of


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    made = Results("variants", tmp_path)
    runs = [(f"{group}, {name}", seed) for group in GROUPS for name in GROUPS[group][1] for seed in (0, 1)]
    numbers = {setting: number for number, (setting, _) in enumerate(runs)}

    def measure(setting, seed):
        value = numbers[setting] / 100 + seed / 1000
        if setting.startswith("distill"):
            return {"gap": value, "gap, certain": value + 1, "gap, open": value + 2}
        found = {"entity tags": value, "sentiment": value + 0.5}
        return found if "ELECTRA" in setting else found | {"gap": value + 1}

    made.record(runs, measure)
    monkeypatch.setattr(recorded, "results", made)


def test_a_kind_without_the_metric_has_no_row():
    assert "ELECTRA" not in values_of("pretrain", "gap")
    assert len(values_of("pretrain", "entity tags")["ELECTRA"]) == 2


def test_figures_are_told_in_words():
    alt = re.search(r'alt="([^"]*)"', show_equal().data).group(1)
    assert "nats above the floor: BERT " in alt
    assert "entity tags: BERT " in alt
    alt = re.search(r'alt="([^"]*)"', show_distilled().data).group(1)
    assert "nearly certain: teacher" in alt
    assert "open: teacher" in alt


def test_what_is_not_there_is_named():
    with pytest.raises(KeyError, match="there is no group 'trained'"):
        values_of("trained", "gap")
    with pytest.raises(KeyError, match=r"was not measured by 'gap, next word'|has no metric"):
        values_of("distill", "gap, next word")
