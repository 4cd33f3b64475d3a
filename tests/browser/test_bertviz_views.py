"""BertViz's three views in JupyterLab, without a network: hovered, clicked, filtered."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.attention import HEADS, MODEL, NEURONS
from tests.browser.browser import sync_api
from tests.browser.jupyterlab import scroll_to

expect = sync_api().expect
pytest_plugins = ["tests.browser.attention_notebook"]


@pytest.fixture(scope="module")
def notebook(attention_notebook: Any) -> Any:
    """The page that all views of attention are on."""
    return attention_notebook


@pytest.fixture
def bertviz(notebook: Any) -> Callable[[int], Any]:
    """Return the inside of the frame of a cell, brought onto the screen."""

    def find(index: int) -> Any:
        inside = scroll_to(notebook, index).frame_locator("iframe")
        inside.locator("svg").wait_for()
        return inside

    return find


def test_head_view(bertviz, screenshot, notebook):
    view = bertviz(HEADS)
    expect(view.get_by_label("Layer")).to_have_value("1")
    expect(view.locator("#left text")).to_have_count(15)
    view.get_by_label("Layer").select_option("3")
    expect(view.locator("#attention line")).to_have_count(12 * 15 * 15)
    view.locator("#left text", has_text="tea").hover()
    expect(view.locator("line[visibility=visible]")).to_have_count(12 * 15)
    screenshot(scroll_to(notebook, HEADS), "bertviz-head-view")
    squares = view.locator("svg > g:last-of-type > rect")
    color = squares.nth(4).get_attribute("fill")
    squares.nth(4).click()
    expect(squares.nth(4)).not_to_have_attribute("fill", color)
    view.get_by_label("Attention").select_option(label="Sentence A -> Sentence B")
    expect(view.locator("#left text")).to_have_count(10)
    expect(view.locator("#right text")).to_have_count(5)


def test_model_view(bertviz, screenshot, notebook):
    view = bertviz(MODEL)
    expect(view.locator("line")).to_have_count(6 * 12 * 15 * 15)
    view.locator("rect").nth(30).click(force=True)  # two for each head: the 16th
    expect(view.get_by_text("Layer 1, Head 3")).to_be_visible()
    screenshot(scroll_to(notebook, MODEL), "bertviz-model-view")
    view.get_by_label("Attention").select_option(label="Sentence B -> Sentence B")
    expect(view.locator("line")).to_have_count(6 * 12 * 5 * 5)


def test_neuron_view(bertviz, screenshot, notebook):
    view = bertviz(NEURONS)
    view.get_by_label("Head").select_option("4")
    view.locator("#collapsed #leftText text", has_text="tea").hover(force=True)
    view.locator("#collapsed #leftText rect[width='16']").nth(1).click(force=True)
    expect(view.locator("#expanded")).to_have_attribute("visibility", "visible")
    screenshot(scroll_to(notebook, NEURONS), "bertviz-neuron-view")
    view.get_by_text("Softmax").scroll_into_view_if_needed()  # the frame is narrower than the picture
    view.get_by_label("Attention").select_option(label="Sentence A -> Sentence A")
    expect(view.locator("#expanded #leftText text")).to_have_count(10)


@pytest.mark.parametrize("index", [HEADS, MODEL, NEURONS])
def test_the_frame_is_as_high_as_what_it_shows(bertviz, notebook, index):
    view = bertviz(index)
    height = view.locator("svg").bounding_box()["height"]
    frame = scroll_to(notebook, index).locator("iframe")
    assert height < frame.bounding_box()["height"] < height + 60
