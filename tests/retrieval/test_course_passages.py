"""The course as passages: each leads to a cell that is there, and says in plain words what stands in it."""

import json
import re
from time import process_time

import pytest
from markdown_it import MarkdownIt

from bertlab.constants import NOTEBOOKS
from bertlab.course import COURSE
from bertlab.fine_tuning.reading import DataError
from bertlab.retrieval.course_passages import FEWEST_WORDS, course_passages, parts, passages_of, plain, spoken
from bertlab.retrieval.passages import Passage


@pytest.fixture(scope="module")
def passages():
    return course_passages()


def write(path, *sources, cell_type="markdown"):
    cells = [{"id": f"cell-{n}", "cell_type": cell_type, "source": source} for n, source in enumerate(sources, 1)]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


class TestTheCourse:
    def test_each_id_leads_to_a_markdown_cell_of_its_own(self, passages):
        there = {
            f"{path.name}#cell-id={cell['id']}"
            for path in NOTEBOOKS.glob("*.ipynb")
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "markdown"
        }
        ids = [passage.id for passage in passages]
        assert len(set(ids)) == len(ids)
        assert set(ids) <= there
        assert len(ids) > 0.8 * len(there)

    def test_every_notebook_takes_part_in_the_order_of_the_course(self, passages):
        there = [entry.title for entry in COURSE if (NOTEBOOKS / entry.filename).exists()]
        assert list(dict.fromkeys(passage.subject for passage in passages)) == there

    def test_no_markup_is_left(self, passages):
        text = "\n".join(f"{passage.title}\n{passage.text}" for passage in passages)
        assert not re.search(
            r"(?<!\()\*\*|\]\(|^#|^\s*\||\$\$|\\[a-z]{3}|</?(?:div|b|i|details|summary)\b", text, re.MULTILINE
        )

    def test_titles_are_headings_and_texts_say_something(self, passages):
        assert all(passage.title for passage in passages)
        assert min(len(passage.text.split()) for passage in passages) >= FEWEST_WORDS
        titles = {passage.title for passage in passages}
        assert "Key points" in titles
        assert titles.isdisjoint({"References", "What you will be able to do", "Interview corner"})

    def test_a_known_cell(self, passages):
        [found] = [passage for passage in passages if passage.id == "03_attention.ipynb#cell-id=masks-plain"]
        assert (found.subject, found.title) == ("Attention", "Three masks, one picture")
        assert found.text.startswith("In plain English.")

    def test_it_takes_less_than_two_seconds_of_a_core(self):
        start = process_time()
        course_passages()
        assert process_time() - start < 2


class TestAMadeUpNotebook:
    def test_headings_stay_above_until_the_next_one(self, tmp_path):
        path = write(
            tmp_path / "a.ipynb",
            "# Bees\n\n> A buzz that you can eat, and that is more than most.",
            "## Honey",
            "How bees make it out of the sweet water that flowers hold.\n\n### Wax\n\nShort.",
            ["And this cell has its source\n", "as two lines, as files of notebooks mostly do."],
        )
        assert list(passages_of(path, "On bees")) == [
            Passage(
                "a.ipynb#cell-id=cell-1", "On bees", "Bees", "A buzz that you can eat, and that is more than most."
            ),
            Passage(
                "a.ipynb#cell-id=cell-3",
                "On bees",
                "Honey",
                "How bees make it out of the sweet water that flowers hold.",
            ),
            Passage(
                "a.ipynb#cell-id=cell-4",
                "On bees",
                "Wax",
                "And this cell has its source as two lines, as files of notebooks mostly do.",
            ),
        ]

    def test_a_cell_that_closes_a_section_and_opens_one_has_both_headings(self, tmp_path):
        first, second = "So the first section comes to its end here.", "And the second one begins with this very line."
        path = write(tmp_path / "a.ipynb", "## One", f"{first}\n\n## Two\n\n{second}")
        [found] = passages_of(path, "")
        assert (found.title, found.text) == ("One / Two", f"{first}\n\n{second}")

    def test_what_explains_nothing_is_left_out_with_all_below_it(self, tmp_path):
        words = "one two three four five six seven eight nine"
        sources = ["## References", words, f"### On bees\n\n{words}", f"## Key points\n\n{words}"]
        found = list(passages_of(write(tmp_path / "a.ipynb", *sources), ""))
        assert [passage.title for passage in found] == ["Key points"]

    def test_code_cells_and_cells_without_an_id_are_left_out(self, tmp_path):
        words = "one two three four five six seven eight nine"
        assert list(passages_of(write(tmp_path / "a.ipynb", words, cell_type="code"), "")) == []
        (tmp_path / "b.ipynb").write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": words}]}))
        assert list(passages_of(tmp_path / "b.ipynb", "")) == []

    def test_a_folder_has_what_it_has(self, tmp_path):
        words = "one two three four five six seven eight nine"
        write(tmp_path / COURSE[3].filename, words)
        write(tmp_path / "mine.ipynb", words)
        [found] = course_passages(tmp_path)
        assert found == Passage(f"{COURSE[3].filename}#cell-id=cell-1", COURSE[3].title, "", words)
        assert course_passages(tmp_path / "absent") == []

    @pytest.mark.parametrize("content", ["no JSON", "[]", "{}", '{"cells": [{}]}'])
    def test_what_is_no_notebook_is_refused_by_name(self, tmp_path, content):
        (tmp_path / COURSE[0].filename).write_text(content)
        with pytest.raises(DataError, match=f"{COURSE[0].filename} is no notebook"):
            course_passages(tmp_path)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (
            "A **bold** and _slanted_ `x_1 * 2`, a [link](a.md) and ![a picture](b.png).",
            "A bold and slanted x_1 * 2, a link and .",
        ),
        ("> **In plain English.** One\n> line.\n\n- a\n- *b*\n", "In plain English. One line.\n\na\n\nb"),
        ("Before.\n\n| a | b |\n|---|---|\n| c | d |\n\nAfter.", "Before.\n\nAfter."),
        ("Before.\n\n```python\ncode # not a heading\n```\n\nAfter.", "Before.\n\nAfter."),
        ("Guess.\n\n<details><summary>Answer</summary>\n\nSecret.\n\n</details>\n\nOn.", "Guess.\n\nOn."),
        ("A<!-- not this --> <b>tag</b> &amp; `<b>` of \\*stars\\*.", "A tag & <b> of *stars*."),
        ("<div>Some <i>HTML</i> &lt; that</div>\n\nMore.", "Some HTML < that\n\nMore."),
        ("As follows:\n\n$$\\frac{a}{b}$$\n\nand $e^{\\ln 2} = 2$.", "As follows:\n\nand e^ln 2 = 2."),
        ("softmax: $\\text{softmax}(QK^\\top/\\sqrt d)\\,V$, not `$x$`", "softmax: softmax(QK^T/√ d)V, not $x$"),
        ("It costs $5 here and $6 there, in `$HOME`.", "It costs $5 here and $6 there, in $HOME."),
        ("", ""),
    ],
)
def test_markdown_becomes_plain_text(markdown, text):
    assert [part.text for part in parts(markdown)] == [text]


def test_a_cell_is_cut_at_its_headings():
    found = parts("Before.\n# A `b` *c*\n\n```\n# no heading\n```\n\nUnder\nneath.\n### D\n")
    assert found == [(0, "", "Before."), (1, "A b c", "Under neath."), (3, "D", "")]


def test_formulas_are_said_in_signs():
    assert spoken(r"\dfrac{\text{count}(ab)}{\text{count}(a)\cdot\text{count}(b)}") == "count(ab) / count(a)·count(b)"
    assert spoken(r"\left(x \le \infty\right)") == "(x ≤ ∞)"
    assert plain(MarkdownIt().parse("It is $x$.")[1]) == "It is x."
