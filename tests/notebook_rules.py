"""The house rules of a notebook: each takes the notebook's JSON and returns a list of complaints.

Sources are strings, as `nbformat.read` gives them. What may be shown is in `notebook_outputs.py`.
"""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import unquote

import nbformat

from tests.notebook_lengths import length, minutes, proofs, tables, width
from tests.notebook_outputs import alt_texts, errors, machine_paths, network, size

CLOSING = ("Exercises", "What the papers did", "Interview corner", "Key points", "References")
NO_IDEA = ("What you will be able to do", *CLOSING)
"""Sections that carry no idea of their own, so that no "In plain English" is asked of them."""


class Section(NamedTuple):
    """All that stands below one H2, up to the next."""

    title: str
    text: str
    code: list[str]


def complaints(nb: dict, topic: str, names: set[str], folder: Path) -> dict[str, list[str]]:
    """Hold a notebook to every rule; `names` are the exercises of its topic, `folder` is where it lies."""
    by_rule = {
        rule.__name__: rule(nb)
        for rule in (opening, promises, heading_levels, cell_sizes, assertions, executed, cell_ids, plain_english)
    }
    by_rule |= {rule.__name__: rule(nb) for rule in (errors, network, size, alt_texts, machine_paths)}
    by_rule |= {rule.__name__: rule(nb) for rule in (length, width, tables, proofs, minutes)}
    by_rule |= {rule.__name__: rule(nb, topic) for rule in (closing_sections, interview)}
    return by_rule | {"exercises": exercises(nb, topic, names), "links": links(nb, folder)}


def code_cells(nb: dict) -> list[dict]:
    return [cell for cell in nb["cells"] if cell["cell_type"] == "code"]


def prose(cell: dict) -> str:
    """A markdown cell without its fenced code, in which a # is a comment and not a heading."""
    return re.sub(r"^(```|~~~).*?^\1", "", cell["source"], flags=re.MULTILINE | re.DOTALL)


def headings(nb: dict) -> list[tuple[int, str]]:
    text = "\n".join(prose(cell) for cell in nb["cells"] if cell["cell_type"] == "markdown")
    return [(len(marks), title) for marks, title in re.findall(r"^(#{1,6})\s+(.+?)\s*$", text, re.MULTILINE)]


def sections(nb: dict) -> list[Section]:
    found = [Section("", "", [])]
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            found[-1].code.append(cell["source"])
            continue
        first, *others = re.split(r"^##\s+", prose(cell), flags=re.MULTILINE)
        found[-1] = found[-1]._replace(text=found[-1].text + first)
        for other in others:
            title, _, text = other.partition("\n")
            found.append(Section(re.sub(r"^\d+\.\s+", "", title.strip()), text, []))
    return found[1:]


def opening(nb: dict) -> list[str]:
    """The first cell is an H1 and a blockquote of one line."""
    cell = nb["cells"][0]
    lines = [line for line in cell["source"].splitlines() if line.strip()]
    good = len(lines) >= 2 and lines[0].startswith("# ") and [line[:2] for line in lines[1:3]].count("> ") == 1
    return [] if good else ["first cell: begin with '# Title' and a blockquote of one line, '> ...'"]


def promises(nb: dict) -> list[str]:
    """The first five cells say what the learner will be able to do, in how many minutes, and what it builds on."""
    text = "\n".join(cell["source"] for cell in nb["cells"][:5] if cell["cell_type"] == "markdown").casefold()
    wanted = {
        "you will be able to": "what you will be able to do",
        r"\d+ minutes": "minutes",
        "builds? on": "what it builds on",
    }
    return [
        f"opening: say {what} within the first five cells"
        for words, what in wanted.items()
        if not re.search(words, text)
    ]


def heading_levels(nb: dict) -> list[str]:
    """One H1, and no level is skipped on the way down."""
    found = headings(nb)
    count = sum(level == 1 for level, _ in found)
    wrong = [] if count == 1 else [f"{count} headings of level 1: keep exactly one"]
    for (above, _), (level, title) in pairwise(found):
        if level > above + 1:
            wrong.append(f"heading {title!r}: level {level} follows level {above}")
    return wrong


def cell_sizes(nb: dict) -> list[str]:
    """Code cells have a median of at most 6 lines, and none has more than 30."""
    lines = {cell["id"]: len(cell["source"].splitlines()) for cell in code_cells(nb)}
    wrong = [f"cell {name}: {count} lines, at most 30" for name, count in lines.items() if count > 30]
    if lines and median(lines.values()) > 6:
        wrong.append(f"code cells: median of {median(lines.values())} lines, at most 6")
    return wrong


def assertions(nb: dict) -> list[str]:
    """At least three cells assert what they show."""
    count = sum(bool(re.search(r"^\s*(assert\b|[\w.]*assert_\w+\()", cell["source"], re.M)) for cell in code_cells(nb))
    return [] if count >= 3 else [f"{count} cells assert something: at least 3"]


def executed(nb: dict) -> list[str]:
    """Every code cell was run, from top to bottom, in a fresh kernel."""
    counts = [cell["execution_count"] for cell in code_cells(nb)]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts {counts}: restart, run all, save"]


def cell_ids(nb: dict) -> list[str]:
    """Cell ids are unique and readable, `wordpiece-by-hand`, for cards and links point at them."""
    ids = [cell["id"] for cell in nb["cells"]]
    wrong = [f"cell id {name}: used {count} times" for name, count in Counter(ids).items() if count > 1]
    for name in ids:
        random = re.fullmatch(r"[0-9a-f-]{8,}", name) and re.search(r"\d", name)
        if random or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            wrong.append(f"cell id {name}: give it a readable name, as in wordpiece-by-hand")
    return wrong


def plain_english(nb: dict) -> list[str]:
    """Every idea, a section with code, is said once more in plain English."""
    ideas = [section for section in sections(nb) if section.code and section.title not in NO_IDEA]
    silent = [idea.title for idea in ideas if "in plain english" not in idea.text.casefold()]
    return [f"section {title!r}: add 'In plain English'" for title in silent] + (
        [] if ideas else ["no section has code"]
    )


def closing_sections(nb: dict, topic: str) -> list[str]:
    """The closing sections are there, in the house's order; start_here has only two of them."""
    wanted = ["Exercises", "Key points"] if topic == "start_here" else list(CLOSING)
    found = [section.title for section in sections(nb) if section.title in wanted]
    return [] if found == wanted else [f"closing sections are {found}: make them {wanted}"]


def interview(nb: dict, topic: str) -> list[str]:
    """The interview corner shows this notebook's own cards; start_here has none."""
    code = "\n".join(cell["source"] for cell in code_cells(nb))
    good = topic == "start_here" or f'interview_corner("{topic}")' in code
    return [] if good else [f'interview corner: call interview_corner("{topic}")']


def exercises(nb: dict, topic: str, names: set[str]) -> list[str]:
    """Three to five exercises (start_here: one or more), and the notebook checks exactly those of its module."""
    code = "\n".join(cell["source"] for cell in code_cells(nb))
    checked = set(re.findall(r"^(?!\s*#).*\bexercises\.(\w+)\.check\(", code, re.MULTILINE))
    allowed = range(1, 6) if topic == "start_here" else range(3, 6)
    wrong = [] if len(checked) in allowed else [f"{len(checked)} exercises: {allowed[0]} to {allowed[-1]}"]
    wrong += [f"exercise {name}: never checked in the notebook" for name in sorted(names - checked)]
    return wrong + [f"exercise {name}: not in bertlab.{topic}.exercises" for name in sorted(checked - names)]


def links(nb: dict, folder: Path) -> list[str]:
    """Links to other files and cells lead somewhere; `folder` is where the notebook lies."""
    texts = [prose(cell) for cell in nb["cells"] if cell["cell_type"] == "markdown"]
    texts += [str(output.get("data", {}).get("text/html", "")) for cell in code_cells(nb) for output in cell["outputs"]]
    targets = [target for text in texts for target in re.findall(r"\]\(<?([^)\s>]+)|\bhref=[\"']([^\"']+)", text)]
    return [
        f"link {target}: leads nowhere"
        for target in dict.fromkeys(inline or href for inline, href in targets)
        if not re.match(r"[a-z]+:", target) and not _leads_somewhere(target, nb, folder)
    ]


def _leads_somewhere(target: str, nb: dict, folder: Path) -> bool:
    path, _, fragment = unquote(target).partition("#")
    if path and not (folder / path).exists():
        return False
    if path.endswith(".ipynb"):
        nb = nbformat.read(folder / path, as_version=4)
    elif path:
        return True
    anchors = {f"cell-id={cell['id']}" for cell in nb["cells"]} | {title.replace(" ", "-") for _, title in headings(nb)}
    return not fragment or fragment in anchors
