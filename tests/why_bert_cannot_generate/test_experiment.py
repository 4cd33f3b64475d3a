"""The recorded comparison of samplers: what it measures, what it saves, and that its file is complete."""

import pytest
import torch

from bertlab.experiments.world import world
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.masked_language_modeling.training import TRAINING, mlm_loss
from bertlab.small_bert.model import small_bert
from bertlab.why_bert_cannot_generate import experiment
from bertlab.why_bert_cannot_generate.batches import causal_batch
from bertlab.why_bert_cannot_generate.experiment import (
    CAUSAL,
    FILLING,
    HIDDEN,
    SAMPLERS,
    SEEDS,
    distances,
    judged,
    judged_causal,
    recorded,
    results,
    save,
    train_at_all_rates,
    train_causal,
)
from bertlab.why_bert_cannot_generate.judging import Quality
from bertlab.why_bert_cannot_generate.predictors import fill_in, ideal

LEFT = {f"{metric}, left to right" for metric in Quality._fields}
QUALITIES = {f"{metric}, {way}" for metric in Quality._fields for way in SAMPLERS}
DISTANCES = {f"KL, {rate:.0%} hidden" for rate in HIDDEN}


def test_the_ideal_is_at_no_distance_from_itself_and_a_fresh_model_far_away():
    exact, fresh = ideal(world().sentences), fill_in(small_bert(world().sentences).eval())
    assert set(distances(exact, 20)) == DISTANCES
    assert list(distances(exact, 20).values()) == pytest.approx([0] * len(DISTANCES), abs=1e-6)
    assert min(distances(fresh, 20).values()) > 1


def test_a_few_steps_help_each_kind_of_model():
    fresh, batch = small_bert(world().sentences).eval(), causal_batch(world().sentences, 200, seed=10**9)
    models = [fresh, train_causal(0, steps=12), train_causal(0, steps=12, size=144)]
    with torch.no_grad():
        before, after, larger = (mlm_loss(model, batch).item() for model in models)
    assert max(after, larger) < before - 0.5
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


def test_a_causal_model_is_judged_from_the_left_alone(monkeypatch):
    monkeypatch.setattr(experiment, "SENTENCES", 12)
    found = judged_causal(small_bert(world().sentences).eval(), 0)
    assert set(found) == LEFT
    assert found["allowed, left to right"] == 0  # it was never trained


def test_the_file_in_the_repository_is_complete():
    metrics = {row["metric"] for row in results.rows()}
    assert metrics == QUALITIES | DISTANCES
    assert set(SEEDS) == {*FILLING, *CAUSAL}
    for metric in metrics:
        expected = {name: seeds for name, seeds in SEEDS.items() if name in FILLING or metric in LEFT}
        assert {name: one.runs for name, one in recorded(metric).items()} == expected
