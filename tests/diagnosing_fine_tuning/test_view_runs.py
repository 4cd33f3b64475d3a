"""Pictures of recorded runs, each with what it shows in words."""

import re

import pytest

from bertlab.diagnosing_fine_tuning import view_runs
from bertlab.diagnosing_fine_tuning.calibration import Bin
from bertlab.diagnosing_fine_tuning.cures import FRAGILE
from bertlab.diagnosing_fine_tuning.view_runs import describe, draw_fragile, draw_reliability, draw_runs, fragile_seeds
from tests.diagnosing_fine_tuning.made_up import made_up_runs


def alt(picture):
    return re.search(r'alt="([^"]*)"', picture.data)[1]


def test_a_run_is_described_by_the_ends_of_its_curves():
    words = describe(made_up_runs()["leakage"][0])
    assert words.startswith("leakage: training loss ")
    assert words.count(" to ") == 3


def test_each_setting_has_a_panel_and_its_words(monkeypatch):
    monkeypatch.setattr(view_runs, "runs_of", lambda setting: made_up_runs()[setting.split(", ")[1]])
    words = alt(draw_runs(["cause, sound", "cause, leakage"]))
    assert words.startswith("Loss and validation accuracy by step. sound: ")
    assert "; leakage: training loss" in words
    assert "leakage" not in alt(draw_runs(["cause, sound"]))


def test_ten_seeds_of_each_recipe_are_drawn_and_told():
    seeds = fragile_seeds()
    assert list(seeds) == list(FRAGILE)
    words = alt(draw_fragile())
    for name, found in seeds.items():
        assert f"{name}: {min(found):.0%} to {max(found):.0%}" in words


def test_reliability_leaves_out_bins_without_texts():
    nan = float("nan")
    bins = [Bin(0.0, 0.5, nan, nan, 0), Bin(0.5, 1.0, confidence=0.9, accuracy=0.75, texts=4)]
    assert alt(draw_reliability({"here": bins, "there": bins[1:]})) == (
        "Accuracy against confidence. here: 90% sure, 75% right; there: 90% sure, 75% right."
    )


@pytest.mark.parametrize("groups", [1, 3])
def test_any_number_of_groups_can_be_drawn(groups):
    bins = [Bin(0.5, 1.0, confidence=0.9, accuracy=0.75, texts=4)]
    assert "90% sure" in alt(draw_reliability({str(number): bins for number in range(groups)}))
