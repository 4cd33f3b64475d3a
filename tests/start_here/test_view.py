"""Notebook 00: its one exercise, and the map of the course."""

from datetime import UTC, datetime

import nbformat
import pytest
from transformers import AutoTokenizer, BertTokenizer

import bertlab
from bertlab.constants import NOTEBOOKS, SPECIAL_TOKENS
from bertlab.course import COURSE
from bertlab.exercises import progress
from bertlab.exercises.framework import State
from bertlab.start_here import exercises
from bertlab.start_here.view import CourseMap, CourseRow, course_map, course_rows


def test_the_answer_is_what_the_checkpoint_says():
    tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())
    assert len(tokenizer) == 30_522
    exercise = exercises.mask_token_id
    assert eval(exercise.expression, {"tokenizer": tokenizer}) == exercise.reference == 103
    named = {mistake.name: mistake.answer for mistake in exercise.mistakes}
    assert named["cls"] == tokenizer.cls_token_id
    assert named["sep"] == tokenizer.sep_token_id
    assert named["unk"] == tokenizer.unk_token_id
    assert named["pad"] == tokenizer.pad_token_id
    assert named["token"] == tokenizer.mask_token


@pytest.mark.parametrize(
    ("answer", "words"),
    [(7, "You gave `7`"), ("103", "expected an int, got a str"), ((103,), "got a tuple"), (len, "call it")],
)
def test_a_wrong_value_is_told_its_kind_but_never_the_answer(answer, words):
    verdict = exercises.mask_token_id.check(answer)
    assert verdict.state == State.NOT_YET
    assert words in verdict.message
    assert "103" not in repr(verdict).replace(f"`{answer!r}`", "")


def test_with_another_vocabulary_the_answer_is_that_of_its_tokenizer(tmp_path, monkeypatch):
    vocab = {piece: place for place, piece in enumerate(["tea", *reversed(SPECIAL_TOKENS)])}
    BertTokenizer(vocab=vocab).save_pretrained(tmp_path)
    monkeypatch.setattr("bertlab.checkpoints.checkpoint", lambda: str(tmp_path))
    exercise = exercises.mask_token_id
    assert exercise.check(1).state == State.CORRECT
    assert exercise.check(103).state == State.NOT_YET
    named = {2: "sep", 3: "cls", 4: "unk", 5: "pad", "[MASK]": "token"}
    assert {answer: exercise.check(answer).mistake for answer in named} == named
    assert exercise.check([1]).mistake == "list"


def test_the_map_that_notebook_00_shows_is_the_course_of_today():
    """Where this fails, a notebook's minutes, title or exercises changed: run notebook 00 again and save it."""
    cells = nbformat.read(NOTEBOOKS / "00_start_here.ipynb", as_version=4).cells
    [output] = next(cell.outputs for cell in cells if cell.id == "course-map")
    fresh = CourseMap(course_rows({}))
    assert output.data["text/plain"] == repr(fresh)
    assert output.data["text/html"] == fresh._repr_html_()


def test_a_new_learner_has_solved_nothing():
    rows = course_rows({})
    assert [row.filename for row in rows] == [notebook.filename for notebook in COURSE]
    assert {(row.solved, row.last_solved) for row in rows} == {(0, None)}
    assert rows[0].score == "0 of 1"


def test_each_notebook_counts_its_own_exercises():
    march, april = datetime(2025, 3, 1, 12, tzinfo=UTC), datetime(2025, 4, 1, 12, tzinfo=UTC)
    first, second = [exercise.id for exercise in COURSE[1].exercises[:2]]
    rows = course_rows({first: april, second: march, "no_longer.there": april})
    assert (rows[0].solved, rows[1].solved) == (0, 2)
    assert rows[1].last_solved == april
    assert rows[1].day == "1 April 2025"


def test_solving_an_exercise_moves_the_map():
    assert "0 of 1" in repr(course_map())
    exercises.mask_token_id.check(103)
    assert list(progress.solved()) == ["start_here.mask_token_id"]
    assert "1 of 1" in repr(course_map())


def test_the_map_reads_as_text_and_as_html():
    rows = [CourseRow("07_fine.ipynb", "07 Fine & <b>good", 45, 2, 5, datetime(2025, 3, 1, 12, tzinfo=UTC))]
    text, html = repr(CourseMap(rows)), CourseMap(rows)._repr_html_()
    assert text.splitlines() == [
        "Notebook           Minutes  Exercises solved  Last solved",
        "07 Fine & <b>good  45       2 of 5            1 March 2025",
    ]
    assert '<a href="07_fine.ipynb">07 Fine &amp; &lt;b&gt;good</a>' in html
    assert 'aria-label="07 Fine &amp; &lt;b&gt;good: 2 of 5 exercises solved" value="2" max="5"' in html
    assert "2 of 5</td>" in html
