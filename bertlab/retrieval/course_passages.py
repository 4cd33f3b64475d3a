"""The course's own notebooks as passages to search, each with the address of its cell.

passages = course_passages()
passages[0].id, passages[0].subject, passages[0].title
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bertlab.constants import NOTEBOOKS
from bertlab.course import COURSE
from bertlab.fine_tuning.reading import DataError
from bertlab.retrieval.passages import Passage

FEWEST_WORDS = 8
"""What says less, such as "In numbers:", answers no question."""
LEFT_OUT = ("What you will be able to do", "Interview corner", "References")
"""Sections that promise and refer, and explain nothing."""
FOLDED = re.compile(r"<(details|script|style)\b.*?</\1\s*>|<!--.*?-->|\$\$.*?\$\$", re.DOTALL | re.IGNORECASE)
"""What is not read at once, or not in words: folded answers, scripts, comments, formulas on lines of their own."""
FORMULA = re.compile(r"(?<![\w$])\$(?=\S)([^$\n]+?)(?<=\S)\$(?![\w$])")


ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
TAG = re.compile(r"<[^>]*>")
SIGNS = {"cdot": "·", "times": "×", "sqrt": "√", "top": "T", "infty": "∞", "sum": "Σ", "le": "≤", "ge": "≥"}


class Part(NamedTuple):
    """Prose below a heading, as plain text. Example: `Part(2, "Padding", "It hides.").heading` is `"Padding"`.

    Attributes:
        level: of the heading; 0 if the prose comes before the cell's first one, and then `heading` is empty.
    """

    level: int
    heading: str
    text: str


def course_passages(folder: str | Path = NOTEBOOKS) -> list[Passage]:
    """Return the prose of the course's notebooks, a passage for each cell that says something.

    Example: `course_passages()[0].subject` is `"Start here"`.

    The id is also a link, from one notebook to a cell of another: `01_tokenization.ipynb#cell-id=wordpiece-text`. The
    subject is the notebook's title, the title the heading above. Notebooks that are not in the folder are passed over.
    DataError if a file is no notebook.
    """
    paths = {Path(folder, notebook.filename): notebook.title for notebook in COURSE}
    return [passage for path, title in paths.items() if path.is_file() for passage in passages_of(path, title)]


def passages_of(path: Path, subject: str) -> Iterator[Passage]:
    """Yield the passages of one notebook. Example: `next(passages_of(Path("01_tokenization.ipynb"), "Tokenization"))`.

    A cell that closes one section and opens the next has both headings as its title: "Padding / Truncation".
    """
    above = Part(0, "", "")
    left_out = False
    for cell in read_cells(path):
        said = []
        for part in parts(source_of(cell)):
            if part.level:
                above = part
            if part.level in (1, 2):
                left_out = part.heading in LEFT_OUT
            if len(part.text.split()) >= FEWEST_WORDS and not left_out:
                said.append((above.heading, part.text))
        if said and cell.get("id"):
            title = " / ".join(dict.fromkeys(heading for heading, _ in said if heading))
            yield Passage(f"{path.name}#cell-id={cell['id']}", subject, title, "\n\n".join(text for _, text in said))


def read_cells(path: Path) -> list[dict[str, Any]]:
    """Return the markdown cells of a notebook. Example: `read_cells(Path("01_tokenization.ipynb"))[0]["id"]`."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] == "markdown"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path.name} is no notebook: fetch it again, or move it out of the folder") from error


def source_of(cell: dict[str, Any]) -> str:
    """Return the text of a cell, which a file may hold line by line. Example: `source_of({"source": ["a\\n", "b"]})` is
    `"a\\nb"`.
    """
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def parts(source: str) -> list[Part]:
    """Cut the Markdown of a cell at its headings, and write what stands there as plain text.

    Example: `parts("A **b**.\\n## C\\n*D* is [here](e.md).")` is `[(0, "", "A b."), (2, "C", "D is here.")]`.

    Code blocks, tables, pictures, HTML tags and what is folded are left out. Paragraphs are parted by an empty line.
    """
    found = [(0, "", [""])]
    tokens = MarkdownIt().enable("table").disable("text_join").parse(FOLDED.sub("", source))
    inside = ""  # a heading or a table
    for token in tokens:
        if token.type in ("heading_open", "table_open"):
            inside = token.tag
        elif token.type in ("heading_close", "table_close"):
            inside = ""
        elif inside[:1] == "h" and token.type == "inline":
            found.append((int(inside[1]), plain(token), [""]))
        elif not inside and token.type in ("inline", "html_block"):
            found[-1][2].append(plain(token))
    return [Part(level, heading, "\n\n".join(filter(None, texts))) for level, heading, texts in found]


def plain(token: Token) -> str:
    """Return a paragraph without its markup. Example: `plain(MarkdownIt().parse("*So* $x^2$.")[1])` is `"So x^2."`."""
    if token.type == "html_block":
        return " ".join(unescape(TAG.sub(" ", token.content)).split())
    said = ""
    for is_code, group in groupby(token.children or [], lambda child: child.type == "code_inline"):
        text = "".join(map(written, group))
        said += text if is_code else ESCAPE.sub(r"\1", FORMULA.sub(lambda match: spoken(match[1]), text))
    return " ".join(said.split())


def written(child: Token) -> str:
    """Return what a part of a paragraph adds: a tag or a picture nothing, a line break a space.

    Example: `written(Token("softbreak", "br", 0))` is `" "`.

    What is escaped stays so for now: a formula has commands such as `\\,` that only look like it.
    """
    if child.type in ("softbreak", "hardbreak"):
        return " "
    if child.type == "text_special" and child.info == "escape":
        return child.markup
    return child.content if child.type in ("text", "text_special", "code_inline") else ""


def spoken(formula: str) -> str:
    """Write a short formula without LaTeX's commands. Example: `spoken(r"\\frac{\\text{hits}}{n \\cdot m}")` is
    `"hits / n · m"`.
    """
    formula = re.sub(r"\\[dt]?frac\b", "", formula).replace("}{", " / ")
    formula = re.sub(r"\\(?:text\w*|math\w+|left|right)(?![a-z])|\\[,;:! ]", "", formula)
    formula = re.sub(r"\\([a-zA-Z]+)", lambda match: SIGNS.get(match[1], match[1]), formula)
    return " ".join(re.sub(r"[\\{}]", "", formula).split())
