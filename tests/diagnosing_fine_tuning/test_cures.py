"""What is tried against overfitting changes one thing, and the control takes clipping away."""

import math

import pytest
from torch import nn
from transformers import AutoTokenizer

from bertlab.checkpoints import EMBEDDED
from bertlab.diagnosing_fine_tuning.causes import Setup
from bertlab.diagnosing_fine_tuning.cures import CONTROLS, CURES, FRAGILE, set_dropout
from bertlab.fine_tuning.labeled import LabeledTexts


@pytest.fixture
def setup():
    texts = LabeledTexts(tuple(f"text {n}" for n in range(260)), (0, 1) * 130, ("negative", "positive"))
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
    return Setup(lambda seed: None, tokenizer, {"train": texts, "validation": texts.pick(range(14))})


def test_all_dropout_is_set_and_nothing_else():
    model = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.1), nn.Sequential(nn.Dropout(0.2)))
    set_dropout(0.25)(model)
    assert [module.p for module in model.modules() if isinstance(module, nn.Dropout)] == [0.25, 0.25]


@pytest.mark.parametrize(("name", "texts"), [(name, 128 if name == "twice the texts" else 64) for name in CURES])
def test_a_cure_trains_on_few_texts_for_about_as_many_steps(setup, name, texts):
    cured = CURES[name](setup)
    assert len(cured.splits["train"]) == texts
    assert cured.recipe["epochs"] * texts == pytest.approx(3 * 260, rel=0.1)
    assert cured.splits["validation"] is setup.splits["validation"]


def test_only_weight_decay_changes_the_recipe(setup):
    plain = CURES["nothing done"](setup)
    assert CURES["weight decay 20"](setup).recipe == {**plain.recipe, "weight_decay": 20.0}
    assert CURES["no dropout"](setup).recipe == CURES["dropout 0.3"](setup).recipe == plain.recipe
    assert CURES["no dropout"](setup).prepare is not plain.prepare


def test_the_control_differs_from_its_run_by_clipping_alone(setup):
    assert CONTROLS["no clipping"](setup).recipe == {**setup.recipe, "clip": math.inf}
    kept = CONTROLS["gradients kept, no clipping"](setup)
    assert kept.recipe["clip"] == math.inf
    assert kept.spoil is not setup.spoil


def test_each_single_cure_changes_one_thing_of_as_it_was():
    base = FRAGILE["as it was"]
    changed = {name: sum(a != b for a, b in zip(recipe, base, strict=True)) for name, recipe in FRAGILE.items()}
    assert changed.pop("as it was") == 0
    assert all(count == 1 + name.endswith(" and longer") for name, count in changed.items())
