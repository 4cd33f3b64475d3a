"""Name the cause, live: both pictures, what was looked at, and no word of the cause before it is named or given up."""

import json
from math import inf, log, nan

import pytest

from bertlab.diagnosing_fine_tuning import recorded
from bertlab.diagnosing_fine_tuning.cause_looks import LOOKS, SIGNS
from bertlab.diagnosing_fine_tuning.cause_rounds import deal
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from bertlab.diagnosing_fine_tuning.view_cause import GLOSS, CauseWidget, figures, in_words, live_cause
from tests.diagnosing_fine_tuning.made_up import STEPS, made_up_runs, write

RUNS = made_up_runs()


@pytest.fixture
def widget():
    """A widget whose first run is a leaking one."""
    seed = next(seed for seed in range(200) if next(deal(RUNS, seed)).cause == "leakage")
    return CauseWidget(RUNS, seed)


def press(widget, *moves):
    widget.moves = "\n".join([*widget.moves.splitlines(), *moves])
    return widget.answer


def test_both_pictures_have_their_curves_and_the_line_of_knowing_nothing():
    run = RUNS["sound"][0]
    loss, accuracy = figures(run)
    assert loss["curves"] == [["training", run.curves["training loss"]], ["validation", run.curves["validation loss"]]]
    assert accuracy["curves"] == [["validation", run.curves["validation accuracy"]]]
    assert loss["steps"] == accuracy["steps"] == list(STEPS)
    assert (loss["top"], accuracy["top"]) == (1.2, 1.0)
    assert (loss["mark"], accuracy["mark"]) == ((log(2), "knowing nothing"), (0.5, "tossing a coin"))


def test_the_axis_reaches_the_largest_loss_and_what_is_no_number_is_left_out():
    run = RUNS["sound"][0]
    losses = [2.5, nan, inf, 0.7, 0.6]
    loss, _ = figures(run._replace(curves={**run.curves, "training loss": losses}))
    assert loss["top"] == 2.5
    assert loss["curves"][0] == ["training", [2.5, None, None, 0.7, 0.6]]
    json.dumps(loss, allow_nan=False)
    assert loss["words"].startswith("training loss: 2.50, nan, inf, 0.70, 0.60 at steps 8, 16, 24, 32, 37. validation")


def test_a_curve_in_words():
    assert in_words(RUNS["sound"][1], "validation accuracy") == (
        "validation accuracy: 0.50, 0.60, 0.70, 0.80, 0.90 at steps 8, 16, 24, 32, 37"
    )


def test_a_round_from_the_first_look_to_the_name(widget):
    assert widget.answer["rows"] == []
    assert widget.answer["summary"] == "Run 1. What is wrong with this run, if anything?"
    answer = press(widget, "look text loss", "look near-copies")
    assert answer["rows"] == [
        ("text loss", "4.50", "4.50", LOOKS["text loss"].means),
        ("near-copies", "10", "0", LOOKS["near-copies"].means),
    ]
    assert answer["summary"] == "Run 1. near-copies: 10 in this run, 0 in the sound run."
    answer = press(widget, "guess imbalance")
    assert answer["summary"] == (
        "Run 1. Not imbalance. It would show in majority share: 50.0% here, 50.0% in the sound run."
    )
    assert press(widget, "guess sound")["summary"] == "Run 1. Not sound. Look closer."
    assert press(widget, "guess leakage")["summary"] == (
        f"Run 1. Right, leakage: {CAUSES['leakage'].what}. Named in 2 looks and 3 tries. "
        "Score: named 1 of 1 run, 2 looks."
    )
    assert answer["figures"] == widget.answer["figures"] == figures(RUNS["leakage"][0])


def test_another_run_begins_afresh_and_keeps_the_score(widget):
    press(widget, "look near-copies", "guess leakage")
    answer = press(widget, "another run")
    assert (answer["number"], answer["rows"]) == (2, [])
    assert answer["summary"] == ("Run 2. What is wrong with this run, if anything? Score: named 1 of 1 run, 1 look.")
    cause = widget.rounds()[-1].run.cause
    assert press(widget, "give up")["summary"] == (
        f"Run 2. It was {cause}: {CAUSES[cause].what}. Score: named 1 of 2 runs, 1 look."
    )


@pytest.mark.parametrize("cause", CAUSES)
def test_the_page_hears_of_the_cause_only_at_the_end(cause):
    seed = next(seed for seed in range(200) if next(deal(RUNS, seed)).cause == cause)
    widget = CauseWidget(RUNS, seed)
    closed = {"causes", "_esm", "_css"}  # the same for every run
    press(widget, *(f"look {label}" for label in LOOKS if label != cause))

    def sent():
        state = {name: value for name, value in widget.get_state().items() if name not in closed}
        return json.dumps(state, default=str)

    press(widget, *(f"guess {other}" for other in SIGNS if other != cause))
    assert CAUSES[cause].what not in sent()
    assert cause not in sent().replace("in the sound run", "")
    assert cause not in repr(widget).replace("sound run", "")
    press(widget, "give up")
    assert f"It was {cause}: {CAUSES[cause].what}." in sent()


def test_all_causes_can_be_chosen_in_the_order_of_the_alphabet(widget):
    assert set(GLOSS) == set(CAUSES)
    assert [name for name, _ in widget.causes] == sorted(CAUSES)
    assert ["leakage", "leakage (validation texts in training)"] in widget.causes
    assert widget.looks == list(LOOKS)


def test_an_unknown_move_is_a_problem_on_the_page_and_no_moves_begin_again(widget):
    assert "there is no move 'guess bad luck'" in press(widget, "guess bad luck")["problem"]
    widget.moves = ""
    assert widget.answer["number"] == 1


def test_the_text_form_has_the_curves_the_looks_and_the_summary(widget):
    press(widget, "look near-copies", "look highest rate")
    lines = repr(widget).splitlines()
    assert lines[:3] == [in_words(RUNS["leakage"][0], name) for name in RUNS["leakage"][0].curves]
    assert lines[3].startswith("near-copies              10, sound run        0: validation texts that have")
    assert lines[4].startswith("highest rate         0.0002, sound run   0.0002: the highest")
    assert lines[5:] == [widget.answer["summary"]]


def test_the_widget_reads_the_recorded_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", write(tmp_path))
    widget = live_cause(seed=3)
    assert widget.rounds()[0].run == next(deal(RUNS, 3))
    assert widget.answer == CauseWidget(RUNS, 3).answer


def test_runs_that_were_not_recorded_are_asked_for_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "results", recorded.results.__class__("diagnosing_fine_tuning", tmp_path))
    with pytest.raises(KeyError, match="bring it up to date with"):
        live_cause()
