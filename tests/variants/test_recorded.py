"""Each kind has its row, without those that a metric does not fit, and the figure is told in words."""

import re

import pytest

from bertlab.experiments.record import Results
from bertlab.variants import recorded
from bertlab.variants.experiment import GROUPS
from bertlab.variants.recorded import better, show_distilled, show_equal, values_of


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    made = Results("variants", tmp_path)
    runs = [(f"{group}, {name}", seed) for group in GROUPS for name in GROUPS[group][1] for seed in (0, 1)]
    numbers = {setting: number for number, (setting, _) in enumerate(runs)}

    def measure(setting, seed):
        value = numbers[setting] / 100 + seed / 1000
        if setting.startswith("distill"):
            return {"gap": value, "gap, certain": value + 1, "gap, open": value + 2}
        costs = {"parameters": 1000.0 + numbers[setting], "operations": 1.0, "seconds": 1.25}
        found = costs | {"entity tags": value, "sentiment": value + 0.5}
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


def test_chosen_kinds_are_shown_in_the_order_asked_for():
    alt = re.search(r'alt="([^"]*)"', show_equal("ALBERT", "BERT").data).group(1)
    assert re.search("floor: ALBERT .*, BERT ", alt)
    assert "DeBERTa" not in alt
    with pytest.raises(KeyError, match="there is no 'XLNet' in 'pretrain', but BERT"):
        show_equal("BERT", "XLNet")


def test_the_table_has_a_row_for_each_kind_with_its_spread(capsys):
    recorded.print_equal()
    heads, first, *others = capsys.readouterr().out.splitlines()
    assert heads.split() == ["weights", "work", "time", "nats", "tags", "sentiment"]
    assert max(map(len, [first, *others])) <= 100
    assert " ".join(first.split()) == "BERT 1,001 1.00 1.25 1.01 (1.01-1.01) .01 (.01-.01) .51 (.51-.51)"
    assert len(others) == len(GROUPS["pretrain"][1]) - 1
    assert all(" - " in row for row in others if row.startswith("ELECTRA"))


def test_better_needs_all_seeds_and_knows_which_side_is_better():
    assert better("gap", "BERT", "ALBERT")
    assert not better("gap", "ALBERT", "BERT")
    assert better("entity tags", "ALBERT", "BERT")
