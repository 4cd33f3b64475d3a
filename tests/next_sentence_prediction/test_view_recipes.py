"""The figure of the recipes: a dot for each seed, and the same in words."""

import pytest

from bertlab.next_sentence_prediction import view_recipes
from bertlab.next_sentence_prediction.experiment import RECIPES, SEEDS
from bertlab.next_sentence_prediction.view_recipes import as_text, by_recipe, draw_recipes

RECORDED = {name: [row + 0.01 * seed for seed in range(5)] for row, name in enumerate(reversed(RECIPES))}


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(view_recipes, "by_seed", lambda metric: RECORDED)


def test_the_file_has_all_seeds_of_each_recipe():
    found = by_recipe("gap, sentences")
    assert [*found] == [*RECIPES]
    assert all(len(values) == SEEDS[name] for name, values in found.items())


def test_recipes_stand_in_their_own_order(recorded):
    assert [*by_recipe("gap")] == [*RECIPES]
    assert by_recipe("gap")["MLM + NSP"] == RECORDED["MLM + NSP"]


def test_the_words_say_mean_lowest_and_highest(recorded):
    assert as_text("gap").startswith("gap: MLM, whole pairs 3.02 (3.00 to 3.04); ")
    assert as_text("gap").endswith("MLM + NSP 0.02 (0.00 to 0.04).")


def test_the_figure_carries_its_words(recorded):
    drawn = draw_recipes("gap", "gap of others").data
    assert f"{as_text('gap')} {as_text('gap of others')}" in drawn
