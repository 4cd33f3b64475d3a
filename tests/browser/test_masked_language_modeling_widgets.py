"""Notebook 04's own widgets, driven by keys: the four sliders, and the model beside the truth."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook, text_field

expect = sync_api().expect

SLIDERS = """
from bertlab.masked_language_modeling.view_cross_entropy import live_cross_entropy
live_cross_entropy({"cat": 3.0, "dog": 1.5, "car": 0.2, "sky": 0.1})
"""
TRUTH = """
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import World
from bertlab.masked_language_modeling.view_beside_truth import live_beside_truth
world = World.default()
live_beside_truth(small_bert(world.sentences).eval(), world)
"""


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with both widgets, run."""
    with run_notebook(browser, lab, "mlm_widgets.ipynb", [SLIDERS, TRUTH]) as page:
        yield page


def test_a_slider_moved_by_the_arrow_keys_moves_the_loss(own_notebook, screenshot):
    sliders = find_widget(own_notebook, 0)
    expect(sliders.get_by_role("status")).to_contain_text("P(cat) = 20.09 / 26.89 = 0.75")
    expect(sliders.get_by_role("slider")).to_have_count(4)
    dog = sliders.get_by_label("dog")
    dog.focus()
    for _ in range(15):
        dog.press("ArrowRight")
    expect(dog).to_have_attribute("aria-valuetext", "3.0")
    expect(sliders.get_by_role("status")).to_contain_text("P(cat) = 20.09 / 42.50 = 0.47")
    expect(sliders.get_by_role("row")).to_have_count(5)
    screenshot(sliders, "cross_entropy")


def test_the_truth_follows_the_typing(own_notebook, screenshot):
    truth = find_widget(own_notebook, 1)
    expect(truth.get_by_role("row", name="spain")).to_contain_text("50.0 %")
    field = text_field(truth)
    field.fill("people in japan speak japanese .")
    expect(truth.get_by_role("status")).to_contain_text("Type [MASK] where")
    field.press("End")
    for _ in range(3):
        field.press("ArrowLeft")
    own_notebook.keyboard.press("Tab")
    own_notebook.keyboard.press("Enter")
    expect(field).to_have_value("people in japan speak [MASK] .")
    expect(truth.get_by_role("row", name="japanese")).to_contain_text("100.0 %")
    field.fill("the <b>unicorn</b> [MASK] .")
    expect(truth.get_by_role("status")).to_have_text("Try another sentence: not in this world: <b>unicorn</b>.")
    field.fill("[MASK] is the capital of france .")
    expect(truth.get_by_role("row", name="paris")).to_contain_text("100.0 %")
    screenshot(truth, "beside_truth")
