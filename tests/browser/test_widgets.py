"""The live widgets by themselves, in a notebook made for the purpose: typing, switches, sliders, keys, errors."""

from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import pytest
from transformers import AutoTokenizer

from bertlab import checkpoint
from bertlab.views.tokenization import analyze, as_text
from tests.browser.jupyterlab import (
    Lab,
    cells,
    change_theme,
    errors,
    open_notebook,
    run_all,
    save,
    scroll_to,
    sync_api,
    watched_page,
)

expect = sync_api().expect
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LOAD = """
from time import sleep
from transformers import AutoTokenizer, BertForPreTraining
from transformers.utils import logging
from bertlab import checkpoint
from bertlab.views.masked_language_modeling import FillMaskWidget, live_fill_mask
from bertlab.views.tokenization import live_tokenizer
logging.disable_progress_bar()
tokenizer = AutoTokenizer.from_pretrained(checkpoint())
"""
MODEL = "model = BertForPreTraining.from_pretrained(checkpoint())"
SLOW = """
class Slow(FillMaskWidget):
    asked = []
    def compute(self):
        sleep(0.3)
        self.asked.append(self.text)
        return {**super().compute(), "summary": f"asked {len(self.asked)} times"}
Slow(model, tokenizer, "[MASK]")
"""
BROKEN = """
class Broken(FillMaskWidget):
    def compute(self):
        if "boom" in self.text:
            raise RuntimeError("<b>boom</b>")
        return super().compute()
Broken(model, tokenizer, "[MASK]")
"""
TOKENIZER, SECOND_TOKENIZER, FILL_MASK, SECOND_FILL_MASK, SLOW_ONE, BROKEN_ONE = range(2, 8)
CODE = [
    LOAD,
    MODEL,
    *["live_tokenizer(tokenizer)"] * 2,
    *["live_fill_mask(model, tokenizer)"] * 2,
    SLOW,
    BROKEN,
]


def write_notebook(lab: Lab, name: str, code: list[str]) -> None:
    """Write a notebook of code cells that have not been run."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    notebook.cells = [nbformat.v4.new_code_cell(source.strip()) for source in code]
    nbformat.write(notebook, lab.root / name)


@pytest.fixture(scope="module")
def notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with one notebook in which every widget of this module has been run."""
    write_notebook(lab, "widgets.ipynb", CODE)
    with watched_page(browser) as page:
        open_notebook(page, lab, "widgets.ipynb")
        run_all(page)
        assert errors(page) == []
        yield page


@pytest.fixture
def widget(notebook: Any) -> Callable[[int], Any]:
    """Return the widget of a cell, brought onto the screen."""

    def find(index: int) -> Any:
        found = scroll_to(notebook, index).locator(".bertlab-live")
        found.wait_for()
        return found

    return find


def text_field(widget: Any) -> Any:
    """Return the field for the first text."""
    return widget.get_by_label("Text", exact=True)


def columns(widget: Any) -> list[list[str]]:
    """Return what the chips show, one list each: piece, id, token type, attention mask."""
    return [
        [chip.locator(".live-text").inner_text(), *chip.locator("dd").all_inner_texts()]
        for chip in widget.locator(".live-piece").all()
    ]


def wanted(*args: Any) -> list[list[str]]:
    """Return what the chips should show, from the tokenizer itself."""
    rows = analyze(args[0], args[1], AutoTokenizer.from_pretrained(checkpoint()), *args[2:])
    return [[row.piece, str(row.id), str(row.token_type_id), str(row.attention_mask)] for row in rows]


def test_pieces_follow_the_typing(widget):
    tokenizer = widget(TOKENIZER)
    text_field(tokenizer).fill("")
    text_field(tokenizer).press_sequentially("Unaffable cafés, naïvely ☃")
    expected = wanted("Unaffable cafés, naïvely ☃", None)
    expect(tokenizer.locator(".live-text")).to_have_text([row[0] for row in expected])
    assert columns(tokenizer) == expected
    expect(tokenizer.get_by_role("status")).to_contain_text("4 words")


def test_a_second_text_can_be_switched_on(widget):
    tokenizer = widget(TOKENIZER)
    second = tokenizer.get_by_label("Second text", exact=True)
    expect(second).to_be_hidden()
    text_field(tokenizer).fill("one")
    tokenizer.get_by_label("Add a second text").check()
    second.fill("two")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "one", "[SEP]", "two", "[SEP]"])
    assert columns(tokenizer) == wanted("one", "two")
    tokenizer.get_by_label("Add a second text").uncheck()
    expect(second).to_be_hidden()


def test_padding_shows_attention_mask_zero(widget):
    tokenizer = widget(TOKENIZER)
    text_field(tokenizer).fill("one")
    tokenizer.get_by_label("Pad or cut to a fixed length").check()
    tokenizer.get_by_role("slider", name="Length").fill("5")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "one", "[SEP]", "[PAD]", "[PAD]"])
    assert columns(tokenizer) == wanted("one", None, None, 5)
    text_field(tokenizer).fill("one two three four five")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "one", "two", "three", "[SEP]"])
    expect(tokenizer.get_by_text("2 of 7 pieces did not fit")).to_be_visible()
    tokenizer.get_by_label("Pad or cut to a fixed length").uncheck()


def test_the_slider_splits_with_a_smaller_vocabulary(widget, notebook):
    tokenizer = widget(TOKENIZER)
    text_field(tokenizer).fill("snowboarders")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "snow", "##board", "##ers", "[SEP]"])
    slider = tokenizer.get_by_role("slider", name="Vocabulary")
    slider.focus()
    notebook.keyboard.press("Home")
    expect(tokenizer.locator(".live-text")).to_have_count(2 + len("snowboarders"))
    assert columns(tokenizer) == wanted("snowboarders", None, 1999)
    notebook.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "2,400 entries"
    notebook.keyboard.press("End")
    expect(tokenizer.locator(".live-text")).to_have_count(5)


@pytest.mark.parametrize("index", [SECOND_TOKENIZER, SECOND_FILL_MASK])
def test_typed_markup_stays_text(widget, index):
    shown = widget(index)
    text_field(shown).fill("<img src=x onerror=alert(1)> [MASK] </script>")
    drawn = ".live-text" if index == SECOND_TOKENIZER else ".live-columns th"
    expect(shown.locator(drawn).filter(has_text="MASK" if index == SECOND_TOKENIZER else "")).not_to_have_count(0)
    assert shown.locator("img, script").count() == 0


@pytest.mark.parametrize("index", [SECOND_TOKENIZER, SECOND_FILL_MASK])
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


@pytest.mark.parametrize("index", [SECOND_TOKENIZER, SECOND_FILL_MASK])
def test_escape_leaves_a_control_for_the_notebook(widget, notebook, index):
    before = len(cells(notebook))
    for control in widget(index).locator("input:visible, button:visible").all():
        control.focus()
        notebook.keyboard.press("Escape")
        notebook.keyboard.press("b")
        notebook.wait_for_function(f"panel.content.model.cells.length === {before + 1}")
        notebook.keyboard.press("z")
        notebook.wait_for_function(f"panel.content.model.cells.length === {before}")


@pytest.mark.parametrize("index", [SECOND_TOKENIZER, SECOND_FILL_MASK])
def test_every_control_has_a_name_and_is_reached_by_tab(widget, notebook, index):
    shown = widget(index)
    controls = shown.locator("input:visible, button:visible").all()
    controls[0].focus()
    for control in controls:
        assert control.evaluate("node => node === document.activeElement")
        assert control.evaluate("node => (node.labels?.[0] ?? node).textContent.trim()")
        notebook.keyboard.press("Tab")


def test_guesses_follow_the_typing(widget):
    fill_mask = widget(FILL_MASK)
    expect(fill_mask.get_by_role("row")).to_have_count(8)
    text_field(fill_mask).fill("The [MASK] sat on the [MASK].")
    expect(fill_mask.get_by_role("table")).to_have_count(2)
    expect(fill_mask.get_by_role("row")).to_have_count(16)
    shares = [float(text.removesuffix(" %")) for text in fill_mask.locator(".live-share").all_inner_texts()]
    assert shares[:8] == sorted(shares[:8], reverse=True)
    assert 0 < sum(shares[:8]) <= 100.5


def test_the_button_inserts_a_mask_at_the_caret(widget, notebook):
    fill_mask = widget(FILL_MASK)
    field = text_field(fill_mask)
    field.fill("I like tea.")
    expect(fill_mask.get_by_role("status")).to_have_text(
        "Type [MASK] where the model should guess a word, or use the button."
    )
    field.press("Home")
    for _ in "I like":
        field.press("ArrowRight")
    notebook.keyboard.press("Tab")
    notebook.keyboard.press("Enter")
    expect(field).to_have_value("I like [MASK] tea.")
    expect(field).to_be_focused()
    expect(fill_mask.get_by_role("row")).to_have_count(8)
    notebook.keyboard.type(" hot")
    expect(field).to_have_value("I like [MASK] hot tea.")


def test_a_text_too_long_is_said_to_be_cut(widget):
    fill_mask = widget(FILL_MASK)
    text_field(fill_mask).fill("[MASK] " + "word " * 600)
    expect(fill_mask.get_by_text("This text is 603 pieces long; the model reads 512")).to_be_visible()


def test_a_slow_model_is_asked_only_for_what_was_typed_last(widget):
    slow = widget(SLOW_ONE)
    text_field(slow).fill("")
    text_field(slow).press_sequentially("twenty-five letters [MASK]", delay=80)
    expect(slow.locator("[aria-busy=false]")).to_be_visible()
    expect(slow.get_by_role("row")).to_have_count(8)
    asked = int(slow.get_by_role("status").inner_text().split()[1])
    assert 2 <= asked < 20


def test_an_error_in_python_shows_and_passes(widget):
    broken = widget(BROKEN_ONE)
    text_field(broken).fill("boom")
    expect(broken.get_by_role("status")).to_have_text("Python reports an error. RuntimeError: <b>boom</b>")
    text_field(broken).fill("[MASK]")
    expect(broken.get_by_role("status")).to_contain_text("Most likely")


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


@pytest.fixture
def saved(page: Any, lab: Lab) -> Any:
    """A page whose notebook `saved.ipynb` has run, was typed into and saved, and whose kernel is gone."""
    write_notebook(lab, "saved.ipynb", [LOAD, "live_tokenizer(tokenizer, 'before')"])
    open_notebook(page, lab, "saved.ipynb")
    run_all(page)
    text_field(page).fill("afterwards")
    expect(page.locator(".live-text")).to_have_text(["[CLS]", "afterwards", "[SEP]"])
    save(page)
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    return page


def test_a_notebook_opened_again_shows_the_last_state_and_says_that_python_is_gone(saved, lab):
    open_notebook(saved, lab, "saved.ipynb")
    expect(saved.locator(".live-text")).to_have_text(["[CLS]", "afterwards", "[SEP]"])
    text_field(saved).fill("nobody hears this")
    expect(saved.get_by_text("Python has not answered yet")).to_be_visible(timeout=10_000)


def test_a_notebook_from_elsewhere_shows_the_text_form(saved, lab):
    notebook = nbformat.read(lab.root / "saved.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1"))  # no longer what was signed: as untrusted as a fresh clone
    nbformat.write(notebook, lab.root / "elsewhere.ipynb")
    open_notebook(saved, lab, "elsewhere.ipynb")
    shown = scroll_to(saved, 1).locator(".jp-OutputArea-output").inner_text()
    assert as_text(analyze("before", None, AutoTokenizer.from_pretrained(checkpoint()))) in shown.replace("\xa0", " ")
