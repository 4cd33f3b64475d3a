"""What every exercise of the course must keep, whoever wrote it: found and tried one by one."""

import inspect
from importlib import import_module

import pytest

from bertlab.course import COURSE
from bertlab.exercises.framework import Exercise, State

EXERCISES = [exercise for notebook in COURSE for exercise in notebook.exercises]
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def make_stub(exercise: Exercise) -> object:
    """An untouched function with the reference's own parameters; for a value, what stands in its place."""
    if not callable(exercise.reference):
        return ...
    plain = [
        parameter.replace(
            annotation=parameter.empty, default=parameter.default if parameter.default is parameter.empty else None
        )
        for parameter in inspect.signature(exercise.reference).parameters.values()
    ]
    scope: dict = {}
    exec(f"def {exercise.name}{inspect.Signature(plain)}:\n    'What to do.'\n    ...", scope)
    return scope[exercise.name]


def test_there_are_exercises():
    assert {exercise.id.split(".")[0] for exercise in EXERCISES} >= {"start_here"}


def test_no_id_is_used_twice():
    ids = [exercise.id for exercise in EXERCISES]
    assert len(ids) == len(set(ids))


@each_exercise
def test_the_reference_is_correct(exercise):
    verdict = exercise.check(exercise.reference)
    assert verdict.state == State.CORRECT, repr(verdict)


@each_exercise
def test_the_untouched_stub_is_not_attempted(exercise):
    assert exercise.check(make_stub(exercise)).state == State.NOT_ATTEMPTED


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=[f"{e.id}: {m.name}" for e, m in MISTAKES])
def test_each_mistake_gets_its_own_message_and_no_other(exercise, mistake):
    verdict = exercise.check(mistake.answer)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, mistake.name), repr(verdict)
    assert verdict.message == mistake.message


@each_exercise
def test_the_mistakes_are_named_and_told_apart(exercise):
    assert exercise.mistakes
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)
    assert len({mistake.message for mistake in exercise.mistakes}) == len(exercise.mistakes)


@each_exercise
def test_there_are_hints_enough(exercise):
    assert len(set(exercise.hints)) == len(exercise.hints) >= 2


@each_exercise
def test_the_id_says_where_it_is(exercise):
    topic, name = exercise.id.split(".")
    assert getattr(import_module(f"bertlab.{topic}.exercises"), name) is exercise


@each_exercise
def test_there_is_a_solution_to_show(exercise):
    solution = repr(exercise.solution())
    if callable(exercise.reference):
        kind = "class" if isinstance(exercise.reference, type) else "def"
        assert f"{kind} {exercise.reference.__name__}(" in solution
    else:
        assert solution == f"{exercise.expression}  # {exercise.reference!r}"


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if callable(e.reference)], ids=lambda exercise: exercise.id)
def test_the_solution_can_be_pasted_into_a_cell(exercise):
    scope: dict = {}
    exec(repr(exercise.solution()), scope)
    assert exercise.check(scope[exercise.reference.__name__]).state == State.CORRECT
