"""How long a notebook takes: counted from its text, its code, its exercises, its cards and its runs.

    python -m bertlab.minutes notebooks/01_tokenization.ipynb

writes into each section's heading cell how many minutes the section takes (`metadata.minutes`). A cell that runs for
more than ten seconds says so itself (`metadata.seconds`).
"""

import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bertlab.interview.deck import load_deck

WORDS, LINES, PROOF_LINES = 110, 20, 40
"""Words, lines of code, and lines of folded proofs that are read in a minute."""
EXERCISE, CARD = 5.0, 1.5
"""Minutes for an exercise, and for an interview card answered out loud."""


def sections(notebook: NotebookNode) -> Iterator[list[NotebookNode]]:
    """Yield the cells of each section, its heading cell (`## ...`) first; what precedes the first belongs to it.

    Example: `[cells[0].source for cells in sections(notebook)]`
    """
    opening: list[NotebookNode] = []
    section: list[NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            if section:
                yield section + opening
                opening = []
            section = [cell]
        else:
            (section if section else opening).append(cell)
    if section:
        yield section + opening


def cell_minutes(cell: NotebookNode) -> float:
    """Return the minutes that one cell takes. Example: `cell_minutes(new_markdown_cell("word " * 110))` is `1.0`."""
    if cell.cell_type == "markdown":
        return len(cell.source.split()) / WORDS
    lines = sum(bool(line.strip()) for line in cell.source.splitlines())
    reading = lines / (PROOF_LINES if "proof" in cell.metadata.get("tags", ()) else LINES)
    exercises = len(set(re.findall(r"^(?!\s*#).*\bexercises\.(\w+)\.check\(", cell.source, re.MULTILINE)))
    cards = sum(
        card.notebook == topic
        for topic in re.findall(r'interview_corner\("(\w+)"\)', cell.source)
        for card in load_deck()
    )
    return reading + EXERCISE * exercises + CARD * cards + cell.metadata.get("seconds", 0) / 60


def section_minutes(notebook: NotebookNode) -> list[float]:
    """Return the minutes of every section, rounded up to tenths. Example: `section_minutes(notebook)[0]`."""
    return [math.ceil(10 * sum(map(cell_minutes, cells))) / 10 for cells in sections(notebook)]


def total_minutes(notebook: NotebookNode) -> int:
    """Return the minutes of a notebook, rounded up. Example: `total_minutes(nbformat.read(path, 4))`."""
    return math.ceil(sum(section_minutes(notebook)))


def write_minutes(path: Path) -> int:
    """Write the minutes of a notebook's sections into their heading cells; return their sum.

    Example: `write_minutes(Path("notebooks/01_tokenization.ipynb"))`
    """
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    for cells, minutes in zip(sections(notebook), section_minutes(notebook), strict=True):
        cells[0].metadata["minutes"] = minutes
    nbformat.write(notebook, path)
    return total_minutes(notebook)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {write_minutes(Path(argument))} minutes")
