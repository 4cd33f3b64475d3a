"""Every notebook in a browser: one is run whole, of the others what their views need; each view is drawn and driven."""

from typing import Any

import pytest

from bertlab.constants import NOTEBOOKS
from bertlab.course import COURSE
from tests.browser.jupyterlab import START, cells, errors, open_notebook, run_all, run_cells, scroll_to
from tests.slices import is_view, needed

WHOLE = "start_here"
"""The topic whose notebook is run from top to bottom: what a person who has just installed the course does first."""

ANSWER = 20_000
"""Milliseconds that a widget has to answer a change, on a machine that is busy with other things."""


@pytest.mark.parametrize("name", [notebook.filename for notebook in COURSE if notebook.topic == WHOLE])
def test_a_notebook_runs_from_top_to_bottom(page, lab, screenshot, name):
    open_notebook(page, lab, f"notebooks/{name}")
    run_all(page)
    assert errors(page) == []
    code = [cell for cell in cells(page) if cell["cell_type"] == "code" and cell["source"].strip()]
    assert code
    assert all(cell["execution_count"] for cell in code)
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0  # no question about news, no choice of a kernel
    page.evaluate("panel.content.activeCellIndex = 0; jupyterapp.shell.collapseLeft()")
    scroll_to(page, 0).wait_for()
    page.wait_for_timeout(1000)  # the page has moved to its top: this is the picture in the README
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
    controls = widget.locator(
        "input:visible:not([type=checkbox]), textarea:visible, select:visible, button:visible"
    ).all()
    assert any(answers(page, widget, control) for control in controls)
    assert widget.locator(".live-problem").count() == 0


def answers(page: Any, widget: Any, control: Any) -> bool:
    """Change one control, and say whether the widget shows something else: a list of one entry changes nothing."""
    before = widget.evaluate("node => node.innerText")
    control.focus()
    typed, next_one = ["End", "s"], ["ArrowDown"]
    keys = {"text": typed, "textarea": typed, "radio": next_one, "select-one": next_one, "range": ["ArrowRight"]}
    for key in keys.get(control.evaluate("node => node.type"), ["Enter"]):
        page.keyboard.press(key)
    for _ in range(ANSWER // 100):
        page.wait_for_timeout(100)
        if widget.evaluate("node => node.innerText") != before:
            return True
    return False


def test_every_notebook_of_the_folder_is_tried():
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == {notebook.filename for notebook in COURSE}
