"""Notebook 07's own widget, driven by keys: a review, the verdict, and two measures of each word."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

WIDGET = """
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from bertlab import checkpoint
from bertlab.fine_tuning.view import live_review
torch.manual_seed(0)
model = AutoModelForSequenceClassification.from_pretrained(checkpoint(), num_labels=2).eval()
live_review(model, AutoTokenizer.from_pretrained(checkpoint()), "Not <b>bad</b> at all.")
"""


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the widget, run."""
    with run_notebook(browser, lab, "fine_tuning_widgets.ipynb", [WIDGET]) as page:
        yield page


def test_each_word_has_a_row_and_both_measures(own_notebook, screenshot):
    widget = find_widget(own_notebook, 0)
    expect(widget.get_by_role("row")).to_have_count(5)  # the header, and four words
    expect(widget.get_by_role("rowheader").nth(1)).to_have_text("<b>bad</b>")
    expect(widget.get_by_role("cell").nth(1)).to_contain_text(".")
    expect(widget.get_by_role("status")).to_contain_text("point in different directions for")
    expect(widget.get_by_text("Left is towards negative, right towards positive")).to_be_visible()
    screenshot(widget, "fine_tuning")


def test_the_verdict_follows_the_typing_and_no_text_gets_a_hint(own_notebook):
    widget = find_widget(own_notebook, 0)
    field = widget.get_by_label("Review", exact=True)
    field.focus()
    own_notebook.keyboard.press("End")
    own_notebook.keyboard.type(" b")  # in JupyterLab, a bare b would insert a cell
    expect(widget.get_by_role("row")).to_have_count(6)
    field.fill("  ")
    expect(widget.get_by_role("status")).to_have_text("Type a review.")
    expect(widget.get_by_role("row")).to_have_count(0)
