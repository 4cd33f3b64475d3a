"""The recorded ablation of 80/10/10: what it measures, and that its file is complete."""

import pytest

from bertlab.experiments.record import Results
from bertlab.masked_language_modeling.experiment import (
    QUESTIONS,
    SEEDS,
    SETTINGS,
    by_seed,
    gaps,
    recorded,
    train,
    world,
)
from bertlab.masked_language_modeling.training import mlm_batch
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import MASK

GAPS = {"gap [MASK]", "gap kept", "gap replaced"}
METRICS = GAPS | {"entity tags", "entity tags, frozen", "sentiment", "sentiment, frozen"}


@pytest.mark.parametrize(("question", "masked", "unchanged"), [("[MASK]", 1, 0), ("kept", 0, 1), ("replaced", 0, 0)])
def test_each_question_corrupts_in_one_way(question, masked, unchanged):
    batch = mlm_batch(world().sentences, 200, 0, QUESTIONS[question])
    selected = batch["labels"] != -100
    read, original = batch["input_ids"][selected], batch["labels"][selected]
    assert (read == MASK).double().mean().item() == pytest.approx(masked, abs=0.02)
    assert (read == original).double().mean().item() == pytest.approx(unchanged, abs=0.02)


def test_recipes_differ_in_their_shares_and_in_nothing_else():
    shares = {name: [100 * share for share in channel[1:]] for name, channel in SETTINGS.items()}
    assert {name: pytest.approx(found) for name, found in shares.items()} == {
        "100/0/0": [100, 0],
        "80/10/10": [80, 10],
        "80/0/20": [80, 0],
    }
    assert len({channel.rate for channel in SETTINGS.values()}) == 1


def test_a_few_steps_bring_a_model_nearer_to_the_floor():
    fresh, trained = gaps(small_bert(world().sentences), 50), gaps(train("100/0/0", 0, steps=12), 50)
    assert set(fresh) == GAPS
    assert trained["gap [MASK]"] < fresh["gap [MASK]"] - 0.5


def test_the_file_in_the_repository_is_complete():
    assert {row["metric"] for row in Results("masked_language_modeling").rows()} == METRICS
    for metric in METRICS:
        found = recorded(metric)
        assert {name: one.runs for name, one in found.items()} == dict.fromkeys(SETTINGS, SEEDS)


def test_values_come_back_by_recipe_and_seed():
    for metric in METRICS:
        found, summed_up = by_seed(metric), recorded(metric)
        assert list(found) == list(SETTINGS)
        for name, values in found.items():
            assert len(values) == SEEDS
            assert sum(values) / SEEDS == pytest.approx(summed_up[name].mean)
