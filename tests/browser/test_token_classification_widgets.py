"""Notebook 09's own widget, driven by keys: a sentence, its lattice, moves forbidden and allowed again."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

WIDGET = """
from transformers import AutoTokenizer
from bertlab import checkpoint
from bertlab.token_classification.view_lattice import live_lattice
from tests.token_classification.test_lattice import hand_set_tagger
live_lattice(hand_set_tagger(), AutoTokenizer.from_pretrained(checkpoint()), "Ann <b>Lee</b> slept.")
"""
WORDS = ["Ann", "<", "b", ">", "Lee", "<", "/", "b", ">", "slept", "."]
TAGS = 5


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the widget, run."""
    with run_notebook(browser, lab, "token_classification_widgets.ipynb", [WIDGET]) as page:
        yield page


@pytest.fixture
def widget(own_notebook):
    """The widget with its sentence and nothing forbidden."""
    found = find_widget(own_notebook, 0)
    found.get_by_label("Sentence", exact=True).fill("Ann Lee slept.")
    while (allow := found.get_by_role("list", name="Forbidden moves").get_by_role("button")).count():
        left = allow.count() - 1
        allow.first.press("Enter")
        expect(allow).to_have_count(left)
    expect(found.locator(".lattice-word")).to_have_count(4)
    expect(found.get_by_role("status")).to_contain_text("The probability of the best path is")
    return found


def test_a_column_for_each_word_and_what_is_typed_stays_text(own_notebook, widget):
    widget.get_by_label("Sentence", exact=True).fill("Ann <b>Lee</b> slept.")
    expect(widget.locator(".lattice-word")).to_have_count(len(WORDS))
    assert [word.evaluate("node => node.firstChild.data") for word in widget.locator(".lattice-word").all()] == WORDS
    assert widget.locator(".lattice-node").count() == len(WORDS) * TAGS
    assert widget.locator(".lattice-node.lattice-new").count() == len(WORDS)
    assert widget.locator(".lattice-sentence b, svg b").count() == 0


def test_the_picture_has_a_name_and_says_its_path(widget):
    picture = widget.get_by_role("img", name="The lattice of this sentence")
    expect(picture).to_be_visible()
    said = picture.evaluate("node => document.getElementById(node.getAttribute('aria-describedby')).textContent")
    assert said.startswith("Ann B-PER 0.")
    assert "Lee I-PER 0." in said
    expect(widget.locator(".lattice-entity")).to_have_text("PERAnnB-PERLeeI-PER")


def test_keys_forbid_a_move_and_allow_it_again(own_notebook, widget, screenshot):
    cells = own_notebook.locator(".jp-Notebook .jp-CodeCell").count()
    status, old = widget.get_by_role("status"), widget.locator("path.lattice-old")
    toggle = widget.get_by_role("button", name="Forbid B-PER → I-PER")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.focus()
    own_notebook.keyboard.press("b")  # in JupyterLab, a bare b would insert a cell
    own_notebook.keyboard.press("Enter")
    expect(status).to_contain_text("2 words changed: Ann is O instead of B-PER; Lee is O instead of I-PER.")
    expect(status).to_contain_text("The score fell by 5.00, from 12.00 to 7.00")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(toggle).to_be_focused()
    expect(old).to_have_count(3)  # from the start, to Lee, and back to O
    expect(widget.locator("path.lattice-new")).to_have_count(4)
    expect(widget.locator(".lattice-sentence")).to_contain_text("was I-PER")
    screenshot(widget, "token_classification")
    widget.get_by_role("button", name="Forbid start → O").press(" ")
    expect(widget.get_by_role("listitem")).to_have_count(2)
    expect(widget.locator("[data-move='start → O']:focus")).to_have_count(1)
    widget.get_by_role("button", name="Allow B-PER → I-PER").press("Enter")
    expect(widget.get_by_role("listitem")).to_have_count(1)
    expect(status).to_contain_text("Nothing changes")
    own_notebook.keyboard.press("b")
    assert own_notebook.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_any_other_move_can_be_chosen_and_all_starts_leave_nothing(widget):
    status, forbid = widget.get_by_role("status"), widget.get_by_role("button", name="Forbid this move")
    widget.get_by_label("From tag").select_option("I-PER")
    widget.get_by_label("to tag").select_option("O")
    forbid.press("Enter")
    expect(widget.get_by_role("listitem").first).to_contain_text("I-PER → O is forbidden")
    expect(status).to_contain_text("changed")
    widget.get_by_label("From tag").select_option("start")
    for place, tag in enumerate(["O", "B-LOC", "B-PER"], 2):
        widget.get_by_label("to tag").select_option(tag)
        forbid.press("Enter")
        expect(widget.get_by_role("listitem")).to_have_count(place)
    expect(status).to_contain_text("No path is left")
    expect(widget.locator("path.lattice-new")).to_have_count(0)
    expect(widget.locator(".lattice-sentence")).to_contain_text("no tag")


def test_no_text_gets_a_hint_and_a_long_one_scrolls(own_notebook, widget):
    field, status = widget.get_by_label("Sentence", exact=True), widget.get_by_role("status")
    field.fill(" ")
    expect(status).to_have_text("Type a sentence.")
    expect(widget.get_by_role("img")).to_be_hidden()
    field.fill("\u200b")
    expect(status).to_contain_text("give at least one")
    expect(widget.get_by_role("img")).to_be_hidden()
    field.fill("rain " * 30)
    expect(widget.get_by_text("This sentence has 30 words: the first 24 are drawn")).to_be_visible()
    expect(widget.locator(".lattice-word")).to_have_count(24)
    scroll = widget.get_by_role("region", name="Lattice")
    assert scroll.evaluate("node => node.scrollWidth > node.clientWidth")
    assert widget.evaluate("node => node.scrollWidth <= node.clientWidth")
    before = widget.locator(".lattice-tags").bounding_box()
    scroll.focus()
    for _ in range(6):
        own_notebook.keyboard.press("ArrowRight")
    own_notebook.wait_for_function("document.querySelector('.lattice-scroll').scrollLeft > 50", timeout=10_000)
    assert widget.locator(".lattice-tags").bounding_box() == before  # the tags stay in sight


def test_words_do_not_overlap_and_all_letters_are_large_enough(widget):
    widget.get_by_label("Sentence", exact=True).fill(
        "Electroencephalography in Llanfairpwllgwyngyll, Wales, is WWWWWW."
    )
    expect(widget.locator(".lattice-word")).to_have_count(9)
    boxes = [word.bounding_box() for word in widget.locator(".lattice-word").all()]
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"]
    sizes = widget.locator("svg text, .lattice-tag").evaluate_all(
        "nodes => nodes.map(node => parseFloat(getComputedStyle(node).fontSize))"
    )
    assert min(sizes) >= 11
