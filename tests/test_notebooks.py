"""Every notebook of the course keeps the house rules of `notebook_rules.py`."""

from pathlib import Path

import nbformat
import pytest

from bertlab.exercises import iter_exercises
from bertlab.notebooks import COURSE
from tests.notebook_rules import complaints

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_folder_holds_the_notebooks_of_the_course_and_no_other():
    assert [path.name for path in NOTEBOOKS] == [notebook.filename for notebook in COURSE]


@each_notebook
def test_house_rules(path):
    topic = path.stem.split("_", 1)[1]
    names = {exercise.name for exercise in iter_exercises(topic)}
    by_rule = complaints(nbformat.read(path, as_version=4), topic, names, FOLDER)
    assert {rule: found for rule, found in by_rule.items() if found} == {}


@each_notebook
def test_the_file_is_a_valid_notebook_with_cell_ids(path):
    nb = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(nb)
    assert (nb["nbformat"], nb["nbformat_minor"]) >= (4, 5)
