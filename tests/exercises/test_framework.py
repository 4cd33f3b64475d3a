"""What `check`, `hint` and `solution` say, whatever a learner hands over."""

import subprocess
import sys
import threading
import time
from functools import partial
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertlab.exercises import progress
from bertlab.exercises.display import Hints
from bertlab.exercises.framework import Case, Exercise, Mistake, State, Verdict


def double(numbers):
    return [2 * number for number in numbers]


def make_exercise(**changes) -> Exercise:
    parts = {
        "id": "demo.double",
        "title": "Twice as much",
        "reference": double,
        "cases": [Case([3, 4, 5]), Case([1, 2]), Case([])],
        "hints": ["What is twice `one`?", "It is two."],
        "mistakes": [
            Mistake("squares", lambda numbers: [n * n for n in numbers], "That is the square of each."),
            Mistake("strings", lambda numbers: [str(n) * 2 for n in numbers], "That writes each number twice."),
            Mistake("first", lambda numbers: numbers[0] * 2, "An empty list has no first number."),
        ],
        "seconds": 0.5,
    }
    return Exercise(**(parts | changes))


def check(answer: object, **changes) -> Verdict:
    return make_exercise(**changes).check(answer)


# Correct


@pytest.mark.parametrize("answer", [lambda xs: [x + x for x in xs], lambda xs: [2.0 * x for x in xs], double])
def test_a_right_answer_is_correct_and_recorded(answer):
    verdict = check(answer)
    assert verdict.state == State.CORRECT
    assert repr(verdict) == "✓ Correct · Twice as much\nAll 3 cases agree."
    assert list(progress.solved()) == ["demo.double"]


def test_a_callable_that_is_no_plain_function_will_do():
    assert check(partial(sorted, reverse=True), reference=lambda xs: sorted(xs)[::-1]).state == State.CORRECT
    assert check(len, reference=lambda xs: len(xs), mistakes=()).state == State.CORRECT


def test_an_error_that_should_be_raised_must_be():
    def strict(number):
        if number < 0:
            raise ValueError("negative")
        return number

    exercise = make_exercise(reference=strict, cases=[Case(1), Case(-1)], mistakes=())
    assert exercise.check(strict).state == State.CORRECT
    verdict = exercise.check(lambda number: number)
    assert "should have raised an error" in verdict.message
    assert ("Expected", "raises ValueError") in verdict.details


# Not attempted


def documented(numbers):
    """Only this."""


def dots(numbers):
    """And dots."""
    ...


def raising(numbers):
    raise NotImplementedError("write me")


@pytest.mark.parametrize("stub", [documented, dots, raising, lambda numbers: None, None, ...])
def test_an_untouched_stub_is_not_attempted_and_not_recorded(stub, progress_file):
    verdict = check(stub)
    assert verdict.state == State.NOT_ATTEMPTED
    assert "exercises.double.hint()" in verdict.message
    assert not progress_file.exists()


# Not yet: known mistakes


@pytest.mark.parametrize(
    ("answer", "name", "message"),
    [
        (lambda xs: [x**2 for x in xs], "squares", "That is the square of each."),
        (lambda xs: [f"{x}{x}" for x in xs], "strings", "That writes each number twice."),
        (lambda xs: xs.pop(0) * 2, "first", "An empty list has no first number."),
    ],
)
def test_a_mistake_is_recognized_by_what_it_does(answer, name, message):
    verdict = check(answer)
    assert (verdict.state, verdict.mistake, verdict.message) == (State.NOT_YET, name, message)
    assert progress.solved() == {}


def test_the_smallest_failing_case_is_shown_with_a_mistake_too():
    verdict = check(lambda xs: [x**2 for x in xs])
    assert verdict.details == [("Called as", "double(numbers=[1, 2])"), ("Expected", "[2, 4]"), ("Got", "[1, 4]")]


# Not yet: everything else


def grow(numbers):
    numbers[:] = [2 * number for number in numbers]


def generate(numbers):
    for number in numbers:
        yield 2 * number


def recurse(numbers):
    return recurse(numbers)


def show(numbers):
    print("<b>", double(numbers))


def give_up(numbers):
    raise SystemExit


def hold_itself(numbers):
    numbers.append(numbers)
    return numbers


class Awkward:
    def __eq__(self, other):
        raise RuntimeError("do not compare me")

    def __repr__(self):
        raise RuntimeError("do not show me")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda xs: double(xs)[:2], "expected 3 items, got 2. (Wrong in 1 of 3 cases.)"),
        (lambda xs: double(xs)[:1] + [9] * len(xs[1:]), "at [1]: expected 4, got 9"),
        (lambda xs: tuple(double(xs)), "expected a list, got a tuple"),
        (generate, "wrap it in `list(...)`"),
        (lambda xs: double, "call it"),
        (grow, "returned None"),
        (show, "prints and returns None"),
        (recurse, "calls itself without end"),
        (give_up, "raised an error"),
        (lambda xs: xs["two"], "raised an error"),
        (hold_itself, "is not right"),
        (lambda xs: [Awkward() for _ in xs], "is not right"),
        (lambda: [], "takes `()`, which does not fit this call: too many positional arguments"),
        (lambda a, b: [], "missing a required argument: 'b'"),
        ([6, 8, 10], "needs the function itself, its name without parentheses; it was given a list"),
    ],
)
def test_what_strikes_the_eye_is_said(answer, words):
    verdict = check(answer)
    assert verdict.state == State.NOT_YET
    assert words in verdict.message
    assert repr(verdict).startswith("✗ Not yet · Twice as much\n")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda xs: double(xs) if len(xs) == 2 else None, "not right: expected a list, got None. (Wrong in 1 of 3"),
        (lambda xs: print(xs) if len(xs) > 2 else double(xs) or None, "not right: expected a list, got None."),
        (lambda xs: [] if len(xs) < 2 else double(xs), "not right: expected None, got a list."),
        (lambda xs: xs.sort(), "does every way through it end in `return`?"),
        (lambda xs: print(double(xs)), "prints and returns None"),
        (grow, "changes its argument in place and returns None"),
    ],
)
def test_a_none_may_be_meant_where_it_can_be_right(answer, words):
    assert words in check(answer, reference=lambda xs: double(xs) or None).message


def test_an_error_is_shown_with_the_learners_own_line():
    def answer(numbers):
        total = 0
        return total / len(numbers) and len(numbers)

    got = dict(check(answer).details)["Got"]
    assert got.startswith("raised ZeroDivisionError: division by zero, in line ")
    assert got.endswith(": return total / len(numbers) and len(numbers)")


def test_what_a_function_printed_is_shown_and_not_let_out(capsys):
    verdict = check(show)
    assert ("Printed", "<b> []") in verdict.details
    assert capsys.readouterr().out == ""
    assert "&lt;b&gt; []" in verdict._repr_html_()


def test_a_function_that_changes_its_argument_is_told_which():
    def answer(numbers):
        result = double(numbers)
        numbers.clear()
        return result

    exercise = make_exercise()
    verdict = exercise.check(answer)
    assert "changes its argument `numbers`" in verdict.message
    assert verdict.details == [("Before", "double(numbers=[3, 4, 5])"), ("After", "double(numbers=[])")]
    assert exercise.check(double).state == State.CORRECT, "the exercise's own cases are untouched"


def test_a_comparison_of_the_exercises_own_replaces_equality():
    unordered = make_exercise(alike=lambda expected, got: sorted(expected) == sorted(got))
    assert unordered.check(lambda xs: double(xs)[::-1]).state == State.CORRECT
    assert "it is not the expected one" in unordered.check(lambda xs: double(xs)[1:]).message
    assert "expected a list, got an int" in unordered.check(lambda xs: 7).message


# A function that does not come back


def spin(numbers):
    while True:
        pass


def spin_and_swallow(numbers):
    while True:
        try:  # noqa: SIM105
            len(numbers)
        except:  # noqa: E722
            pass


def sleep(numbers):
    time.sleep(3600)


def slow_at_the_second(numbers):
    if len(numbers) == 2:
        time.sleep(0.6)
    return double(numbers)


@pytest.mark.parametrize("answer", [spin, spin_and_swallow, sleep, slow_at_the_second])
@pytest.mark.parametrize("caller", ["main thread", "another thread"])
def test_a_function_that_does_not_come_back_gets_a_verdict(answer, caller):
    verdicts = []
    began = time.monotonic()
    if caller == "main thread":
        verdicts.append(check(answer))
    else:
        thread = threading.Thread(target=lambda: verdicts.append(check(answer)))
        thread.start()
        thread.join()
    assert time.monotonic() - began < 60, "it sleeps for an hour"
    [verdict] = verdicts
    assert "had not finished after 0.5 seconds" in verdict.message
    assert ("in the background" in verdict.message) == (answer is sleep)
    call = "double(numbers=[1, 2])" if answer is slow_at_the_second else "double(numbers=[3, 4, 5])"
    assert verdict.details == [("Called as", call)]


def test_a_stopped_function_leaves_no_thread_and_no_changed_stdout():
    stdout, before = sys.stdout, set(threading.enumerate())
    check(spin_and_swallow)
    for thread in set(threading.enumerate()) - before:
        thread.join(1)
    assert set(threading.enumerate()) == before
    assert sys.stdout is stdout


def test_several_seconds_are_not_too_long_by_default():
    verdict = check(lambda xs: time.sleep(0.3) or double(xs), seconds=5.0)
    assert verdict.state == State.CORRECT


def test_a_process_with_an_endless_function_still_ends():
    code = (
        "from bertlab.exercises.framework import Case, Exercise\n"
        "exercise = Exercise(id='demo.one', title='One', reference=lambda: 1, cases=[Case()], hints=[], seconds=0.3)\n"
        "def sleep():\n    import time; time.sleep(3600)\n"
        "def spin():\n"  # the inner `except` swallows whatever is raised inside it: this one cannot be stopped at all
        "    while True:\n        try:\n            for _ in range(10**9): pass\n        except: pass\n"
        "print(exercise.check(sleep).state, exercise.check(spin).state, exercise.check(lambda: 1).state, sep=', ')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("not yet, not yet, correct\n", "", 0)


# Hints, solutions, and how all of it is shown


def test_hints_come_one_by_one():
    exercise = make_exercise()
    first, second, third = exercise.hint(), exercise.hint(), exercise.hint()
    assert repr(first) == "Hint 1 of 2 · Twice as much\n1. What is twice `one`?\nRun this cell again for the next hint."
    assert list(second.shown) == list(third.shown) == ["What is twice `one`?", "It is two."]
    assert ".solution()" in repr(second)
    assert "<code>one</code>" in first._repr_html_()


def test_the_solution_is_the_source_of_the_reference():
    solution = make_exercise().solution()
    assert repr(solution) == "def double(numbers):\n    return [2 * number for number in numbers]"
    assert solution._repr_markdown_() == f"```python\n{solution}\n```"


def test_what_a_person_wrote_is_escaped():
    def answer(numbers):
        raise ValueError("<script>alert('`x`')</script>")

    html = check(answer, title="<i>")._repr_html_()
    assert "<script" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert {name for name, _ in attrs} <= {"role", "style", "scope"}


@given(st.text(), st.text(), st.text())
def test_whatever_is_typed_makes_no_element_of_its_own(title, message, detail):
    tags = Tags()
    tags.feed(Verdict(title, State.NOT_YET, message, details=[(detail, detail)])._repr_html_())
    tags.feed(Hints(title, [message], 2)._repr_html_())
    assert tags.seen <= {"div", "strong", "table", "tr", "th", "td", "code", "ol", "li"}


def test_details_of_several_lines_stay_aligned():
    verdict = Verdict("T", State.NOT_YET, "M", details=[("Got", "[[1],\n [2]]"), ("Expected", "0")])
    assert repr(verdict).splitlines()[2:] == ["  Got:      [[1],", "             [2]]", "  Expected: 0"]


def test_a_card_says_its_state_in_words():
    html = check(double)._repr_html_()
    assert 'role="status"' in html
    assert "✓ Correct · Twice as much" in html


# Writing an exercise


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "double"}, "topic.name"),
        ({"cases": []}, "needs cases"),
        ({"reference": 3}, "a value has none"),
        ({"reference": 3, "cases": []}, "needs the expression"),
        ({"expression": "6 / 2"}, "a function has none"),
    ],
)
def test_an_exercise_that_cannot_work_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        make_exercise(**changes)
