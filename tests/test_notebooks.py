"""Every notebook of the course keeps the house rules of `notebook_rules.py`."""

import nbformat
import pytest

from bertlab.constants import NOTEBOOKS
from bertlab.course import COURSE
from tests.notebook_rules import complaints

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_the_folder_holds_the_notebooks_of_the_course_and_no_other():
    assert [path.name for path in PATHS] == [notebook.filename for notebook in COURSE]


@each_notebook
def test_house_rules(path):
    [notebook] = (notebook for notebook in COURSE if notebook.filename == path.name)
    names = {exercise.name for exercise in notebook.exercises}
    by_rule = complaints(nbformat.read(path, as_version=4), notebook.topic, names, NOTEBOOKS)
    assert {rule: found for rule, found in by_rule.items() if found} == {}


@each_notebook
def test_the_file_is_a_valid_notebook_with_cell_ids(path):
    nb = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(nb)
    assert (nb["nbformat"], nb["nbformat_minor"]) >= (4, 5)
