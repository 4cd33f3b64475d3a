"""Every notebook in a browser: one is run whole, of the others what their views need; each view is drawn and driven."""

from typing import Any

import pytest

from bertlab.constants import NOTEBOOKS
from bertlab.course import COURSE
from tests.browser.jupyterlab import START, cells, errors, open_notebook, run_all, run_cells, scroll_to
from tests.browser.slices import is_view, needed

WHOLE = "start_here"
"""The topic whose notebook is run from top to bottom: what a person who has just installed the course does first."""


@pytest.mark.parametrize("name", [notebook.filename for notebook in COURSE if notebook.topic == WHOLE])
def test_a_notebook_runs_from_top_to_bottom(page, lab, screenshot, name):
    open_notebook(page, lab, f"notebooks/{name}")
    run_all(page)
    assert errors(page) == []
    code = [cell for cell in cells(page) if cell["cell_type"] == "code" and cell["source"].strip()]
    assert code
    assert all(cell["execution_count"] for cell in code)
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0  # no question about news, no choice of a kernel
    screenshot(page, name.removesuffix(".ipynb"))


@pytest.mark.parametrize("name", [notebook.filename for notebook in COURSE if notebook.topic != WHOLE])
def test_the_views_of_a_notebook_are_drawn_and_answer(page, lab, screenshot, name):
    open_notebook(page, lab, f"notebooks/{name}")
    code = {number: cell["source"] for number, cell in enumerate(cells(page)) if cell["cell_type"] == "code"}
    chosen = [list(code)[place] for place in needed(list(code.values()))]
    run_cells(page, chosen)
    assert errors(page) == []
    for number in filter(lambda number: is_view(code[number]), chosen):
        drive(page, number)
        screenshot(page, f"{name.removesuffix('.ipynb')}-{number}")


def drive(page: Any, number: int) -> None:
    """Use the view that a cell shows: a live widget answers a change, a frame of BertViz has drawn its picture."""
    output = scroll_to(page, number)
    if output.locator("iframe").count():
        output.frame_locator("iframe").locator("svg").first.wait_for(timeout=START)
        return
    widget = output.locator(".bertlab-live")
    widget.wait_for(timeout=START)
    control = widget.locator("input:visible:not([type=checkbox]), select:visible, button:visible").first
    before = widget.evaluate("node => node.innerText")
    control.focus()
    kind = control.evaluate("node => node.type")
    for key in {"text": ["End", "s"], "range": ["ArrowRight"], "select-one": ["ArrowDown"]}.get(kind, ["Enter"]):
        page.keyboard.press(key)
    handle = widget.element_handle()
    page.wait_for_function("([node, before]) => node.innerText !== before", arg=[handle, before], timeout=START)
    assert widget.locator(".live-problem").count() == 0


def test_every_notebook_of_the_folder_is_tried():
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == {notebook.filename for notebook in COURSE}


class TestWhatAViewNeeds:
    def test_the_cells_that_define_what_it_uses_and_no_training(self):
        sources = ["import torch", "model = load()", "for _ in train(model):\n    pass", "live_view(model)", "y = 1"]
        assert needed(sources) == [1, 3]

    def test_names_are_followed_back_to_their_last_definition(self):
        sources = ["a = 1", "a = 2", "def f():\n    return a", "live_view(f())", "a = 3"]
        assert needed(sources) == [1, 2, 3]

    def test_what_adds_to_a_name_needs_what_began_it(self):
        assert needed(["x = 1", "x += 1", "%time x", "view = live_view(x)"]) == [0, 1, 3]

    def test_without_a_view_nothing_is_needed(self):
        assert needed(["x = 1", "print(x)"]) == []
