"""Right answers written otherwise, mistakes made otherwise: the tables of all topics, tried one by one.

`tests/<topic>/test_exercises.py` has the tables: `RIGHT`, pairs of an exercise and an answer; `MISTAKEN`, the name of
the mistake with them; and where there is one `WRONG_AT_THE_EDGES`, pairs that are no known mistake.
"""

from importlib import import_module
from typing import Any

import pytest

from bertlab.constants import ROOT
from bertlab.course import COURSE
from bertlab.exercises.display import State

TOPICS = [n.topic for n in COURSE if (ROOT / "tests" / n.topic / "test_exercises.py").exists()]
TABLES = [import_module(f"tests.{topic}.test_exercises") for topic in TOPICS]


def rows(name: str) -> list[Any]:
    """The rows of one table of all topics, each with the name of its exercise for an id."""
    found = [row for table in TABLES for row in getattr(table, name, [])]
    return [pytest.param(*row, id=f"{row[0].id}-{number}") for number, row in enumerate(found)]


def test_each_topic_with_exercises_to_write_has_its_tables():
    assert [notebook.topic for notebook in COURSE if notebook.topic != "start_here"] == TOPICS
    assert all(table.RIGHT and table.MISTAKEN for table in TABLES)


@pytest.mark.parametrize(("exercise", "answer"), rows("RIGHT"))
def test_a_right_answer_may_be_written_otherwise(exercise, answer):
    verdict = exercise.check(answer)
    assert verdict.state == State.CORRECT, repr(verdict)


@pytest.mark.parametrize(("exercise", "answer", "name"), rows("MISTAKEN"))
def test_a_mistake_may_be_made_otherwise(exercise, answer, name):
    verdict = exercise.check(answer)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, name), repr(verdict)


@pytest.mark.parametrize(("exercise", "answer"), rows("WRONG_AT_THE_EDGES"))
def test_an_answer_that_is_wrong_at_the_edges_is_not_accepted(exercise, answer):
    assert exercise.check(answer).state == State.NOT_YET
