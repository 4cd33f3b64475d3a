"""Recorded runs are read back as they were written, in the order of steps and seeds, and only for the right weights."""

import math

import pytest

from bertlab.diagnosing_fine_tuning import recorded
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from bertlab.diagnosing_fine_tuning.recorded import CURVES, RecordedRun, as_run, runs_of, table
from tests.diagnosing_fine_tuning.made_up import SOUND, STEPS, made_up_runs, write


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path))


def test_each_run_comes_back_as_it_was_written():
    assert {name: runs_of(f"cause, {name}") for name in CAUSES} == made_up_runs()
    assert [run.seed for run in runs_of("cause, sound")] == [0, 1]


def test_curves_follow_the_steps_and_all_else_is_a_check():
    metrics = {f"{name}, step {step}": step / 100 for name in CURVES for step in (100, 16, 8)}
    run = as_run("cure, dropout 0.3", 7, metrics | {"old task, after": 4.5, "test accuracy, best weights": 0.75})
    assert run.steps == [8, 16, 100]
    assert run.curves == {name: [0.08, 0.16, 1.0] for name in CURVES}
    assert run.checks == {"old task, after": 4.5, "test accuracy, best weights": 0.75}
    assert (run.setting, run.seed, run.cause) == ("cure, dropout 0.3", 7, "dropout 0.3")


def test_a_run_without_curves_has_its_checks():
    assert as_run("64 texts, warm-up", 0, {"test accuracy": 0.5}) == RecordedRun(
        "64 texts, warm-up", 0, [], {name: [] for name in CURVES}, {"test accuracy": 0.5}
    )


def test_a_loss_that_is_no_number_stays_one(tmp_path, monkeypatch):
    results = write(tmp_path / "other")
    results.path.write_text(results.path.read_text().replace(",0.7,", ",nan,"))
    monkeypatch.setattr(recorded, "results", results)
    [first, *others] = runs_of("cause, sound")[0].curves["training loss"]
    assert math.isnan(first)
    assert len(others) == len(STEPS) - 1
    assert all(map(math.isfinite, others))


def test_the_table_has_the_mean_over_the_seeds():
    found = table(["cause, sound", "cause, leakage"], ["test accuracy", "near-copies"])
    assert list(found) == ["sound", "leakage"]
    assert found["sound"] == pytest.approx([SOUND["test accuracy"] + 0.005, 0])
    assert found["leakage"][1] == 10


def test_an_unknown_setting_says_what_to_do():
    with pytest.raises(KeyError, match=r"no setting 'cause, bad luck': bring it up to date with: python -m"):
        runs_of("cause, bad luck")


def test_runs_of_other_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path / "other", "0123456789ab"))
    with pytest.raises(ValueError, match="measured on other weights"):
        runs_of("cause, sound")
