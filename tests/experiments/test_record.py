"""A recorded experiment can be stopped anywhere: what is done stays, what was interrupted is measured anew."""

import pytest

from bertlab.experiments.record import Spread, read_rows, record, results_path, spread

RUNS = [("narrow", 0), ("narrow", 1), ("wide", 0)]


def test_every_run_is_measured_once(tmp_path):
    path, measured = tmp_path / "demo.csv", []

    def measure(setting, seed):
        measured.append((setting, seed))
        return {"loss": len(setting) + seed, "accuracy": 0.5}

    record(path, RUNS[:1], measure)
    record(path, RUNS, measure)
    assert measured == RUNS
    assert [(row["setting"], row["seed"], row["metric"]) for row in read_rows(path)] == [
        (setting, str(seed), metric) for setting, seed in RUNS for metric in ("loss", "accuracy")
    ]
    assert all(row["versions"].startswith("torch ") and float(row["seconds"]) >= 0 for row in read_rows(path))


def test_an_interrupted_run_leaves_nothing_and_is_done_anew(tmp_path):
    path, fail = tmp_path / "demo.csv", True

    def measure(setting, seed):
        if fail and seed == 1:
            raise KeyboardInterrupt
        return {"loss": 1.0}

    with pytest.raises(KeyboardInterrupt):
        record(path, RUNS, measure)
    assert len(read_rows(path)) == 1
    fail = False
    record(path, RUNS, measure)
    assert [(row["setting"], int(row["seed"])) for row in read_rows(path)] == RUNS


def test_seeds_are_summed_up_by_setting(tmp_path):
    path = tmp_path / "demo.csv"
    record(path, RUNS, lambda setting, seed: {"loss": float(len(setting) + seed), "steps": 3})
    assert spread(path, "loss") == {"narrow": Spread(6.5, 6.0, 7.0, 2), "wide": Spread(4.0, 4.0, 4.0, 1)}
    with pytest.raises(KeyError, match=r"no metric 'losses', but \['loss', 'steps'\]"):
        spread(path, "losses")


def test_no_file_is_no_row(tmp_path):
    assert read_rows(tmp_path / "none.csv") == []
    assert results_path("attention").parts[-3:] == ("data", "results", "attention.csv")
