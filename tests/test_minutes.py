"""Minutes are counted cell by cell, belong to their section, and are never rounded down."""

import nbformat
import pytest
from nbformat import v4

from bertlab.interview.deck import load_deck
from bertlab.minutes import CARD, EXERCISE, cell_minutes, section_minutes, total_minutes, write_minutes


def words(count: int) -> nbformat.NotebookNode:
    return v4.new_markdown_cell("## " + "word " * (count - 1))


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (words(110), 1.0),
        (v4.new_code_cell("x = 1\n\n" * 20), 1.0),
        (v4.new_code_cell("x = 1\n" * 20, metadata={"tags": ["proof"]}), 0.5),
        (v4.new_code_cell("train()", metadata={"seconds": 90}), 0.05 + 1.5),
        (v4.new_code_cell("exercises.a.check(a)\nexercises.a.check(b)\n# exercises.b.check(b)"), 0.15 + EXERCISE),
    ],
)
def test_what_a_cell_takes(cell, minutes):
    assert cell_minutes(cell) == pytest.approx(minutes)


def test_cards_are_those_of_the_corner():
    cards = sum(card.notebook == "tokenization" for card in load_deck())
    assert cell_minutes(v4.new_code_cell('interview_corner("tokenization")')) == pytest.approx(0.05 + CARD * cards)


def test_sections_begin_at_their_headings_and_the_opening_belongs_to_the_first():
    cells = [v4.new_markdown_cell("# T " + "word " * 108), words(110), v4.new_code_cell("x = 1\n" * 20), words(56)]
    notebook = v4.new_notebook(cells=cells)
    assert section_minutes(notebook) == [3.0, 0.6]
    assert total_minutes(notebook) == 4


def test_minutes_are_written_into_the_headings(tmp_path):
    path = tmp_path / "demo.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# T"), words(110), words(11)]), path)
    assert write_minutes(path) == 2
    assert [cell.metadata.get("minutes") for cell in nbformat.read(path, 4).cells] == [None, 1.1, 0.1]
