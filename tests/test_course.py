"""The list of notebooks says what the folder holds."""

import nbformat
import pytest

from bertlab.constants import NOTEBOOKS
from bertlab.course import COURSE, Notebook


def test_the_list_names_exactly_the_notebooks_that_exist():
    assert [notebook.filename for notebook in COURSE] == sorted(file.name for file in NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("notebook", COURSE, ids=lambda notebook: notebook.topic)
def test_title_and_minutes_are_those_of_the_notebook(notebook: Notebook):
    cells = nbformat.read(NOTEBOOKS / notebook.filename, as_version=4).cells
    assert cells[0].source.startswith(f"# {notebook.title}\n")
    opening = "\n".join(cell.source for cell in cells[:6] if cell.cell_type == "markdown")
    assert f"{notebook.minutes} minutes" in opening


@pytest.mark.parametrize("notebook", COURSE, ids=lambda notebook: notebook.topic)
def test_its_exercises_are_its_own_and_all_in_it(notebook: Notebook):
    source = "\n".join(cell.source for cell in nbformat.read(NOTEBOOKS / notebook.filename, as_version=4).cells)
    assert notebook.exercises
    for exercise in notebook.exercises:
        topic, name = exercise.id.split(".")
        assert topic == notebook.topic
        assert f"exercises.{name}.check(" in source
