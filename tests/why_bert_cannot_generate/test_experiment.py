"""The recorded comparison of samplers: what it measures, what it saves, and that its file is complete."""

import pytest
import torch

from bertlab.experiments.record import Results
from bertlab.experiments.world import world
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.masked_language_modeling.training import TRAINING
from bertlab.small_bert.model import small_bert
from bertlab.why_bert_cannot_generate import experiment
from bertlab.why_bert_cannot_generate.experiment import (
    ASKED,
    CAUSAL,
    HIDDEN,
    MODELS,
    SAMPLERS,
    SEEDS,
    distances,
    judged,
    judged_causal,
    lost,
    recorded,
    save,
    train_at_all_rates,
    train_causal,
)
from bertlab.why_bert_cannot_generate.likelihood import Quality
from bertlab.why_bert_cannot_generate.predictors import fill_in, ideal

QUALITIES = {f"{metric}, {way}" for metric in Quality._fields for way in SAMPLERS}
DISTANCES = {*(f"KL, {rate:.0%} hidden" for rate in HIDDEN), "KL, all hidden from here on"}
LOST = {"nats lost, left to right", "nats lost, right to left", "nats lost, order by lot"}


def test_the_ideal_loses_nothing_and_a_fresh_model_much():
    exact, fresh = ideal(world().sentences), fill_in(small_bert(world().sentences).eval())
    assert set(distances(exact, 20)) == DISTANCES
    assert list(distances(exact, 20).values()) == pytest.approx([0] * len(DISTANCES), abs=1e-6)
    assert min(distances(fresh, 20).values()) > 1
    assert set(lost(exact, 5)) == LOST
    assert list(lost(exact, 5).values()) == pytest.approx([0] * 3, abs=1e-5)
    assert min(lost(fresh, 5).values()) > 10


def test_the_distrustful_ideal_loses_a_little():
    found = lost(ASKED["ideal, distrustful"](0), 40)
    assert all(0 < value < 0.1 for value in found.values())


def test_a_few_steps_help_each_kind_of_model():
    fresh = small_bert(world().sentences).eval()
    before, after = judged_causal(fresh, 0), judged_causal(train_causal(0, steps=12), 0)
    larger = judged_causal(train_causal(0, steps=12, size=144), 0)
    assert after["nats above the floor"] < before["nats above the floor"] - 0.5
    assert larger["nats above the floor"] < before["nats above the floor"] - 0.5
    assert larger != after
    trained = fill_in(train_at_all_rates(TRAINING, 0, steps=12))
    assert distances(trained, 20)["KL, 100% hidden"] < distances(fill_in(fresh), 20)["KL, 100% hidden"] - 0.5


def test_every_sampler_is_judged(monkeypatch):
    monkeypatch.setattr(experiment, "SENTENCES", 12)
    found = judged(ideal(world().sentences), 0)
    assert set(found) == QUALITIES
    assert found["allowed, left to right"] == found["allowed, Gibbs, 10 sweeps"] == 1


def test_what_is_saved_comes_back_the_same(tmp_path):
    model = small_bert(world().sentences, 5).eval()
    save(model, tmp_path / "folder")
    again = BertForPreTraining.from_pretrained(tmp_path / "folder")
    ids = world().sentences.sample(3, torch.Generator().manual_seed(0)).input_ids
    assert torch.equal(again(ids).prediction_logits, model(ids).prediction_logits)


def test_the_file_in_the_repository_is_complete():
    both = {f"{metric}, left to right" for metric in Quality._fields} | {"nats lost, left to right"}
    metrics = {row["metric"] for row in Results("why_bert_cannot_generate").rows()}
    assert metrics == QUALITIES | DISTANCES | LOST | {"nats above the floor"}
    for metric in metrics - {"nats above the floor"}:
        found = recorded(metric)
        expected = MODELS if metric in both else tuple(ASKED)
        assert {name: one.runs for name, one in found.items()} == dict.fromkeys(expected, SEEDS)
    assert {name: one.runs for name, one in recorded("nats above the floor").items()} == dict.fromkeys(CAUSAL, SEEDS)
