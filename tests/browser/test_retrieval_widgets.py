"""Notebook 12's own widget, driven by keys: a search whose hits open other notebooks at the cell they come from."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import START, Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

LOAD = """
import zlib
import torch
from bertlab.retrieval.bm25 import words_of
from bertlab.retrieval.course_passages import course_passages
from bertlab.retrieval.passages import Passage
from bertlab.retrieval.view_search import live_search

def encode(texts):
    vectors = torch.full((len(texts), 61), 0.01)
    for row, text in enumerate(texts):
        for word in words_of(text):
            vectors[row, zlib.crc32(word.encode()) % 61] += 1
    return torch.nn.functional.normalize(vectors, dim=1)

passages = course_passages(".")
own = [Passage("notes#1", "", "Of <b>bees</b>", "Bees make <i>honey</i>."), Passage("n2", "", "Wax", "It melts.")]
"""
COURSE = "live_search(encode, passages, encode([passage.text for passage in passages]))"
OWN = 'live_search(encode, own, encode([passage.text for passage in own]), "bees <i>", how="words")'
CELLS = [
    ("snowboarders", "WordPiece", "wordpiece-trace-text"),
    ("Hangul", "Before any splitting: normalization", "normalization-text"),
]
"""Rare words, the heading above the cell that is wanted, and its id."""


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with both searches, run, in the folder of the course's notebooks."""
    with run_notebook(browser, lab, "notebooks/retrieval_widgets.ipynb", [LOAD, COURSE, OWN]) as page:
        yield page


@pytest.fixture
def search(own_notebook):
    """The search in the course, by words."""
    own_notebook.evaluate("jupyterapp.shell.activateById(panel.id)")
    found = find_widget(own_notebook, 1)
    found.get_by_role("radio", name="words (BM25)").check()
    found.get_by_label("Question").fill("Why is there no causal mask?")
    expect(found.get_by_role("status")).to_contain_text("by words. Best:")
    return found


def test_hits_have_a_link_an_excerpt_and_a_score(search):
    expect(search.locator(".search-hits li")).to_have_count(5)
    for hit in search.locator(".search-hits li").all():
        address = hit.get_by_role("link").get_attribute("href")
        assert re.search(r"/notebooks/\d\d_\w+\.ipynb#cell-id=[\w-]+$", address), address
        assert "_xsrf" not in address
        assert 0 < len(hit.locator("p").text_content()) <= 240
        assert hit.locator(".search-rated").text_content().startswith("BM25 ")
        marks = {mark.lower() for mark in hit.locator("mark").all_text_contents()}
        assert marks <= {"why", "is", "there", "no", "causal", "mask"}
        assert marks


def test_keys_choose_the_way_to_search(own_notebook, search, screenshot):
    cells = own_notebook.locator(".jp-Notebook:visible .jp-CodeCell").count()
    words = search.get_by_role("radio", name="words (BM25)")
    words.focus()
    own_notebook.keyboard.press("b")  # in JupyterLab, a bare b would insert a cell
    own_notebook.keyboard.press("ArrowDown")
    expect(search.get_by_role("radio", name="both, fused")).to_be_focused()
    expect(search.get_by_role("status")).to_contain_text("by meaning and words. Best:")
    expect(search.locator(".search-rated").first).to_contain_text("by meaning, ")
    own_notebook.keyboard.press("ArrowDown")
    expect(search.get_by_role("status")).to_contain_text("by meaning. Best:")
    expect(search.locator(".search-rated").first).to_contain_text("cosine ")
    assert own_notebook.locator(".jp-Notebook:visible .jp-CodeCell").count() == cells
    screenshot(search, "retrieval_search")


def test_nothing_found_nothing_asked_and_too_much_asked(search):
    field, status, hits = search.get_by_label("Question"), search.get_by_role("status"), search.locator("li")
    field.fill("zyzzyva")
    expect(status).to_contain_text("Nothing found")
    expect(hits).to_have_count(0)
    field.fill(" ")
    expect(status).to_have_text("Type a question.")
    field.fill("mask " * 1001)
    expect(search.get_by_text("The question has 5,005 characters: the first 5,000 count.")).to_be_visible()
    expect(hits).to_have_count(5)


def test_passages_without_a_cell_have_no_link_and_stay_text(own_notebook, search):
    own = find_widget(own_notebook, 2)
    expect(own.locator("li strong")).to_have_text(["Of <b>bees</b>"])
    assert own.get_by_role("link").count() == 0
    assert own.locator("b, i").count() == 0
    assert own.locator("mark").all_text_contents() == ["bees", "Bees", "i", "i"]


IN_FRONT = "jupyterapp.shell.currentWidget?.context?.path === 'notebooks/01_tokenization.ipynb'"
AT_CELL = """id => {
    const { content } = jupyterapp.shell.currentWidget;
    const cell = content.widgets.find(({ model }) => model.id === id);
    if (!cell?.node.isConnected) return false;
    const { top, bottom } = cell.node.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
}"""


def test_a_link_opens_the_other_notebook_and_leads_to_the_cell(own_notebook, search):
    def found(question, heading):
        own_notebook.evaluate("jupyterapp.shell.activateById(panel.id)")
        search.get_by_label("Question").fill(question)
        link = search.get_by_role("link", name=f"Tokenization · {heading}")
        expect(link).to_have_count(1)
        return link

    found(*CELLS[0][:2]).focus()
    own_notebook.keyboard.press("Enter")
    own_notebook.wait_for_function(IN_FRONT, timeout=START)
    kernel = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel"
    own_notebook.wait_for_function(f"{kernel}?.status === 'idle'", timeout=START)
    own_notebook.wait_for_timeout(2000)  # until all is drawn that JupyterLab draws at once: it moves the cells below
    for question, heading, cell in reversed(CELLS):
        found(question, heading).click()
        own_notebook.wait_for_function(f"{IN_FRONT} && ({AT_CELL})('{cell}')", timeout=START)
