"""A recorded experiment can be stopped anywhere: what is done stays, what was interrupted is measured again."""

import pytest

from bertlab.checkpoints import fingerprint
from bertlab.experiments.record import Results, Spread

RUNS = [("narrow", 0), ("narrow", 1), ("wide", 0)]


@pytest.fixture
def results(tmp_path):
    return Results("demo", tmp_path)


def test_every_run_is_measured_once(results):
    measured = []

    def measure(setting, seed):
        measured.append((setting, seed))
        return {"loss": len(setting) + seed, "accuracy": 0.5}

    results.record(RUNS[:1], measure)
    results.record(RUNS, measure)
    assert measured == RUNS
    assert [(row["setting"], row["seed"], row["metric"]) for row in results.rows()] == [
        (setting, str(seed), metric) for setting, seed in RUNS for metric in ("loss", "accuracy")
    ]
    assert all(row["versions"].startswith("torch ") and float(row["seconds"]) >= 0 for row in results.rows())


def test_an_interrupted_run_leaves_nothing_and_is_done_again(results):
    fail = True

    def measure(setting, seed):
        if fail and seed == 1:
            raise KeyboardInterrupt
        return {"loss": 1.0}

    with pytest.raises(KeyboardInterrupt):
        results.record(RUNS, measure)
    assert len(results.rows()) == 1
    fail = False
    results.record(RUNS, measure)
    assert [(row["setting"], int(row["seed"])) for row in results.rows()] == RUNS


def test_a_file_of_other_weights_is_measured_again_from_the_start(results):
    results.record(RUNS, lambda setting, seed: {"loss": 1.0}, weights="0123456789ab")
    assert results.of_weights("0123456789ab")
    assert not results.of_weights("ba9876543210")
    results.record(RUNS, lambda setting, seed: {"loss": 2.0}, weights="0123456789ab")
    assert set(results.values("loss").values()) == {1.0}
    results.record(RUNS[:2], lambda setting, seed: {"loss": 3.0}, weights="ba9876543210")
    assert results.values("loss") == {("narrow", 0): 3.0, ("narrow", 1): 3.0}
    assert results.of_weights("ba9876543210")


def test_seeds_are_summed_up_by_setting(results):
    results.record(RUNS, lambda setting, seed: {"loss": float(len(setting) + seed), "steps": 3})
    assert results.spread("loss") == {"narrow": Spread(6.5, 6.0, 7.0, 2), "wide": Spread(4.0, 4.0, 4.0, 1)}
    with pytest.raises(KeyError, match=r"no metric 'losses', but \['loss', 'steps'\]"):
        results.spread("losses")


def test_seeds_are_in_order_whatever_the_order_of_the_file(results):
    runs = [("wide", 1), ("narrow", 0), ("wide", 0)]
    results.record(runs, lambda setting, seed: {"loss": float(len(setting) + seed)})
    assert results.by_seed("loss") == {"wide": [4.0, 5.0], "narrow": [6.0]}
    assert list(results.by_seed("loss")) == ["wide", "narrow"]


def test_no_file_is_no_row(results):
    assert results.rows() == []
    assert Results("attention").path.parts[-3:] == ("data", "results", "attention.csv")


def test_what_was_measured_on_other_weights_is_refused(tmp_path):
    demo = Results("demo", tmp_path)
    demo.append([(0, "wide", "loss", 1.0, 0.1, f"torch 2, weights {fingerprint()}")])
    assert demo.of_embedded().values("loss") == {("wide", 0): 1.0}
    demo.append([(1, "wide", "loss", 1.0, 0.1, "torch 2, weights 0123456789ab")])
    with pytest.raises(ValueError, match=r"demo\.csv was measured on other weights .* python -m bertlab\.demo"):
        demo.of_embedded()
