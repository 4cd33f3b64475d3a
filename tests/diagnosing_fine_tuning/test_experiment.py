"""The recorded runs: what is measured, how often, and with which loop; and that their file is complete."""

import copy
import math
from collections import Counter

import pytest
import torch
from torch.testing import assert_close
from transformers import BertConfig, BertForPreTraining

from bertlab.diagnosing_fine_tuning import causes, experiment
from bertlab.diagnosing_fine_tuning.causes import CAUSES, RECIPE
from bertlab.diagnosing_fine_tuning.checks import check_texts
from bertlab.diagnosing_fine_tuning.cures import CONTROLS, CURES, FRAGILE, set_dropout
from bertlab.diagnosing_fine_tuning.experiment import (
    GROUPS,
    curves,
    measure,
    measure_cause,
    measure_noise,
    measure_rare,
    results,
    run_with_checks,
    runs,
    sound,
    texts_of,
)
from bertlab.diagnosing_fine_tuning.noise import flip_labels
from bertlab.fine_tuning.experiment import classifier, load
from bertlab.fine_tuning.loop import FineTuning
from bertlab.fine_tuning.optimizer import AdamW
from tests.fine_tuning.toys import SIZES

SEEDS = {"cause": 2, "cure": 3, "control": 2, "trained on": 3, "rare": 3, "64 texts": 10, "wrong labels": 2}
CHECKS = {
    "test accuracy",
    "test accuracy, best weights",
    "training accuracy",
    "macro F1",
    "spread of P",
    "evaluated twice",
    "perfect loss",
    "gradient left",
    "highest rate",
    "old task, after",
}
BEFORE = {"majority", "near-copies", "words alone", "text loss", "old task, before"}
CURED = {"training accuracy"} | {f"test {kind}{of}" for kind in ("accuracy", "loss") for of in ("", ", best weights")}
KINDS = {
    f"{source}, {kind}"
    for source in ("tricky", "test")
    for kind in ("plain", "negation", "contrast", "sarcasm", "comparison", "mixed")
}
COPIED = {"accuracy without copies"}
RARE = {"accuracy", "F1", "average precision", "threshold chosen", "F1, threshold chosen"}
FOUND = {"found, 3 epochs", "found, 12 epochs", "found, not trained on", "found, by chance", "flipped"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("checkpoint"))
    torch.manual_seed(0)
    config = BertConfig(**SIZES | {"initializer_range": 0.1, "max_position_embeddings": 128})
    BertForPreTraining(config).save_pretrained(path)
    return path


@pytest.fixture
def small(folder, monkeypatch):
    """The experiment with a small random BERT, one epoch, and at most 137 plain reviews, or 37, beside seven others."""
    _, tokenizer, splits = load()
    few = {}
    for name, data in splits.items():
        kinds = list(zip(data.columns["slice"], data.labels, strict=True))
        plain = [[i for i, kind in enumerate(kinds) if kind == ("plain", label)] for label in (0, 1)]
        others = [i for i, (kind, _) in enumerate(kinds) if kind != "plain"]
        half = 69 if name == "train" else 19
        few[name] = data.pick(sorted([*plain[0][:half], *plain[1][: half - 1], *others[:7]]))
    monkeypatch.setattr(experiment, "load", lambda: (folder, tokenizer, few))
    for module in (causes, experiment):
        monkeypatch.setattr(module, "RECIPE", {**RECIPE, "epochs": 1})
    texts_of.cache_clear()
    yield folder
    texts_of.cache_clear()


def test_every_setting_and_seed_is_measured_once():
    found = list(runs())
    assert len(found) == len(set(found))
    assert Counter(setting.split(", ", 1)[0] for setting, _ in found) == {
        "cause": 2 * len(CAUSES),
        "cure": 3 * len(CURES),
        "control": 2 * len(CONTROLS),
        "trained on": 3 * 2,
        "rare": 3 * 2,
        "64 texts": 10 * len(FRAGILE),
        "wrong labels": 2,
    }
    for group, (_, names, seeds) in GROUPS.items():
        assert {(f"{group}, {name}", seed) for name in names for seed in range(seeds)} <= set(found)
    assert found[: len(CAUSES)] == [(f"cause, {name}", 0) for name in CAUSES]  # all with one seed first


def test_the_groups_hold_all_that_is_defined():
    assert {group: seeds for group, (_, _, seeds) in GROUPS.items()} == SEEDS
    assert GROUPS["cause"][:2] == (measure_cause, tuple(CAUSES))
    assert GROUPS["cure"][:2] == (experiment.measure_cure, tuple(CURES))
    assert GROUPS["control"][:2] == (experiment.measure_control, tuple(CONTROLS))
    assert GROUPS["trained on"][:2] == (experiment.measure_kinds, ("plain", "all kinds"))
    assert GROUPS["rare"][:2] == (measure_rare, ("no weights", "class weights"))
    assert GROUPS["64 texts"][:2] == (experiment.measure_fragile, tuple(FRAGILE))
    assert GROUPS["wrong labels"][0] is measure_noise


def test_a_setting_is_measured_by_its_group_on_one_thread(monkeypatch):
    def measured(name, seed):
        return {name: float(seed), "threads": float(torch.get_num_threads())}

    monkeypatch.setitem(GROUPS, "demo", (measured, ("a, b",), 1))
    assert measure("demo, a, b", 4) == {"a, b": 4, "threads": 1}


def test_the_sound_run_has_plain_reviews_only(small):
    splits = sound().splits
    assert {name: len(data) for name, data in splits.items()} == {"train": 137, "validation": 37, "test": 37}
    assert all(set(data.columns["slice"]) == {"plain"} for data in splits.values())
    made, expected = sound().make_model(3), classifier(small, 3)
    assert_close(made.state_dict(), expected.state_dict(), rtol=0, atol=0)
    assert {part.p for part in made.modules() if isinstance(part, torch.nn.Dropout)} == {0.1}


def test_dropout_is_set_everywhere(small):
    model, batch = classifier(small, 0).train(), {"input_ids": torch.arange(1000, 1037)[None]}
    set_dropout(0.0)(model)
    assert torch.equal(model(**batch).logits, model(**batch).logits)
    set_dropout(0.3)(model)
    assert {part.p for part in model.modules() if isinstance(part, torch.nn.Dropout)} == {0.3}
    assert not torch.equal(model(**batch).logits, model(**batch).logits)


@pytest.mark.parametrize(
    ("name", "prepared", "recipe"),
    [
        ("nothing done", False, {}),
        ("no dropout", True, {}),
        ("dropout 0.3", True, {}),
        ("weight decay 20", False, {"weight_decay": 20.0}),
        ("twice the texts", False, {"epochs": 8}),
    ],
)
def test_a_cure_changes_what_it_names_and_nothing_else(name, prepared, recipe):
    given = sound()
    before, after = CAUSES["overfitting"].change(given), CURES[name](given)
    assert after.recipe == {**before.recipe, **recipe}
    assert (after.prepare is not before.prepare) == prepared
    assert all(getattr(after, field) is getattr(given, field) for field in ("make_model", "tokenizer", "spoil"))
    assert {key for key in given.splits if after.splits[key] != before.splits[key]} == (
        {"train"} if name == "twice the texts" else set()
    )
    assert len(CURES) == 5


def test_twice_the_texts_hold_the_64_and_are_trained_on_as_long():
    few, more = (CURES[name](sound()) for name in ("nothing done", "twice the texts"))
    assert set(few.splits["train"].texts) < set(more.splits["train"].texts)
    assert Counter(more.splits["train"].labels) == {0: 64, 1: 64}
    assert more.recipe["epochs"] * 128 / 16 == pytest.approx(few.recipe["epochs"] * 64 / 16, rel=0.1)


@pytest.mark.parametrize(("name", "share"), [("no dropout", 0.0), ("dropout 0.3", 0.3)])
def test_a_cure_by_dropout_is_in_the_model_that_is_trained(small, name, share):
    run = CURES[name](sound()).start(seed=0)
    assert {part.p for part in run.model.modules() if isinstance(part, torch.nn.Dropout)} == {share}


def test_controls_differ_in_clipping_only():
    assert list(CONTROLS) == ["no clipping", "gradients kept, no clipping"]
    given = sound()
    spoiled = CAUSES["gradients kept"].change(given)
    for name, before in zip(CONTROLS, (given, spoiled), strict=True):
        after = CONTROLS[name](given)
        assert after.recipe == {**RECIPE, "clip": math.inf}
        assert all(getattr(after, field) is getattr(before, field) for field in vars(given) if field != "recipe")


def test_without_clipping_gradients_stay_as_they_are(small):
    lengths = []
    for setup in (sound().with_recipe(clip=1e-3), CONTROLS["no clipping"](sound())):
        run = setup.start(seed=0)
        run.train_step()
        lengths.append(torch.stack([weight.grad.norm() for weight in run.model.parameters()]).norm().item())
    assert lengths[0] == pytest.approx(1e-3, rel=1e-2)
    assert math.isfinite(lengths[1])
    assert lengths[1] > 0.1


def test_curves_have_the_mean_training_loss_since_the_evaluation_before():
    losses = [(1, 8.0), (2, 6.0), (3, 5.0), (4, 3.0), (5, 1.0)]
    history = [{"step": 2, "loss": 0.7, "accuracy": 0.5}, {"step": 5, "loss": 0.6, "accuracy": 0.75}]
    run = object.__new__(FineTuning)
    run.losses, run.history = losses, history
    assert curves(run) == {
        "training loss, step 2": 7.0,
        "validation loss, step 2": 0.7,
        "validation accuracy, step 2": 0.5,
        "training loss, step 5": 3.0,
        "validation loss, step 5": 0.6,
        "validation accuracy, step 5": 0.75,
    }


def test_a_run_is_checked_on_plain_reviews_that_no_cause_changed(small, monkeypatch):
    tested, runs_seen = [], []
    monkeypatch.setattr(experiment, "check_run", lambda run, setup, test: tested.append((run, setup, test)) or {"x": 1})
    monkeypatch.setattr(
        experiment, "old_task", lambda run, folder: runs_seen.append((copy.copy(run.losses), folder)) or 2.5
    )
    setup = CAUSES["shortcut"].change(sound()).with_recipe(lr=0.5)
    found = run_with_checks(setup, seed=3)
    [(run, its_setup, test)] = tested
    assert (its_setup, run.seed, test) == (setup, 3, sound().splits["test"])
    assert run.step == run.steps == len(run.losses) == 9
    assert found["highest rate"] == pytest.approx(0.5)
    assert found["old task, after"] == 2.5
    assert runs_seen == [(run.losses, small)]  # after the last step
    assert found["x"] == 1
    assert curves(run).items() <= found.items()


def test_the_highest_rate_is_the_one_that_was_used(small, monkeypatch):
    monkeypatch.setattr(experiment, "check_run", lambda *given: {})
    monkeypatch.setattr(experiment, "old_task", lambda *given: 0.0)
    per_epoch = CAUSES["schedule per epoch"].change(sound())
    assert run_with_checks(per_epoch, 0)["highest rate"] == 0  # one epoch, all of it at the rate of step 0
    assert run_with_checks(sound(), 0)["highest rate"] == pytest.approx(2e-4)


def test_texts_are_looked_at_once_for_all_seeds(small, monkeypatch):
    setups = []
    monkeypatch.setattr(
        experiment, "check_texts", lambda setup, folder: setups.append(setup) or check_texts(setup, folder)
    )
    monkeypatch.setattr(experiment, "run_with_checks", lambda setup, seed: {"seed": seed, "texts": len(setups)})
    first, second = measure_cause("imbalance", 0), measure_cause("imbalance", 1)
    assert len(setups) == 1
    assert setups[0].splits["validation"].labels.count(1) == 1
    assert first.keys() == second.keys() == BEFORE | {"seed", "texts"}
    assert first["majority"] == 1 - 1 / len(setups[0].splits["validation"])
    assert (first["seed"], second["seed"]) == (0, 1)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("cause, leakage", CHECKS | BEFORE | COPIED),
        ("cure, twice the texts", CURED),
        ("control, gradients kept, no clipping", CHECKS),
        ("rare, class weights", RARE),
        ("64 texts, as it was", {"test accuracy", "training accuracy"}),
        ("wrong labels, one in ten", FOUND),
    ],
)
def test_a_measurement_is_complete_and_finite(small, setting, expected):
    found = measure(setting, 0)
    assert {name for name in found if ", step " not in name} == expected
    assert all(math.isfinite(value) for value in found.values())
    assert any(", step " in name for name in found) == setting.startswith("c")


def test_as_many_texts_of_all_kinds_are_trained_on_and_each_kind_is_scored(small, monkeypatch):
    drawn = []
    start = experiment.Setup.start
    monkeypatch.setattr(experiment.Setup, "start", lambda setup, seed: drawn.append(setup) or start(setup, seed))
    plain, mixed = (experiment.measure_kinds(kinds, 0) for kinds in ("plain", "all kinds"))
    assert [len(setup.splits["train"]) for setup in drawn] == [137, 137]
    assert [set(setup.splits["train"].columns["slice"]) == {"plain"} for setup in drawn] == [True, False]
    assert drawn[0].recipe == drawn[1].recipe
    assert plain.keys() == mixed.keys() <= KINDS
    assert {name for name in KINDS if name.startswith("tricky")} < plain.keys()


def without_training(name: str, seed: int, monkeypatch) -> FineTuning:
    """The run that a recipe for few texts makes, as it is before its first step."""
    made = []
    monkeypatch.setattr(FineTuning, "finish", lambda run: made.append(run) or run)
    found = experiment.measure_fragile(name, seed)
    assert all(0 <= value <= 1 for value in found.values())
    [run] = made
    return run


FRAGILE_RUNS = {
    "as it was": (4, 0.0, 1, False, 0),
    "bias correction": (4, 0.0, 1, True, 0),
    "warm-up": (4, 0.1, 1, False, 0),
    "three times as long": (12, 0.0, 1, False, 0),
    "top layer anew": (4, 0.0, 1, False, 1),
    "a sixth of the rate": (4, 0.0, 6, False, 0),
    "bias correction and longer": (12, 0.0, 1, True, 0),
    "warm-up and longer": (12, 0.1, 1, False, 0),
    "a sixth of the rate and longer": (12, 0.0, 6, False, 0),
}


@pytest.mark.parametrize("name", FRAGILE_RUNS)
def test_a_recipe_for_few_texts_is_run_as_it_says(small, name, monkeypatch):
    epochs, warmup, slower, corrected, layers = FRAGILE_RUNS[name]
    run = without_training(name, 2, monkeypatch)
    assert (run.epochs, run.warmup, run.steps, run.lr) == (epochs, warmup, 4 * epochs, RECIPE["lr"] / slower)
    assert isinstance(run.optimizer, torch.optim.AdamW if corrected else AdamW)
    assert corrected or not run.optimizer.bias_correction
    fresh = classifier(small, 2)
    before = fresh.state_dict()
    moved = {name for name, weight in run.model.state_dict().items() if not torch.equal(weight, before[name])}
    expected = {name for name in before if layers and name.startswith(("bert.encoder.layer.1.", "bert.pooler."))}
    biases = {name for name in expected if name.endswith(("bias", "LayerNorm.weight"))}  # 0 and 1 as they were
    assert moved == expected - biases
    assert FRAGILE.keys() == FRAGILE_RUNS.keys()


def test_the_optimizer_by_hand_has_the_same_weights_rates_and_decay(small, monkeypatch):
    ours = without_training("as it was", 0, monkeypatch)
    theirs = without_training("bias correction", 0, monkeypatch)
    for one, other in zip(ours.optimizer.param_groups, theirs.optimizer.param_groups, strict=True):
        assert (one["lr"], one["weight_decay"]) == (other["lr"], other["weight_decay"])
        assert [weight.shape for weight in one["params"]] == [weight.shape for weight in other["params"]]
    used = [weight for group in ours.optimizer.param_groups for weight in group["params"]]
    assert {id(weight) for weight in used} == {id(weight) for weight in ours.model.parameters()}
    assert ours.optimizer.betas == theirs.optimizer.param_groups[0]["betas"]
    assert ours.optimizer.eps == theirs.optimizer.param_groups[0]["eps"]


def test_without_bias_correction_the_first_step_is_about_three_times_as_long(small, monkeypatch):
    lengths = []
    for name in ("as it was", "bias correction"):
        run = without_training(name, 0, monkeypatch)
        before = run.model.classifier.weight.detach().clone()
        torch.manual_seed(0)
        run.train_step()
        lengths.append((run.model.classifier.weight - before).norm().item())
    assert lengths[0] / lengths[1] == pytest.approx(0.1 / math.sqrt(0.001), rel=0.01)


def test_seeds_share_the_64_texts_and_differ_in_head_and_order(small, monkeypatch):
    first, second = (without_training("warm-up", seed, monkeypatch) for seed in (0, 1))
    assert len(first.train.features) == 64
    assert first.train.features == second.train.features
    assert first.train.labels.tolist().count(1) == 32
    assert first.batches != second.batches
    assert not torch.equal(first.model.classifier.weight, second.model.classifier.weight)
    assert first.validation is None


@pytest.mark.parametrize("name", ["no weights", "class weights"])
def test_a_rare_class_is_trained_on_and_scored_on_all_held_out_texts(small, name, monkeypatch):
    made, scored = [], []
    monkeypatch.setattr(FineTuning, "finish", lambda run: made.append(run) or run)
    monkeypatch.setattr(experiment, "scores_of_rare", lambda *given: scored.append(given) or {"F1": 0.5})
    assert measure_rare(name, 4) == {"F1": 0.5}
    [run], [(validation_scores, validation_labels, scores, labels)] = made, scored
    assert (run.seed, run.epochs, run.lr) == (4, 6, RECIPE["lr"])
    assert Counter(run.train.labels.tolist()) == {0: 69, 1: 3}
    whole = sound().splits
    assert validation_labels.tolist() == list(whole["validation"].labels) == run.validation.labels.tolist()
    assert labels.tolist() == list(whole["test"].labels)
    with torch.no_grad():
        for found, split in ((validation_scores, "validation"), (scores, "test")):
            given = run.tokenizer(whole[split].texts[2], return_tensors="pt")
            assert found[2] == pytest.approx(run.model.eval()(**given).logits.softmax(-1)[0, 1].item(), rel=1e-4)
    surprise = -torch.tensor([0.25, 0.25, 0.5]).log()
    logits = torch.tensor([[0.25, 0.75], [0.75, 0.25], [0.5, 0.5]]).log()
    rare = 1.0 if name == "no weights" else 69 / 3
    weights = torch.tensor([1.0, rare, rare])
    expected = (weights * surprise).sum() / weights.sum()
    assert run.loss(logits, torch.tensor([0, 1, 1])).item() == pytest.approx(expected.item())


class Told:
    """A run that learns nothing and stands for its own model."""

    def __init__(self, model, tokenizer, train, seed, epochs, batch_size, lr):
        self.model, self.tokenizer, self.train, self.seed, self.epochs = self, tokenizer, train, seed, epochs
        self.is_over = False

    def finish(self):
        self.is_over = True
        return self


def test_flipped_labels_are_counted_among_the_fifty_highest_losses(small, monkeypatch):
    monkeypatch.setattr(experiment, "RECIPE", {**RECIPE, "epochs": 3})
    monkeypatch.setattr(experiment, "FineTuning", Told)
    train = sound().splits["train"]
    labels, flipped = flip_labels(train.labels, 0.1, 2, seed=5)
    number_of = {tuple(sound().tokenizer(text).input_ids): number for number, text in enumerate(train.texts)}
    looked_at, folds = [], []

    def logits_of(run, tokenizer, data):
        """After 3 epochs: the true labels. After 12: those trained with. Not trained on: unsure of odd numbers."""
        numbers, trained = (
            [number_of[tuple(each["input_ids"])] for each in part.features] for part in (data, run.train)
        )
        assert run.seed == 5
        assert run.is_over
        assert run.train.labels.tolist() == [labels[number] for number in trained]
        sure = torch.full((len(numbers),), 9.0)
        if len(trained) < len(train):
            assert set(numbers).isdisjoint(trained)
            assert len(numbers) + len(trained) == len(train)
            folds.extend(numbers)
            sure[[number % 2 == 1 for number in numbers]] = 0.0
            answers = [train.labels[number] for number in numbers]
        else:
            looked_at.append(run.epochs)
            answers = [(train.labels if run.epochs == 3 else labels)[number] for number in numbers]
        return torch.nn.functional.one_hot(torch.tensor(answers), 2) * sure[:, None]

    monkeypatch.setattr(experiment, "logits_of", logits_of)
    found = measure_noise("one in ten", 5)
    assert looked_at == [3, 12]
    assert sorted(folds) == list(range(len(train)))
    assert found["flipped"] == len(flipped) == 14
    assert found["found, 3 epochs"] == 14
    assert found["found, 12 epochs"] == sum(number < 50 for number in flipped)  # all losses equal: as they stand
    even = [number for number in flipped if number % 2 == 0]
    odd = [number for number in range(len(train)) if number % 2][: 50 - len(even)]
    assert found["found, not trained on"] == len(even) + len(set(odd) & set(flipped))
    assert found["found, by chance"] == pytest.approx(50 * 14 / 137)
    assert len({found[name] for name in ("found, 3 epochs", "found, 12 epochs", "found, not trained on")}) == 3


def test_the_file_in_the_repository_is_complete():
    rows = results.of_embedded().rows()
    assert {(row["setting"], int(row["seed"])) for row in rows} == set(runs())
    values = Counter((row["setting"], row["seed"], row["metric"]) for row in rows)
    assert set(values.values()) == {1}
    expected = {"cause": CHECKS | BEFORE, "cure": CURED, "control": CHECKS, "trained on": KINDS}
    expected |= {"rare": RARE, "wrong labels": FOUND}
    metrics: dict[tuple[str, int], set[str]] = {run: set() for run in runs()}
    for row in rows:
        if ", step " not in row["metric"]:
            metrics[row["setting"], int(row["seed"])].add(row["metric"])
    for (setting, seed), found in metrics.items():
        wanted = expected.get(setting.split(", ", 1)[0], {"test accuracy", "training accuracy"})
        assert found == wanted | (COPIED if setting == "cause, leakage" else set()), (setting, seed)
    points = Counter((row["setting"], row["seed"]) for row in rows if row["metric"].startswith("validation loss, step"))
    assert set(points.values()) <= {8, 9}
    assert len(points) == sum(setting.startswith("c") for setting, _ in runs())
