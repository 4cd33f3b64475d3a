"""Each look shows the recorded figure, and no cause is spoken against that was there."""

from math import nan

import pytest

from bertlab.diagnosing_fine_tuning.cause_looks import LOOKS, SIGNS, speaks_against
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from tests.diagnosing_fine_tuning.made_up import SOUND, made_up_runs

RUNS = made_up_runs()


def with_checks(**checks):
    run = RUNS["sound"][0]
    return run._replace(checks=run.checks | checks)


def test_every_cause_but_none_has_a_sign():
    assert set(SIGNS) == set(CAUSES) - {"sound"}


def test_each_check_has_one_look():
    assert sorted(look.check for look in LOOKS.values()) == sorted(SOUND)


@pytest.mark.parametrize(
    ("label", "check", "value", "shown"),
    [
        ("test accuracy", "test accuracy", 0.9143, "91.4%"),
        ("majority share", "majority", 0.9583, "95.8%"),
        ("near-copies", "near-copies", 91.0, "91"),
        ("highest rate", "highest rate", 6.667e-5, "6.7e-05"),
        ("highest rate", "highest rate", 0.0002, "0.0002"),
        ("spread of P", "spread of P", 0.47654, "0.477"),
        ("perfect loss", "perfect loss", nan, "nan"),
    ],
)
def test_a_figure_is_written_as_one_would(label, check, value, shown):
    assert LOOKS[label].show(with_checks(**{check: value})) == shown


def test_several_runs_show_their_mean():
    assert LOOKS["near-copies"].show(with_checks(**{"near-copies": 7.0}), with_checks(**{"near-copies": 13.0})) == "10"


@pytest.mark.parametrize("cause", SIGNS)
def test_a_sign_speaks_against_a_cause_only_where_it_is_missing(cause):
    assert [speaks_against(cause, run, RUNS["sound"]) for run in RUNS[cause]] == ["", ""]
    said = speaks_against(cause, RUNS["sound"][0], RUNS["sound"])
    assert said.startswith(f"It would show in {SIGNS[cause].look}: ")
    assert said.endswith(" in the sound run.")


def test_what_is_said_has_both_figures():
    run = with_checks(**{"near-copies": 3.0})
    assert speaks_against("leakage", run, RUNS["sound"]) == (
        "It would show in near-copies: 3 here, 0 in the sound run."
    )
    assert speaks_against("overfitting", run, RUNS["sound"]) == (
        "It would show in how far validation loss ends above its lowest point: 0.00 here, 0.00 in the sound run."
    )


def test_nothing_is_said_against_a_sound_run_or_from_a_figure_that_is_no_number():
    assert speaks_against("sound", RUNS["leakage"][0], RUNS["sound"]) == ""
    assert speaks_against("softmax twice", with_checks(**{"perfect loss": nan}), RUNS["sound"]) == ""


@pytest.mark.parametrize("cause", ["rate too low", "schedule per epoch"])
def test_a_higher_rate_speaks_against_one_that_is_too_low(cause):
    assert "0.0004 here" in speaks_against(cause, RUNS["rate too high"][0], RUNS["sound"])
