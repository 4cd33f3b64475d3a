"""The recorded trial of next-sentence prediction: its recipes, what is measured, and that its file is complete."""

import pytest
import torch

from bertlab.next_sentence_prediction.experiment import (
    ALONE,
    KINDS,
    RECIPES,
    SEEDS,
    accuracies,
    by_seed,
    gap,
    pretrain,
    recorded,
    related,
    results,
    world,
)
from bertlab.next_sentence_prediction.objective import POSITIONS
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import SEP

MEASURED = {"million tokens", "gap, discourses", "gap, sentences", "related, other topic", "related, same template"}
JUDGED = {f"accuracy, {kind}" for kind in KINDS}


def test_each_recipe_differs_from_the_one_before_it_in_one_thing():
    whole, left_out, torn, with_next = RECIPES.values()
    assert whole == (False, False, False)
    assert left_out == torn._replace(left_out=True)
    assert with_next == torn._replace(with_next=True)
    assert torn == whole._replace(torn=True)
    assert list(ALONE.values()) == list(KINDS)


def test_a_few_steps_bring_a_model_nearer_to_the_floor():
    fresh = small_bert(world().discourses, 0, POSITIONS)
    training = pretrain("MLM + NSP", 0, steps=12)
    assert training.tokens > 12 * 96 * 8
    assert gap(training.model, world().discourses, 50) < gap(fresh, world().discourses, 50) - 0.5


def test_what_is_left_out_is_not_read():
    tokens = {name: pretrain(name, 0, steps=2).tokens for name in RECIPES}
    assert tokens["MLM, torn pairs"] == tokens["MLM + NSP"]
    assert 0.6 < tokens["MLM, torn left out"] / tokens["MLM, torn pairs"] < 0.85


def test_a_head_that_always_says_follows_is_right_on_the_pairs_that_do():
    model = small_bert(world().discourses, 0, POSITIONS)
    with torch.no_grad():
        model.cls["seq_relationship"].bias.copy_(torch.tensor([50.0, 0.0]))
    found = accuracies(model, 200)
    assert set(found) == JUDGED
    assert all(value == pytest.approx(0.5, abs=0.15) for value in found.values())


def test_a_task_of_pairs_asks_at_cls_alone():
    ids, labels = related("same template")(7, torch.Generator().manual_seed(0))
    assert ids.shape == labels.shape
    assert len(ids) == 7
    assert (ids == SEP).sum(1).tolist() == [2] * 7
    assert set(labels[:, 0].tolist()) == {0, 1}
    assert (labels[:, 1:] == -100).all()


def test_the_file_in_the_repository_is_complete_and_holds_nothing_else():
    wanted = {
        (name, str(seed), metric)
        for name, seeds in SEEDS.items()
        for seed in range(seeds)
        for metric in (JUDGED if name in ALONE else MEASURED)
    }
    found = [(row["setting"], row["seed"], row["metric"]) for row in results.rows()]
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_values_come_back_by_recipe_and_seed():
    for metric in MEASURED:
        found, summed_up = by_seed(metric), recorded(metric)
        assert set(found) == set(RECIPES)
        for name, values in found.items():
            assert len(values) == SEEDS[name]
            assert sum(values) / len(values) == pytest.approx(summed_up[name].mean)
