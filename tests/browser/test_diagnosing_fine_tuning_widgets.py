"""Notebook 08's own widget, driven by keys: look closer, guess, and go on to another run."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

WIDGET = """
from bertlab.diagnosing_fine_tuning.cause_rounds import deal
from bertlab.diagnosing_fine_tuning.view_cause import CauseWidget
from tests.diagnosing_fine_tuning.made_up import made_up_runs
runs = made_up_runs()
CauseWidget(runs, next(seed for seed in range(200) if next(deal(runs, seed)).cause == "leakage"))
"""


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the widget, run; its first run leaks."""
    with run_notebook(browser, lab, "diagnosing_fine_tuning_widgets.ipynb", [WIDGET]) as page:
        yield page


def test_both_pictures_are_there_with_their_figures_in_words(own_notebook):
    widget = find_widget(own_notebook, 0)
    pictures = widget.get_by_role("img")
    expect(pictures).to_have_count(2)
    for place, words in enumerate(["training loss: 0.70, 0.55, 0.40, 0.25, 0.10", "validation accuracy: 0.50, 0.60"]):
        picture = pictures.nth(place)
        assert picture.get_attribute("aria-label").startswith(words)
        expect(picture).to_be_visible()
    assert pictures.nth(0).locator("g.cause-training circle").count() == 5 + 3  # its steps, and the legend
    expect(widget.get_by_role("status")).to_contain_text("What is wrong with this run")


def test_keys_look_closer_and_add_no_cell(own_notebook):
    widget = find_widget(own_notebook, 0)
    cells = own_notebook.locator(".jp-Notebook .jp-CodeCell").count()
    look = widget.get_by_role("group", name="Look closer").get_by_role("button", name="near-copies")
    look.focus()
    own_notebook.keyboard.press("b")  # in JupyterLab, a bare b would insert a cell
    own_notebook.keyboard.press("Enter")
    expect(widget.get_by_role("status")).to_contain_text("near-copies: 10 in this run, 0 in the sound run.")
    expect(look).to_have_attribute("aria-pressed", "true")
    expect(widget.get_by_role("row")).to_have_count(2)
    expect(look).to_be_focused()
    widget.get_by_role("button", name="test accuracy").press(" ")
    expect(widget.get_by_role("row")).to_have_count(3)
    expect(widget.get_by_role("rowheader").nth(1)).to_have_text("test accuracy")
    assert own_notebook.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_a_guess_is_judged_and_the_name_ends_the_round(own_notebook, screenshot):
    widget = find_widget(own_notebook, 0)
    choice, status = widget.get_by_label("The cause"), widget.get_by_role("status")
    guess = widget.get_by_role("button", name="That's it")
    guess.press("Enter")
    expect(choice).to_be_focused()  # nothing was chosen yet
    choice.select_option("imbalance")
    guess.press("Enter")
    expect(status).to_contain_text("Not imbalance. It would show in majority share")
    screenshot(widget, "diagnosing_fine_tuning")
    choice.select_option("leakage")
    guess.press("Enter")
    expect(status).to_contain_text("Named in 2 looks and 2 tries. Score: named 1 of 1 run, 2 looks.")


def test_another_run_begins_afresh_and_can_be_given_up(own_notebook):
    widget = find_widget(own_notebook, 0)
    status = widget.get_by_role("status")
    widget.get_by_role("button", name="Another run").press("Enter")
    expect(status).to_contain_text("Run 2.")
    expect(widget.get_by_role("row")).to_have_count(0)
    expect(widget.get_by_label("The cause")).to_have_value("")
    expect(widget.locator("[aria-pressed=true]")).to_have_count(0)
    widget.get_by_role("button", name="Give up").press("Enter")
    expect(status).to_contain_text("It was ")
    expect(status).to_contain_text("Score: named 1 of 2 runs, 2 looks.")
