"""The recorded runs: what is measured, how often, on which sentences, and that their file is complete."""

import math
from collections import Counter

import pytest
import torch

from bertlab.token_classification import answer_trials, experiment
from bertlab.token_classification.bio import is_valid
from bertlab.token_classification.experiment import (
    BEST,
    GROUPS,
    HEADS,
    PIECES,
    RECIPE,
    figures_on_test,
    measure,
    measure_errors,
    measure_tagger,
    results,
    runs,
    sentences,
    training,
)
from bertlab.token_classification.tagger import TaggerTraining

SEEDS = {"tagger": 5, "pieces": 3, "tiny world": 3, "answers": 3, "wrong tags": 2}
FIGURES = {"strict F1", "default F1", "partial F1", "token accuracy", "F1, seen", "F1, not seen", "invalid"}
TINY = {"token accuracy", "F1", "sentences right", "invalid"}
SECONDS = {"training seconds"}
ON_PATH = {f"{name}, allowed path" for name in FIGURES}
FOUND = {f"found, {name}" for name in ("highest", "mean", "sum", "first epoch", "last epoch", "by chance")}
ANSWERS = {
    f"{metric}, {group}{ending}"
    for metric in ("exact match", "F1")
    for group in ("all", "answerable", "unanswerable")
    for ending in ("", ", threshold chosen", ", always answered")
}
CLOZES = {
    f"{metric}, {questions}"
    for metric in ("exact match", "F1")
    for questions in ("clozes", "answerable, always answered")
}


def expected_metrics(setting: str) -> set[str]:
    """The metrics of one setting."""
    group, name = setting.split(", ", 1)
    if group == "tiny world":
        return TINY if name in BEST else TINY | SECONDS
    return {
        "tagger": FIGURES | SECONDS | (ON_PATH if name == "softmax" else set()),
        "pieces": FIGURES | SECONDS,
        "answers": ANSWERS | SECONDS | {"null threshold"} if name == "questions" else CLOZES | SECONDS,
        "wrong tags": FOUND | {"planted", "words found", "words planted"},
    }[group]


@pytest.fixture
def small(folder, tokenizer, monkeypatch):
    """The experiment with a small random BERT, one epoch, and few sentences, questions and steps."""
    whole = {tag: sentences(tag) for tag in (None, 2)}
    few = {
        tag: {name: data.pick(range(0, len(data), 5)) for name, data in splits.items()} for tag, splits in whole.items()
    }
    asked = {name: questions[:13] for name, questions in answer_trials.load_answers().items()}
    train_tagger = experiment.train_tagger
    for module in (answer_trials, experiment):
        monkeypatch.setattr(module, "load", lambda: (folder, tokenizer, None))
    monkeypatch.setattr(experiment, "sentences", lambda tag=None: few[tag])
    monkeypatch.setattr(answer_trials, "load_answers", lambda: asked)
    monkeypatch.setattr(experiment, "train_tagger", lambda *given, **options: train_tagger(*given, steps=2, **options))
    monkeypatch.setattr(experiment, "TINY_TESTED", 37)
    monkeypatch.setattr(answer_trials, "CLOZES", 1)
    monkeypatch.setitem(experiment.RECIPE, "epochs", 1)
    monkeypatch.setitem(answer_trials.QUESTION_RECIPE, "epochs", 1)
    return folder


def test_every_setting_and_seed_is_measured_once():
    found = list(runs())
    assert len(found) == len(set(found))
    assert {group: seeds for group, (_, _, seeds) in GROUPS.items()} == SEEDS
    assert Counter(setting.split(", ", 1)[0] for setting, _ in found) == {
        "tagger": 5 * len(HEADS),
        "pieces": 3 * len(PIECES),
        "tiny world": 3 * (len(HEADS) + 2),
        "answers": 3 * 2,
        "wrong tags": 2,
    }
    assert found[: len(HEADS)] == [(f"tagger, {name}", 0) for name in HEADS]  # all with one seed first


def test_a_setting_is_measured_by_its_group_on_one_thread(monkeypatch):
    def measured(name, seed):
        return {name: float(seed), "threads": float(torch.get_num_threads())}

    monkeypatch.setitem(GROUPS, "tagger", (measured, (), 0))
    assert measure("tagger, CRF, allowed moves", 4) == {"CRF, allowed moves": 4.0, "threads": 1.0}


@pytest.mark.parametrize("setting", dict.fromkeys(setting for setting, _ in runs()))
def test_a_measurement_is_complete_and_finite(small, setting):
    found = measure(setting, 0)
    assert set(found) == expected_metrics(setting)
    assert all(math.isfinite(value) for value in found.values())


@pytest.mark.parametrize("name", HEADS)
def test_a_head_is_trained_as_it_says(small, name, monkeypatch):
    made = []
    monkeypatch.setattr(TaggerTraining, "finish", lambda run: made.append(run) or run)
    measure_tagger(name, 3)
    [run] = made
    assert (run.seed, run.epochs, run.batch_size) == (3, 1, RECIPE["batch_size"])
    assert run.validation is None
    assert (run.model.crf is not None) == name.startswith("CRF")
    assert run.train.tags() == [list(tags) for tags in sentences_of(experiment, "train")]
    rates = {group["lr"] for group in run.optimizer.param_groups}
    assert min(rates) == RECIPE["lr"]
    assert len(rates) == 2
    bound = run.model.decoder is not None and not run.model.decoder.moves.all()
    assert bound == (name != "CRF")  # after a softmax the allowed paths come last


def sentences_of(module, split):
    return module.sentences()[split].tags


def test_the_best_allowed_path_is_read_from_the_same_softmax(small):
    found = measure_tagger("softmax", 1)
    again = figures_on_test(training(experiment.sentences()["train"], 1).finish())
    assert {name: found[name] for name in again} == again
    assert found["invalid"] > 0 == found["invalid, allowed path"]
    assert found["strict F1, allowed path"] == found["default F1, allowed path"]
    assert all(map(is_valid, sentences_of(experiment, "test")))


def test_a_seed_draws_the_same_start_for_all_heads(small):
    data = experiment.sentences()["train"]
    heads = [training(data, 2, **HEADS[name]) for name in HEADS]
    for run in heads[1:]:
        assert torch.equal(run.model.classifier.weight, heads[0].model.classifier.weight)
        assert run.batches == heads[0].batches
    other = training(data, 3)
    assert other.batches != heads[0].batches
    assert not torch.equal(other.model.classifier.weight, heads[0].model.classifier.weight)


def test_planted_sentences_are_counted_among_the_first(small, monkeypatch):
    data, checked = experiment.sentences(2)["train"], experiment.sentences()["train"]
    planted = [i for i, (a, b) in enumerate(zip(data.tags, checked.tags, strict=True)) if a != b]
    trained = []

    def losses_of_words(tagger, tokenizer, encoded):
        """Surprised by every planted word, but not once trained on it to the end."""
        learned = len(encoded.words) == len(data)
        numbers = [data.tags.index(tuple(own)) for own in encoded.tags()]
        trained.append(learned)
        return [
            [0.1 if learned else float(a != b) for a, b in zip(data.tags[i], checked.tags[i], strict=True)]
            for i in numbers
        ]

    monkeypatch.setattr(experiment, "losses_of_words", losses_of_words)
    monkeypatch.setattr(experiment, "FIRST", len(planted))
    found = measure_errors("planted", 0)
    assert trained == [False] * 5 + [True]
    assert found["planted"] == len(planted) == found["found, highest"]
    assert found["found, first epoch"] == found["found, last epoch"] == sum(i < len(planted) for i in planted)
    assert found["found, by chance"] == pytest.approx(len(planted) ** 2 / len(data))
    assert found["words found"] == len(planted) <= found["words planted"]


def test_the_file_in_the_repository_is_complete():
    rows = results.of_embedded().rows()
    assert {(row["setting"], int(row["seed"])) for row in rows} == set(runs())
    metrics: dict[tuple[str, int], list[str]] = {run: [] for run in runs()}
    for row in rows:
        metrics[row["setting"], int(row["seed"])].append(row["metric"])
    for (setting, seed), found in metrics.items():
        assert sorted(found) == sorted(expected_metrics(setting)), (setting, seed)
    best, worse = (results.by_seed("token accuracy")[f"tiny world, {name}"] for name in BEST)
    assert min(best) > 0.9
    assert all(one >= other for one, other in zip(best, worse, strict=True))
