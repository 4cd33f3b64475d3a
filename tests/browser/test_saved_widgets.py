"""A notebook with a widget that is opened again: on the machine that saved it, and on another."""

from typing import Any

import nbformat
import pytest
from transformers import AutoTokenizer

from bertlab import checkpoint
from bertlab.tokenization.view import analyze, as_text
from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab, open_again, open_notebook, run_all, save, scroll_to, shut_kernel
from tests.browser.widgets import LOAD, text_field, write_notebook

expect = sync_api().expect


@pytest.fixture
def saved(page: Any, lab: Lab) -> Any:
    """A page whose notebook `saved.ipynb` has run, was typed into and saved, and whose kernel is gone."""
    write_notebook(lab, "saved.ipynb", [LOAD, "live_tokenizer(tokenizer, 'before')"])
    open_notebook(page, lab, "saved.ipynb")
    run_all(page)
    text_field(page).fill("afterwards")
    expect(page.locator(".live-text")).to_have_text(["[CLS]", "afterwards", "[SEP]"])
    save(page)
    shut_kernel(page)
    return page


def test_a_notebook_opened_again_shows_the_last_state_and_says_that_python_is_gone(saved, lab):
    open_again(saved, lab, "saved.ipynb")
    expect(saved.locator(".live-text")).to_have_text(["[CLS]", "afterwards", "[SEP]"])
    text_field(saved).fill("nobody hears this")
    expect(saved.get_by_text("Python has not answered yet")).to_be_visible()


def test_a_notebook_from_elsewhere_shows_the_text_form(saved, lab):
    notebook = nbformat.read(lab.root / "saved.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1"))  # no longer what was signed: as untrusted as a fresh clone
    nbformat.write(notebook, lab.root / "elsewhere.ipynb")
    open_notebook(saved, lab, "elsewhere.ipynb")
    shown = scroll_to(saved, 1).locator(".jp-OutputArea-output").inner_text()
    assert as_text(analyze("before", None, AutoTokenizer.from_pretrained(checkpoint()))) in shown.replace("\xa0", " ")
