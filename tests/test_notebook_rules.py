"""Every house rule passes a good notebook and catches each notebook that breaks it."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from bertlab.minutes import section_minutes, sections, total_minutes
from tests import notebook_rules as rules
from tests.notebook_outputs import MAX_BYTES

TOPIC = "tokenization"
EXERCISES = {"wordpiece", "pair_scores", "fertility"}


def markdown(name: str, text: str) -> dict:
    return v4.new_markdown_cell(text, id=name)


def code(name: str, source: str, *outputs: dict) -> dict:
    return v4.new_code_cell(source, id=name, outputs=list(outputs))


def html(text: str) -> dict:
    return v4.new_output("display_data", {"text/html": text, "text/plain": "<text>"})


def good() -> dict:
    """The smallest notebook that keeps every rule."""
    picture = html('<img alt="Two bars" src="data:image/png;base64,iVBO/home/src=//w">')
    exercises = "\n".join(f"exercises.{name}.check({name})" for name in sorted(EXERCISES))
    cells = [
        markdown("title", "# Pieces\n\n> Words are spelled.\n\nBuilds on: nothing. 20 minutes."),
        markdown("goals", "## What you will be able to do\n\nYou will be able to [read on](#cell-id=goals)."),
        markdown("idea", "## 1. An idea\n\nWhy it matters.\n\n```python\n# not a heading\n```"),
        code("one", "x = 1\nassert x == 1", picture),
        code("two", "torch.testing.assert_close(x, x)"),
        markdown("said-again", "**In plain English**: one is [one](#1.-An-idea)."),
        code("three", "assert x", v4.new_output("stream", name="stdout", text="one")),
        markdown("exercises", "## Exercises\n\n### First"),
        code("check", exercises),
        markdown("papers", "## What the papers did"),
        markdown("corner", "## Interview corner"),
        code("cards", f'interview_corner("{TOPIC}")', html('<a href="https://example.org">to click</a>')),
        markdown("points", "## Key points"),
        markdown("references", "## References\n\n[A paper](https://example.org)"),
    ]
    for number, cell in enumerate((cell for cell in cells if cell["cell_type"] == "code"), start=1):
        cell["execution_count"] = number
    nb = v4.new_notebook(cells=cells)
    for section, minutes in zip(sections(nb), section_minutes(nb), strict=True):
        section[0]["metadata"]["minutes"] = minutes
    cells[0]["source"] = cells[0]["source"].replace("20 minutes", f"{total_minutes(nb)} minutes")
    return nb


def cell(nb: dict, name: str) -> dict:
    return next(cell for cell in nb["cells"] if cell["id"] == name)


def source(name: str, text: str) -> Callable[[dict], None]:
    return lambda nb: cell(nb, name).update(source=text)


def output(*outputs: dict, name: str = "one") -> Callable[[dict], None]:
    return lambda nb: cell(nb, name).update(outputs=list(outputs))


def rename(name: str, to: str) -> Callable[[dict], None]:
    return lambda nb: cell(nb, name).update(id=to)


def remove(name: str) -> Callable[[dict], None]:
    return lambda nb: nb["cells"].remove(cell(nb, name))


def widgets(esm: str) -> Callable[[dict], None]:
    return lambda nb: nb["metadata"].update(widgets={"state": {"a": {"state": {"_esm": esm}}}})


PNG = v4.new_output("display_data", {"image/png": "iVBO", "text/plain": ""}, metadata={"image/png": {"alt": "Bars"}})
BROKEN: dict[str, list[Callable[[dict], None]]] = {
    "opening": [source("title", "# Pieces\n\nBuilds on: nothing. 20 minutes."), source("title", "## Pieces\n> a\n> b")],
    "promises": [
        source("goals", ""),
        source("title", "# T\n> Q\n20 minutes"),
        source("title", "# T\n> Q\nbuilds on it"),
    ],
    "heading_levels": [source("papers", "# Papers"), source("exercises", "#### First"), source("title", "> Q")],
    "cell_sizes": [
        source("one", "x = 1\n" * 31),
        lambda nb: [c.update(source="x\n" * 7) for c in rules.code_cells(nb)],
    ],
    "assertions": [source("two", "# assert x"), source("one", "print('assert x')")],
    "executed": [
        lambda nb: cell(nb, "two").update(execution_count=None),
        lambda nb: cell(nb, "three").update(execution_count=9),
        lambda nb: nb["cells"].reverse(),
    ],
    "cell_ids": [rename("one", "two"), rename("one", "3f2a9c1e"), rename("one", "One_cell")],
    "plain_english": [source("said-again", "Once more."), lambda nb: [remove(n)(nb) for n in ("one", "two", "three")]],
    "closing_sections": [remove("papers"), source("points", "## References"), source("corner", "### Interview corner")],
    "interview": [source("cards", 'interview_corner("attention")')],
    "exercises": [
        source("check", "# " + "exercises.wordpiece.check(f)"),
        lambda nb: cell(nb, "check").update(source=cell(nb, "check")["source"] + "\nexercises.absent.check(f)"),
        lambda nb: cell(nb, "check").update(source=cell(nb, "check")["source"].partition("\n")[2]),
    ],
    "links": [
        source("goals", "[away](99_absent.ipynb)"),
        source("goals", "[away](#cell-id=absent)"),
        source("goals", '<a href="#Absent">away</a>'),
        output(html('<a href="#cell-id=absent">away</a>')),
    ],
    "length": [source("goals", "word " * 4_001), source("one", "x = 1\n" * 301)],
    "width": [source("one", "x = " + "1 + " * 30 + "1")],
    "tables": [source("goals", "| a | b | c |\n|---|---|---|\n" + "| 0.91 | 12 % | −3.4 nats |\n" * 7)],
    "proofs": [
        lambda nb: cell(nb, "one")["metadata"].update(tags=["proof"]),
        lambda nb: cell(nb, "one")["metadata"].update(jupyter={"source_hidden": True}),
    ],
    "minutes": [
        lambda nb: cell(nb, "idea")["metadata"].pop("minutes"),
        lambda nb: cell(nb, "idea")["metadata"].update(minutes=99),
        source("title", "# Pieces\n\n> Words are spelled.\n\nBuilds on: nothing. 3 minutes."),
    ],
    "errors": [output(v4.new_output("error", ename="ValueError", evalue="no", traceback=[]))],
    "network": [
        output(html('<script src="https://example.org/d3.js"></script>')),
        output(html('<img alt="Bars" src="//example.org/bars.png">')),
        output(html('<link rel="stylesheet" href="https://example.org/style.css">')),
        output(html("<style>@import 'https://example.org/style.css'</style>")),
        output(html('<svg><image xlink:href="https://example.org/bars.png"/></svg>')),
        output(html("<script>fetch('https://example.org/bars.json')</script>")),
        output(html("<style>p {background: url(https://example.org/bars.png)}</style>")),
        output(v4.new_output("display_data", {"application/javascript": 'require(["https://example.org/d3"])'})),
        source("goals", "![Bars](https://example.org/bars.png)"),
        widgets('import * as d3 from "https://example.org/d3.js";'),
    ],
    "size": [output(v4.new_output("stream", name="stdout", text="x" * MAX_BYTES))],
    "alt_texts": [
        output(PNG),
        output(html('<img src="data:image/png;base64,iVBO">')),
        output(html('<img alt=" " src="data:image/png;base64,iVBO">')),
        source("goals", "![](bars.png)"),
        source("goals", '<img src="bars.png">'),
    ],
    "machine_paths": [
        source("one", 'open("/home/me/vocab.txt")'),
        output(v4.new_output("stream", name="stderr", text="/tmp/ipykernel_7/1.py:1: UserWarning")),
        output(html(r"<p>C:\Users\me\vocab.txt</p>")),
        output(v4.new_output("error", ename="E", evalue="", traceback=["File /usr/lib/python3/x.py"])),
    ],
}


def complaints(nb: dict) -> dict[str, list[str]]:
    by_rule = rules.complaints(nb, TOPIC, EXERCISES, Path("notebooks"))
    return {rule: found for rule, found in by_rule.items() if found}


def test_a_good_notebook_keeps_every_rule():
    nbformat.validate(good())
    assert complaints(good()) == {}


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [pytest.param(rule, b, id=f"{rule}-{n}") for rule, bs in BROKEN.items() for n, b in enumerate(bs)],
)
def test_a_rule_catches_the_notebook_that_breaks_it(rule, breaks):
    nb = good()
    breaks(nb)
    assert rule in complaints(nb)


def test_every_rule_has_been_broken():
    assert set(BROKEN) == set(rules.complaints(good(), TOPIC, EXERCISES, Path("notebooks")))


def test_a_table_in_reading_size_and_a_folded_proof_are_fine():
    nb = good()
    source("goals", "You will be able to\n\n| a | b |\n|---|---|\n" + "| 0.91 | 12 % |\n" * 10)(nb)
    cell(nb, "one")["metadata"].update(tags=["proof"], jupyter={"source_hidden": True})
    assert rules.tables(nb) == rules.proofs(nb) == []


def test_a_cell_that_is_meant_to_fail_may():
    nb = good()
    output(v4.new_output("error", ename="ValueError", evalue="no", traceback=[]))(nb)
    cell(nb, "one")["metadata"]["tags"] = ["raises-exception"]
    assert rules.errors(nb) == []


def test_start_here_needs_neither_papers_nor_interview_corner_and_one_exercise_is_enough():
    nb = good()
    for name in ("papers", "corner", "cards", "references"):
        remove(name)(nb)
    source("check", "exercises.mask_token_id.check(103)")(nb)
    assert rules.closing_sections(nb, "start_here") == rules.interview(nb, "start_here") == []
    assert rules.exercises(nb, "start_here", {"mask_token_id"}) == []
    assert rules.closing_sections(nb, TOPIC) != []


def test_a_link_may_lead_to_a_cell_of_another_notebook(tmp_path):
    nbformat.write(good(), tmp_path / "02_other.ipynb")
    nb = good()
    source("goals", "[there](02_other.ipynb#cell-id=papers)")(nb)
    assert rules.links(nb, tmp_path) == []
    source("goals", "[there](02_other.ipynb#cell-id=absent)")(nb)
    assert rules.links(nb, tmp_path) == ["link 02_other.ipynb#cell-id=absent: leads nowhere"]
