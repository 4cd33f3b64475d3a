"""How much a reader is asked to take in: rules on words, code, tables, folded proofs and minutes of a notebook."""

import re

from bertlab.minutes import section_minutes, sections, total_minutes

WORDS, LINES, WIDTH, NUMBERS = 4_000, 300, 100, 20


def length(nb: dict) -> list[str]:
    """At most 4,000 words of markdown and 300 lines of code."""
    words = sum(len(cell["source"].split()) for cell in nb["cells"] if cell["cell_type"] == "markdown")
    lines = sum(bool(line.strip()) for cell in code(nb) for line in cell["source"].splitlines())
    wrong = [f"{words:,} words: at most {WORDS:,}; cut, or make two notebooks"] if words > WORDS else []
    return wrong + (
        [f"{lines} lines of code: at most {LINES}; what is longer belongs in bertlab"] if lines > LINES else []
    )


def width(nb: dict) -> list[str]:
    """A line of code fits the page."""
    wide = [cell["id"] for cell in code(nb) if any(len(line) > WIDTH for line in cell["source"].splitlines())]
    return [f"cell {name}: a line is over {WIDTH} characters" for name in wide]


def tables(nb: dict) -> list[str]:
    """A table in the text has at most 20 numbers."""
    found = []
    for cell in nb["cells"]:
        if cell["cell_type"] == "markdown":
            for table in re.findall(r"(?:^\|.*\|[ ]*$\n?)+", cell["source"], re.MULTILINE):
                numbers = [
                    entry for entry in table.split("|") if re.fullmatch(r"[\s*<≤>≥≈~+−-]*\d[\d.,\s]*.{0,9}", entry)
                ]
                if len(numbers) > NUMBERS:
                    found.append(f"cell {cell['id']}: a table of {len(numbers)} numbers, at most {NUMBERS}")
    return found


def proofs(nb: dict) -> list[str]:
    """A cell that proves rather than tells is tagged `proof` and folded; nothing else is folded."""
    return [
        f"cell {cell['id']}: tag it `proof` and fold it (source_hidden), both or neither"
        for cell in code(nb)
        if ("proof" in cell["metadata"].get("tags", ()))
        != bool(cell["metadata"].get("jupyter", {}).get("source_hidden", False))
    ]


def minutes(nb: dict) -> list[str]:
    """Each section's heading cell carries its minutes, as counted; the opening says their sum."""
    wrong = []
    for cells, counted in zip(sections(nb), section_minutes(nb), strict=True):
        if cells[0]["metadata"].get("minutes") != counted:
            wrong.append(f"cell {cells[0]['id']}: metadata.minutes is not {counted}; run python -m bertlab.minutes")
    text = "\n".join(cell["source"] for cell in nb["cells"][:5] if cell["cell_type"] == "markdown")
    said = [int(number) for number in re.findall(r"(\d+) minutes", text)]
    return wrong + ([] if total_minutes(nb) in said else [f"opening: say {total_minutes(nb)} minutes"])


def code(nb: dict) -> list[dict]:
    """The code cells of a notebook."""
    return [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
