"""What holds for every live widget: text stays text, keys stay in it, names, Tab and Escape, themes and widths."""

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import cells, change_theme
from tests.browser.widgets import BROKEN_ONE, FILL_MASK, SECOND_FILL_MASK, SECOND_TOKENIZER, TOKENIZER, text_field

expect = sync_api().expect
BOTH = pytest.mark.parametrize("index", [SECOND_TOKENIZER, SECOND_FILL_MASK])


@BOTH
def test_typed_markup_stays_text(widget, index):
    shown = widget(index)
    text_field(shown).fill("<img src=x onerror=alert(1)> [MASK] [MASK] </script>")
    expect(shown.locator(".live-text:text-is('<'), table")).to_have_count(
        2
    )  # two chips "<", or a table for each [MASK]
    assert shown.locator("img, script").count() == 0


@BOTH
def test_no_key_reaches_the_notebook(widget, notebook, index):
    controls = widget(index).locator("input:visible, button:visible").all()
    before = len(cells(notebook))
    for control in controls:
        control.focus()
        notebook.keyboard.press("b")
        notebook.keyboard.press("a")
    notebook.wait_for_timeout(500)
    assert len(controls) >= 2
    assert len(cells(notebook)) == before


@BOTH
def test_escape_leaves_a_control_for_the_notebook(widget, notebook, index):
    before = len(cells(notebook))
    for control in widget(index).locator("input:visible, button:visible").all():
        control.focus()
        notebook.keyboard.press("Escape")
        notebook.keyboard.press("b")
        notebook.wait_for_function(f"panel.content.model.cells.length === {before + 1}")
        notebook.keyboard.press("z")
        notebook.wait_for_function(f"panel.content.model.cells.length === {before}")


@BOTH
def test_every_control_has_a_name_and_is_reached_by_tab(widget, notebook, index):
    shown = widget(index)
    controls = shown.locator("input:visible, button:visible").all()
    controls[0].focus()
    for control in controls:
        assert control.evaluate("node => node === document.activeElement")
        assert control.evaluate("node => (node.labels?.[0] ?? node).textContent.trim()")
        notebook.keyboard.press("Tab")


def test_what_was_typed_survives_scrolling_away(widget):
    text_field(widget(FILL_MASK)).fill("Tea with [MASK].")
    widget(BROKEN_ONE)
    widget(TOKENIZER)
    expect(text_field(widget(FILL_MASK))).to_have_value("Tea with [MASK].")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 520])
def test_nothing_overflows(widget, notebook, screenshot, theme, width):
    change_theme(notebook, f"JupyterLab {theme}")
    notebook.set_viewport_size({"width": width, "height": 900})
    notebook.evaluate(f"jupyterapp.shell.{'collapse' if width < 1000 else 'expand'}Left()")
    for index, name in [(TOKENIZER, "tokenizer"), (FILL_MASK, "fill_mask")]:
        shown = widget(index)
        text_field(shown).fill(f"{'unaffable' * 10} snowboarders in the [MASK] sat on an [MASK] ☃")
        expect(shown.locator(".live-special, .live-share")).to_have_count(4 if index == TOKENIZER else 16)
        assert shown.evaluate("node => node.scrollWidth <= node.clientWidth")
        screenshot(shown, f"{name}-{theme}-{width}")
    assert notebook.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
