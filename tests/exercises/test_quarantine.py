"""Whatever a learner's function or its result does, a verdict comes back and the kernel is as it was."""

import gc
import sys
import threading
import weakref

import psutil
import pytest

from bertlab.exercises import quarantine, runner
from bertlab.exercises.display import State
from tests.exercises.test_framework import check, double


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda xs: input("number? "), "gets all that it needs as arguments"),
        (lambda xs: exit(), "end your function with `return`"),
        (lambda xs: quit(), "end your function with `return`"),
        (lambda xs: breakpoint(), "which a check has none of"),
        (lambda xs: sys.exit("enough"), "raised an error"),
        (lambda xs: sys.stdout.detach(), "raised an error"),
    ],
)
def test_a_function_that_would_leave_or_wait_gets_a_verdict(answer, words):
    before = (input, exit, quit, sys.breakpointhook, sys.stdout, sys.stderr, sys.stdin.closed)
    verdict = check(answer)
    assert verdict.state == State.NOT_YET
    assert words in repr(verdict)
    assert before == (input, exit, quit, sys.breakpointhook, sys.stdout, sys.stderr, sys.stdin.closed)


def test_other_threads_may_ask_as_ever(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: f"typed at {prompt}")
    with quarantine.quarantine(threading.Thread()):
        assert input("?") == "typed at ?"


def test_stderr_is_kept_like_stdout(capsys):
    verdict = check(lambda xs: print("so far", file=sys.stderr) or xs)
    assert ("On stderr", "so far") in verdict.details
    assert "prints and returns" not in check(lambda xs: print("so far", file=sys.stderr)).message
    assert capsys.readouterr() == ("", "")


def test_a_function_that_closes_stdout_leaves_it_open(capsys):
    assert check(lambda xs: sys.stdout.close() or sys.stderr.close() or double(xs)).state == State.CORRECT
    print("still here")
    assert capsys.readouterr().out == "still here\n"


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def fail_without_words(numbers):
    raise Speechless


class Endless:
    def __eq__(self, other):
        while True:
            pass

    __repr__ = __eq__


class Unshowable:
    def __repr__(self):
        while True:
            pass


class OddCode:
    __code__ = "not code at all"

    def __call__(self, numbers):
        return double(numbers)


class NoCode(OddCode):
    @property
    def __code__(self):
        raise RuntimeError("none of your business")


class NoSignature:
    @property
    def __signature__(self):
        raise RuntimeError("none of your business")

    def __call__(self, numbers):
        return double(numbers)


class TwoFaced:
    @property
    def __class__(self):
        raise RuntimeError("guess")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fail_without_words, "raised an error"),
        (lambda xs: [10**5000], "some 5,001 digits"),
        (lambda xs: 10**5000, "expected a list, got an int"),
        (lambda xs: [type("", (), {})() for _ in xs], "got a nameless object"),
        (lambda xs: [Endless() for _ in xs], "Not yet"),
        (lambda xs: Unshowable(), "does not come to an end"),
        (lambda xs: TwoFaced(), "Not yet"),
    ],
)
def test_a_result_that_cannot_be_compared_or_shown_gets_a_verdict(answer, words):
    verdict = check(answer)
    assert verdict.state == State.NOT_YET
    assert words in repr(verdict)


@pytest.mark.parametrize("kind", [Unshowable, TwoFaced])
def test_an_odd_object_in_place_of_a_function_gets_a_verdict(kind):
    assert check(kind()).state == State.NOT_YET


@pytest.mark.parametrize("kind", [OddCode, NoCode, NoSignature])
def test_an_odd_function_is_judged_by_what_it_does(kind):
    assert check(kind()).state == State.CORRECT


def test_a_value_whose_comparison_never_ends_gets_a_verdict():
    verdict = check(Endless(), reference=3, expression="1 + 2", cases=())
    assert verdict.state == State.NOT_YET


class Hoard(list):
    """A list that can be watched."""


HELD: list[weakref.ref] = []


def hoard(numbers):
    mine = Hoard()
    HELD.append(weakref.ref(mine))
    while True:
        mine.append(bytes(1000))


def hoard_and_fail(numbers):
    mine = Hoard([bytes(1000)])
    HELD.append(weakref.ref(mine))
    raise ValueError(len(mine))


@pytest.mark.parametrize("answer", [hoard, hoard_and_fail])
def test_nothing_of_what_a_function_piled_up_is_kept(answer):
    HELD.clear()
    gc.collect()
    gc.disable()  # an endless loop makes few objects that would start a collection by themselves
    try:
        verdict = check(answer, seconds=0.2)
    finally:
        gc.enable()
    assert verdict.state == State.NOT_YET
    assert HELD
    assert all(held() is None for held in HELD)


def test_a_function_that_grows_is_stopped_before_the_machine_is_full(monkeypatch):
    monkeypatch.setattr(runner, "MEMORY_LIMIT", 50_000_000)
    peak = []

    class Process(psutil.Process):
        def memory_info(self):
            info = super().memory_info()
            peak.append(info.rss)
            return info

    monkeypatch.setattr(runner.psutil, "Process", Process)
    verdict = check(lambda xs: hoard(xs), seconds=60.0)
    assert "took ever more memory" in verdict.message
    assert max(peak) - peak[0] < 1_000_000_000
