"""The recorded trial of fine-tuning: its methods and sizes, what is measured, and that its file is complete."""

import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertForPreTraining

from bertlab.fine_tuning import count_parameters, experiment
from bertlab.fine_tuning.experiment import (
    ALL,
    CHEAPER,
    EPOCHS,
    METHODS,
    NO_TRAINING,
    SEEDS,
    SIZES,
    classifier,
    figures_on_test,
    load,
    measure,
    results,
    settings,
    train,
    training_set,
)
from tests.fine_tuning.toys import SIZES as SMALL

TRAINED = {"trained parameters", "training seconds"}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The experiment with a small random BERT of six layers, and three epochs for each size."""
    torch.manual_seed(0)
    BertForPreTraining(BertConfig(**SMALL | {"num_hidden_layers": 6, "max_position_embeddings": 128})).save_pretrained(
        tmp_path
    )
    _, tokenizer, splits = load()
    monkeypatch.setattr(experiment, "load", lambda: (str(tmp_path), tokenizer, splits))
    monkeypatch.setattr(experiment, "EPOCHS", dict.fromkeys(EPOCHS, 3))
    return str(tmp_path)


def test_all_sizes_can_be_drawn_and_hold_one_another():
    drawn = [set(training_set(size, seed=3).texts) for size in SIZES]
    assert [len(texts) for texts in drawn] == list(SIZES)
    assert drawn[0] < drawn[1] < drawn[2] < drawn[3] == set(load()[2]["train"].texts)
    assert drawn[0] != set(training_set(SIZES[0], seed=4).texts)
    assert sum(training_set(16, seed=3).labels) == 8


def test_the_control_has_the_same_architecture_and_no_pretraining(small):
    given = AutoModelForSequenceClassification.from_pretrained(small).bert.embeddings.word_embeddings.weight
    trained, fresh = classifier(small, 1), classifier(small, 1, trained=False)
    assert [p.shape for p in trained.parameters()] == [p.shape for p in fresh.parameters()]
    assert torch.equal(trained.bert.embeddings.word_embeddings.weight, given)
    assert not torch.equal(fresh.bert.embeddings.word_embeddings.weight, given)
    assert trained.config.hidden_dropout_prob == fresh.config.hidden_dropout_prob == 0.1
    assert torch.equal(trained.classifier.weight, classifier(small, 1).classifier.weight)
    assert not torch.equal(trained.classifier.weight, classifier(small, 2).classifier.weight)


def test_figures_are_those_of_all_and_of_each_slice():
    labels = load()[2]["test"].labels
    found = figures_on_test([1 - label if number < 30 else label for number, label in enumerate(labels)])
    assert found["accuracy"] == pytest.approx(270 / 300)
    slices = load()[2]["test"].columns["slice"]
    kept = {name: [number >= 30 for number, its in enumerate(slices) if its == name] for name in set(slices)}
    for name, right in kept.items():
        assert found[f"accuracy, {name}"] == pytest.approx(sum(right) / len(right))


@pytest.mark.parametrize("name", [*METHODS, *CHEAPER])
def test_each_method_trains_what_it_says(small, name):
    method = {**METHODS, **CHEAPER}[name]
    before = classifier(small, 0, method.trained)
    run = train(method, training_set(16, 0), 0)
    moved = {
        key
        for key, weight in run.model.state_dict().items()
        if key in before.state_dict() and not torch.equal(weight, before.state_dict()[key])
    }
    assert "classifier.weight" in moved
    assert ("bert.pooler.dense.weight" in moved) == ("LoRA" not in name)
    everything = name in METHODS or name == "lower rates below"
    assert ("bert.embeddings.word_embeddings.weight" in moved) == everything
    assert (count_parameters(run.model, only_trained=True) == count_parameters(run.model)) == everything


@pytest.mark.parametrize("name", NO_TRAINING)
def test_what_needs_no_training_is_measured_too(small, name):
    found = measure(f"{name}, 64", 0)
    assert 0.3 < found["accuracy"] < 0.8
    assert TRAINED.isdisjoint(found)


def test_a_measurement_says_what_it_trained_and_how_long_it_took(small):
    found = measure("fine-tuned, 16", 0)
    assert found["trained parameters"] == count_parameters(classifier(small, 0))
    assert found["training seconds"] > 0


def test_the_file_in_the_repository_is_complete():
    found = results.of_embedded().by_seed("accuracy")
    assert set(found) == set(settings())
    assert all(len(values) == SEEDS for values in found.values())
    parameters = results.by_seed("trained parameters")
    assert set(parameters) == {name for name in settings() if not name.startswith(NO_TRAINING)}
    assert parameters[f"LoRA, rank 1, {ALL}"][0] < parameters[f"LoRA, rank 8, {ALL}"][0]
