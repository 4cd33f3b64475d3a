"""Every cause is dealt once before any comes again; moves count once, and none after the end."""

from itertools import islice, pairwise

import pytest

from bertlab.diagnosing_fine_tuning.cause_looks import LOOKS
from bertlab.diagnosing_fine_tuning.cause_rounds import Round, after, counted, deal, play, score
from bertlab.diagnosing_fine_tuning.causes import CAUSES
from tests.diagnosing_fine_tuning.made_up import made_up_runs

RUNS = made_up_runs()
LEAKING = Round(RUNS["leakage"][0])


@pytest.mark.parametrize("seed", range(7))
def test_every_cause_is_dealt_before_any_comes_again(seed):
    size = len(CAUSES)
    dealt = list(islice(deal(RUNS, seed), 3 * size))
    for start in range(0, 3 * size, size):
        lap = dealt[start : start + size]
        assert {run.cause for run in lap} == set(CAUSES)
        assert {run.seed for run in lap} == {start // size % 2}
    assert all(one.cause != other.cause for one, other in pairwise(dealt))
    assert dealt == list(islice(deal(RUNS, seed), 3 * size))


def test_two_causes_are_never_dealt_twice_in_a_row():
    two = {name: RUNS[name] for name in ("sound", "leakage")}
    causes = [run.cause for run in islice(deal(two, 3), 37)]
    assert all(one != other for one, other in pairwise(causes))


def test_seeds_give_different_orders_and_each_cause_comes_first():
    firsts = {next(deal(RUNS, seed)).cause for seed in range(200)}
    assert firsts == set(CAUSES)


def test_looks_and_guesses_count_once_until_the_cause_is_named():
    now = LEAKING
    for move in ("look text loss", "look near-copies", "look text loss", "guess shortcut", "guess shortcut"):
        now = after(now, move)
    assert now == LEAKING._replace(looked=("text loss", "near-copies"), looks=2, guesses=("shortcut",))
    assert not now.over
    now = after(now, "guess leakage")
    assert now.named
    assert now.over
    assert after(now, "guess sound") == after(now, "give up") == now
    later = after(now, "look words alone")
    assert later.looked == ("text loss", "near-copies", "words alone")
    assert later.looks == 2


def test_what_was_given_up_can_no_longer_be_named():
    now = after(LEAKING, "give up")
    assert now.over
    assert not now.named
    assert after(now, "guess leakage") == now


@pytest.mark.parametrize("move", ["", "look", "look elsewhere", "guess bad luck", "give up now", "Look text loss"])
def test_an_unknown_move_is_refused(move):
    with pytest.raises(ValueError, match=r"there is no move .*: choose one of look CHECK, guess CAUSE"):
        after(LEAKING, move)


@pytest.mark.parametrize("move", [*(f"look {label}" for label in LOOKS), *(f"guess {name}" for name in CAUSES)])
def test_each_look_and_each_cause_is_a_move(move):
    assert after(LEAKING, move) != LEAKING


def test_the_next_run_is_the_next_card():
    rounds = play(deal(RUNS, 5), ["look near-copies", "another run", "another run", "look text loss"])
    assert [now.run for now in rounds] == list(islice(deal(RUNS, 5), 3))
    assert [now.looked for now in rounds] == [("near-copies",), (), ("text loss",)]


def test_the_score_counts_what_is_done_with():
    named = LEAKING._replace(looks=3, guesses=("sound", "leakage"))
    given_up = LEAKING._replace(looks=1, given_up=True)
    left = LEAKING._replace(looks=2, guesses=("sound",))
    assert score([left]) == score([LEAKING]) == ""
    assert score([named]) == "Score: named 1 of 1 run, 3 looks."
    assert score([given_up]) == "Score: named 0 of 1 run, 1 look."
    assert score([named, left, named, given_up]) == "Score: named 2 of 4 runs, 9 looks."
    assert score([named, left, left]) == "Score: named 1 of 2 runs, 5 looks."


def test_plurals():
    assert [counted(number, "try", "tries") for number in (0, 1, 7)] == ["0 tries", "1 try", "7 tries"]
