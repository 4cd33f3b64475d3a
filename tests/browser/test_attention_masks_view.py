"""The masks in JupyterLab: typed into, flipped, walked through by slider and click."""

import re
from typing import Any

import pytest

from bertlab.attention.masks import causal_mask
from tests.browser.attention import MASKS, looked_at
from tests.browser.browser import sync_api
from tests.browser.jupyterlab import cells
from tests.browser.widgets import text_field

expect = sync_api().expect
pytest_plugins = ["tests.browser.attention_notebook"]


@pytest.fixture(scope="module")
def notebook(attention_notebook: Any) -> Any:
    """The page that all views of attention are on."""
    return attention_notebook


def test_flipping_the_mask_redraws_the_pattern(widget):
    masks = widget(MASKS)
    text_field(masks).fill("Tea!")
    expect(masks.locator("tbody tr")).to_have_count(4)
    expect(masks.locator(".mask-used")).to_have_count(16)
    masks.get_by_label("Causal: a decoder").check()
    expect(masks.locator(".mask-used")).to_have_count(10)
    rows = masks.locator("tbody tr").all()
    shown = [[cell.inner_text() == "●" for cell in row.locator("td").all()] for row in rows]
    assert shown == causal_mask(4).tolist()
    expect(masks.get_by_text("The decoder's contract")).to_be_visible()
    masks.get_by_label("Padding", exact=True).check()
    expect(masks.locator("tbody tr")).to_have_count(7)
    expect(masks.locator(".mask-used")).to_have_count(28)
    masks.get_by_label("Causal and padding").check()
    expect(masks.locator(".mask-used")).to_have_count(10 + 3 * 4)
    masks.get_by_label("Full: an encoder").check()
    expect(masks.locator(".mask-used")).to_have_count(16)


def test_a_position_is_chosen_by_slider_or_click(widget, notebook):
    masks = widget(MASKS)
    text_field(masks).fill("Tea!")
    masks.get_by_label("Causal: a decoder").check()
    slider = masks.get_by_role("slider", name="Position")
    slider.focus()
    notebook.keyboard.press("Home")
    expect(masks.get_by_role("status")).to_have_text(
        "[CLS], position 0, may use 1 of 4: [CLS]. It may be used by 4 of 4: [CLS] tea ! [SEP]."
    )
    notebook.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "1: tea")
    masks.get_by_role("rowheader", name="!").click()
    expect(masks.locator(".mask-row")).to_have_text(re.compile("^!"))
    expect(slider).to_have_value("2")


def test_typed_markup_stays_text(widget):
    masks = widget(MASKS)
    text_field(masks).fill("<img src=x onerror=alert(1)>")
    expect(masks.get_by_role("rowheader", name="<")).to_have_count(1)
    assert masks.locator("img").count() == 0


def test_arrow_keys_go_from_mask_to_mask_and_stay_in_the_widget(widget, notebook):
    masks = widget(MASKS)
    masks.get_by_label("Full: an encoder").check()
    notebook.keyboard.press("ArrowRight")
    expect(masks.get_by_label("Causal: a decoder")).to_be_checked()
    expect(masks.get_by_text("The decoder's contract")).to_be_visible()
    before = len(cells(notebook))
    notebook.keyboard.press("b")
    assert len(cells(notebook)) == before


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 520])
def test_nothing_overflows(widget, notebook, screenshot, theme, width):
    with looked_at(notebook, theme, width):
        masks = widget(MASKS)
        masks.get_by_label("Causal and padding").check()
        text_field(masks).fill(f"{'unaffable' * 4} snowboarders ☃")
        expect(masks.locator("tbody tr")).to_have_count(21)
        assert masks.evaluate("node => node.scrollWidth <= node.clientWidth")
        screenshot(masks, f"attention-masks-{theme}-{width}")
