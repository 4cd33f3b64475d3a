"""The recorded runs: what is measured, how often, on which texts, and that their file is complete."""

import math
from collections import Counter

import pytest
import torch
from torch.testing import assert_close

from bertlab.sentence_bert import experiment
from bertlab.sentence_bert.experiment import (
    CONTROL_SEEDS,
    GROUPS,
    OBJECTIVES,
    SEEDS,
    as_pairs,
    classify,
    judge,
    measure,
    measure_random,
    measure_temperature,
    results,
    runs,
    train,
)
from bertlab.sentence_bert.other_negatives import new_encoder, random_negatives
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.training import SentenceTraining
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_embeddings.encode import embed
from tests.sentence_bert.given import draw

FIGURES = {"triples", "MRR", "similarity", "mean cosine"}


def expected_metrics(setting, sizes=(384, 192, 96, 48)):
    """The metrics of one setting."""
    group = setting.split(", ")[0]
    if group == "sizes":
        return {f"{metric}, {size}" for metric in FIGURES for size in sizes}
    return {"triples", "similarity"} if group == "cross" else FIGURES


def test_every_setting_and_seed_is_measured_once():
    found = list(runs())
    assert len(found) == len(set(found))
    counts = {
        "objective": 8,
        "random negatives": 4,
        "candidates": 4,
        "temperature": 4,
        "negatives": 4,
        "sizes": 2,
        "epochs": 3,
        "cross": 2,
    }
    controls = ("random negatives", "cross")
    assert Counter(setting.split(", ", 1)[0] for setting, _ in found) == {
        group: count * (CONTROL_SEEDS if group in controls else SEEDS) for group, count in counts.items()
    }
    assert SEEDS == 5
    assert found[: len(OBJECTIVES)] == [(f"objective, {name}", 0) for name in OBJECTIVES]  # all with one seed first


def test_a_setting_is_measured_by_its_group_on_one_thread(monkeypatch):
    def measured(name, seed):
        return {name: float(seed), "threads": float(torch.get_num_threads())}

    monkeypatch.setitem(GROUPS, "negatives", (measured, (), 0))
    assert measure("negatives, mined, margin 0.05", 4) == {"mined, margin 0.05": 4.0, "threads": 1.0}


@pytest.mark.parametrize("setting", dict.fromkeys(setting for setting, _ in runs()))
def test_a_measurement_is_complete_and_finite(small, setting):
    found = measure(setting, 0)
    assert set(found) == expected_metrics(setting, (24, 13, 7, 3))
    assert all(math.isfinite(value) for value in found.values())


def test_the_seed_draws_dropout_and_batches_and_nothing_else(small):
    trained = [train(small.texts, ranking_loss, seed) for seed in (0, 0, 1)]
    weights = [encoder.bert.encoder.layer[0].output.dense.weight for encoder in trained]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    start = [new_encoder(seed).state_dict() for seed in (0, 1)]
    assert all(torch.equal(start[0][name], value) for name, value in start[1].items())
    assert new_encoder(0).bert.config.hidden_dropout_prob == 0.1


def test_the_test_split_is_judged_in_full_precision_and_in_order(small, tokenizer):
    encoder, (triples, pairs) = new_encoder(0), experiment.data()
    judged = judge(encoder)
    assert_close(judged.negatives, embed(encoder, tokenizer, triples["test"].negatives))
    assert_close(judged.second[3:4], embed(encoder, tokenizer, pairs["test"].second[3:4]), rtol=1e-4, atol=1e-5)
    assert judged.scores.tolist() == pytest.approx(pairs["test"].scores)


def test_random_negatives_take_the_place_of_those_written_by_hand(small, monkeypatch):
    given = []

    def objective(triples, seed):
        given.append((triples, seed))
        return new_encoder(seed)

    monkeypatch.setitem(OBJECTIVES, "triplet", objective)
    measure_random("triplet", 3)
    assert given == [(random_negatives(small), 3)]


def test_a_triple_gives_a_pair_that_belongs_together_and_one_that_does_not():
    texts, labels = as_pairs(Triples(("a", "b"), ("p", "q"), ("n", "m")))
    assert texts == (("a", "b", "a", "b"), ("p", "q", "n", "m"))
    assert labels == [1, 1, 0, 0]


def test_the_classifiers_layer_is_trained_with_the_encoder(small, monkeypatch):
    made = []
    monkeypatch.setattr(SentenceTraining, "finish", lambda run: made.append(run) or run)
    classify(small, 2)
    [run] = made
    trained = sum(weight.numel() for group in run.optimizer.param_groups for weight in group["params"])
    head = 3 * 24 * 2 + 2
    assert trained == sum(weight.numel() for weight in run.model.parameters()) + head
    assert run.labeled
    assert run.train.labels.tolist() == [1] * 13 + [0] * 13


@pytest.mark.parametrize(("name", "scale"), [("0.01", 100.0), ("0.1", 10.0), ("1", 1.0)])
def test_a_temperature_is_one_over_the_scale(small, monkeypatch, name, scale):
    given = []
    monkeypatch.setattr(experiment, "train", lambda texts, loss, seed: given.append((texts, loss)) or new_encoder(seed))
    measure_temperature(name, 0)
    [(texts, loss)] = given
    assert texts == small.texts
    columns = draw(3)
    assert_close(loss(*columns), ranking_loss(*columns, scale=scale))


def test_the_file_in_the_repository_is_complete():
    rows = results.of_embedded().rows()
    assert {(row["setting"], int(row["seed"])) for row in rows} == set(runs())
    metrics = {run: [] for run in runs()}
    for row in rows:
        metrics[row["setting"], int(row["seed"])].append(row["metric"])
        assert math.isfinite(float(row["value"]))
    for (setting, seed), found in metrics.items():
        assert sorted(found) == sorted(expected_metrics(setting)), (setting, seed)
