"""The recorded trial of next-sentence prediction: its recipes, what is measured, and that its file is complete."""

import pytest
import torch

from bertlab.experiments.record import Results
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
    same_meaning,
    world,
)
from bertlab.next_sentence_prediction.objective import POSITIONS
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import SEP

TASKS = {"entity tags", "sentiment", "related, other topic", "same meaning", "related, same template"}
MEASURED = TASKS | {"million tokens", "gap, discourses", "gap, sentences"}
JUDGED = {f"accuracy, {kind}" for kind in KINDS}


def test_a_recipe_with_a_loss_on_pairs_has_one_that_reads_the_same_without():
    by_loss = [{name: r.negatives for name, r in RECIPES.items() if r.with_next == asked} for asked in (False, True)]
    without, with_next = by_loss
    assert [*without.values()] == [None, *with_next.values()] == [None, "other topic", "same topic", "swapped"]
    assert RECIPES["MLM, whole pairs"] == (None, False)
    assert list(ALONE.values()) == list(KINDS)


def test_a_few_steps_bring_a_model_nearer_to_the_floor():
    fresh = small_bert(world().discourses, 0, POSITIONS)
    training = pretrain("MLM + NSP", 0, steps=12)
    assert training.tokens > 12 * 96 * 8
    assert gap(training.model, world().discourses, 50) < gap(fresh, world().discourses, 50) - 0.5


def test_a_head_that_always_says_follows_is_right_on_the_pairs_that_do():
    model = small_bert(world().discourses, 0, POSITIONS)
    with torch.no_grad():
        model.cls["seq_relationship"].bias.copy_(torch.tensor([50.0, 0.0]))
    found = accuracies(model, 200)
    assert set(found) == JUDGED
    assert all(value == pytest.approx(0.5, abs=0.15) for value in found.values())


@pytest.mark.parametrize("task", [related("same template"), same_meaning], ids=["related", "same meaning"])
def test_a_task_of_pairs_asks_at_cls_alone(task):
    ids, labels = task(7, torch.Generator().manual_seed(0))
    assert ids.shape == labels.shape
    assert len(ids) == 7
    assert (ids == SEP).sum(1).tolist() == [2] * 7
    assert set(labels[:, 0].tolist()) == {0, 1}
    assert (labels[:, 1:] == -100).all()


def test_the_file_in_the_repository_is_complete():
    rows = Results("next_sentence_prediction").rows()
    for setting in [*ALONE, *RECIPES]:
        judged = set() if setting in RECIPES and not RECIPES[setting].with_next else JUDGED
        wanted = judged if setting in ALONE else judged | MEASURED
        for seed in range(SEEDS):
            found = [row["metric"] for row in rows if (row["setting"], row["seed"]) == (setting, str(seed))]
            assert sorted(found) == sorted(wanted), (setting, seed)


def test_values_come_back_by_recipe_and_seed():
    for metric in MEASURED:
        found, summed_up = by_seed(metric), recorded(metric)
        assert set(found) == set(RECIPES)
        for name, values in found.items():
            assert sum(values) / SEEDS == pytest.approx(summed_up[name].mean)
