"""The widgets of the variants, driven by keys: the chooser's lists and sliders, and what remains with its reasons."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

LOAD = "from bertlab.variants.view_chooser import live_chooser"


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the widget, run."""
    with run_notebook(browser, lab, "variants_widgets.ipynb", [LOAD, "live_chooser()"]) as page:
        yield page


@pytest.fixture
def chooser(own_notebook):
    """The chooser as it opens: classification, 128 tokens, twice BERT-base's work, 750 MB, a thousand examples."""
    found = find_widget(own_notebook, 1)
    for label, value in [("Task", "classification"), ("Labels", "fixed"), ("Language", "English")]:
        found.get_by_label(label).select_option(value)
    for label, place in [("Length of texts", 2), ("Work affordable", 5), ("Memory", 4), ("Labeled examples", 5)]:
        found.get_by_label(label).fill(str(place))
    expect(found.locator(".live-results")).to_have_attribute("aria-busy", "false")
    expect(found.locator(".chooser-kept").first).to_contain_text("DeBERTa-v3-base")
    return found


def test_what_remains_and_what_dropped_out_make_the_whole(chooser, screenshot):
    kept, out = chooser.locator(".chooser-kept").count(), chooser.locator(".chooser-out").count()
    assert kept + out == 19
    expect(chooser.get_by_role("status")).to_contain_text(f"{kept} of 19 candidates remain, first: DeBERTa-v3-base")
    expect(chooser.get_by_role("list", name="What dropped out").get_by_role("listitem")).to_have_count(out)
    assert all(text.endswith(".") for text in chooser.locator("li").all_text_contents())
    screenshot(chooser, "variants_chooser")


def test_arrows_tighten_the_memory_and_say_so(own_notebook, chooser):
    cells = own_notebook.locator(".jp-Notebook .jp-CodeCell").count()
    memory = chooser.get_by_label("Memory")
    memory.focus()
    own_notebook.keyboard.press("b")  # in JupyterLab, a bare b would insert a cell
    own_notebook.keyboard.press("ArrowLeft")
    own_notebook.keyboard.press("ArrowLeft")
    assert memory.get_attribute("aria-valuetext") == "250 MB"
    large = chooser.locator(".chooser-out", has_text="RoBERTa-base")
    expect(large).to_contain_text("Its weights take 499 MB in fp32, and there are 250 MB.")
    expect(large.locator(".chooser-more")).to_have_count(0)
    own_notebook.keyboard.press("End")
    expect(large).to_have_count(0)
    assert own_notebook.locator(".jp-Notebook .jp-CodeCell").count() == cells


def test_a_list_chosen_by_keys_leaves_the_prompt_alone(own_notebook, chooser):
    chooser.get_by_label("Work affordable").fill("10")
    chooser.get_by_label("Memory").fill("9")
    chooser.get_by_label("Task").focus()
    for _ in range(4):
        own_notebook.keyboard.press("ArrowDown")
    expect(chooser.get_by_role("status")).to_contain_text("1 of 19 candidates remains, first: prompt a large language")
    expect(chooser.locator(".chooser-out").first).to_contain_text("it fills gaps")


def test_nothing_may_remain_and_all_reasons_are_named(chooser):
    chooser.get_by_label("Length of texts").fill("8")
    chooser.get_by_label("Memory").fill("0")
    expect(chooser.get_by_role("status")).to_contain_text("None of 19 candidates remain.")
    expect(chooser.locator(".chooser-kept")).to_have_count(0)
    large = chooser.locator(".chooser-out", has_text="RoBERTa-large")
    expect(large).to_contain_text("Also: latency, memory.")


def test_it_fits_a_narrow_page(chooser):
    chooser.evaluate("node => node.style.width = '360px'")
    assert chooser.evaluate("node => node.scrollWidth <= node.clientWidth")
    chooser.evaluate("node => node.style.width = ''")
