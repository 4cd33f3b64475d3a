"""The notebook in which the widgets are tested by themselves, and what their tests have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbformat

from tests.browser.browser import watched_page
from tests.browser.jupyterlab import Lab, errors, open_notebook, run_all, scroll_to, shut_kernel

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LOAD = """
from time import sleep
from transformers import AutoTokenizer, BertForPreTraining
from transformers.utils import logging
from bertlab import checkpoint
from bertlab.masked_language_modeling.view_fill_mask import FillMaskWidget, live_fill_mask
from bertlab.tokenization.view import live_tokenizer
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
        return {**super().compute(), "summary": f"asked {len(self.asked)} times, last for {self.text}"}
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


@contextmanager
def run_notebook(browser: Any, lab: Lab, name: str, code: list[str]) -> Iterator[Any]:
    """Show a notebook of these cells, all run, on a page of its own; its kernel goes with the page."""
    write_notebook(lab, name, code)
    with watched_page(browser) as page:
        open_notebook(page, lab, name)
        run_all(page)
        assert errors(page) == []
        yield page
        shut_kernel(page)


def find_widget(page: Any, index: int) -> Any:
    """Return the widget of a cell, brought onto the screen."""
    found = scroll_to(page, index).locator(".bertlab-live")
    found.wait_for()
    return found


def text_field(widget: Any) -> Any:
    """Return the field for the first text."""
    return widget.get_by_label("Text", exact=True)
