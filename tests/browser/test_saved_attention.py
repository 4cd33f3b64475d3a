"""Attention in a notebook that is opened again: on the machine that saved it, on another, and as a page of HTML."""

import shutil
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from traitlets.config import Config

from tests.browser.attention import EXPLORER, HEADS, MASKS, MODEL, NEURONS, readout
from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab, open_notebook, save, scroll_to

expect = sync_api().expect
pytest_plugins = ["tests.browser.attention_notebook"]
WITHOUT_WIDGETS = ["text/html", "image/png", "text/plain"]
"""What nbconvert takes of an output, best first: a widget would need its manager beside the page."""


@pytest.fixture(scope="module")
def saved(attention_notebook: Any, lab: Lab) -> nbformat.NotebookNode:
    """The notebook of all views as it was saved, also copied to `again.ipynb`, which has no kernel yet."""
    save(attention_notebook)
    shutil.copy(lab.root / "attention.ipynb", lab.root / "again.ipynb")
    return nbformat.read(lab.root / "again.ipynb", as_version=4)


def test_opened_again_all_are_drawn_without_python(saved, page, lab):
    open_notebook(page, lab, "again.ipynb")
    expect(scroll_to(page, MASKS).locator(".mask-table")).to_be_visible()
    explorer = scroll_to(page, EXPLORER).locator(".bertlab-live")
    expect(explorer.locator(".explorer-readout")).to_contain_text("gives")
    explorer.get_by_role("slider", name="Layer").fill("2")
    assert readout(explorer)[0] == "2"
    for index in [HEADS, MODEL, NEURONS]:
        expect(scroll_to(page, index).frame_locator("iframe").locator("svg text:visible").first).to_be_visible()


def test_from_elsewhere_all_are_there_in_words(saved, page, lab):
    saved.cells.append(nbformat.v4.new_code_cell("1"))  # no longer what was signed: as untrusted as a fresh clone
    nbformat.write(saved, lab.root / "elsewhere.ipynb")
    saved.cells.pop()
    open_notebook(page, lab, "elsewhere.ipynb")
    expect(scroll_to(page, MASKS).get_by_text("The encoder's contract")).to_be_visible()
    expect(scroll_to(page, EXPLORER).get_by_text("looks most at")).to_be_visible()
    for index, name in [(HEADS, "head"), (MODEL, "model"), (NEURONS, "neuron")]:
        text = f"BertViz {name} view: 6 layers of 12 heads, 15 tokens."
        expect(scroll_to(page, index).get_by_text(text)).to_be_visible()
        expect(scroll_to(page, index).locator("iframe")).to_have_count(0)


def test_as_a_page_of_html_bertviz_is_drawn_and_the_widgets_are_there_in_words(saved, page):
    config = Config({"NbConvertBase": {"display_data_priority": WITHOUT_WIDGETS}})
    exporter = HTMLExporter(config=config, template_name="basic")
    page.set_content(exporter.from_notebook_node(saved)[0])
    for index in range(3):
        expect(page.frame_locator("iframe").nth(index).locator("svg text:visible").first).to_be_visible()
    expect(page.get_by_text("The encoder's contract")).to_be_visible()
    expect(page.get_by_text("token         looks most at")).to_have_count(2)
