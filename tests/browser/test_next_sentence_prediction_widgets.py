"""Notebook 05's own widget, driven by keys: two texts, and a button that swaps them."""

from collections.abc import Iterator
from typing import Any

import pytest
from transformers import AutoTokenizer, BertForPreTraining

from bertlab import checkpoint
from bertlab.next_sentence_prediction.view import judge
from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

WIDGET = """
from transformers import AutoTokenizer, BertForPreTraining
from bertlab import checkpoint
from bertlab.next_sentence_prediction.view import live_next_sentence
model = BertForPreTraining.from_pretrained(checkpoint()).eval()
live_next_sentence(model, AutoTokenizer.from_pretrained(checkpoint()))
"""
FIRST, SECOND = "She opened the oven and took out the bread.", "The whole kitchen smelled of it."


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the widget, run."""
    with run_notebook(browser, lab, "nsp_widgets.ipynb", [WIDGET]) as page:
        yield page


@pytest.fixture(scope="module")
def share():
    """What the page should show for a pair: P(follows) in percent."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint())
    model = BertForPreTraining.from_pretrained(checkpoint()).eval()
    return lambda first, second: f"{100 * judge(first, second, model, tokenizer)[0].probability:.1f} %"


def test_the_answer_follows_both_texts_and_the_button_swaps_them(own_notebook, share, screenshot):
    widget = find_widget(own_notebook, 0)
    row = widget.get_by_role("row", name="follows").first
    expect(row).to_contain_text(share(FIRST, SECOND))
    first, second = widget.get_by_label("Text A"), widget.get_by_label("Text B")
    second.focus()
    own_notebook.keyboard.press("Tab")
    own_notebook.keyboard.press("Enter")
    expect(first).to_have_value(SECOND)
    expect(second).to_have_value(FIRST)
    expect(row).to_contain_text(share(SECOND, FIRST))
    expect(widget.get_by_role("row")).to_have_count(3)
    second.fill("Penguins <b>sleep</b> standing up.")
    expect(row).to_contain_text(share(SECOND, "Penguins <b>sleep</b> standing up."))
    expect(widget.get_by_role("status")).to_contain_text("P(B follows A) = sigmoid(")
    screenshot(widget, "next_sentence")


def test_an_empty_text_gets_a_hint(own_notebook):
    widget = find_widget(own_notebook, 0)
    widget.get_by_label("Text A").fill("")
    expect(widget.get_by_role("status")).to_contain_text("Type two sentences")
    expect(widget.get_by_role("row")).to_have_count(0)
    widget.get_by_label("Text A").fill(FIRST)
    expect(widget.get_by_role("row")).to_have_count(3)
