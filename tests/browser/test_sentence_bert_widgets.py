"""Notebook 11's own widget, driven by keys: a batch of pairs as a matrix, its temperature, and what is left out."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

LOAD = """
import torch
from transformers import AutoTokenizer, BertModel
from bertlab import checkpoint
from bertlab.sentence_bert.view_batch import live_batch
from tests.fine_tuning.toys import make_config
torch.manual_seed(1)
tokenizer = AutoTokenizer.from_pretrained(checkpoint())
model = BertModel(make_config(initializer_range=0.1))
"""
FIELD = "Pairs, one a line: anchor | positive"
THREE = "Why is it wet? | It rained.\nWho is it? | Ann.\nWhen do we leave? | At nine."


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the widget, run."""
    with run_notebook(browser, lab, "sentence_bert_widgets.ipynb", [LOAD, "live_batch(model, tokenizer)"]) as page:
        yield page


@pytest.fixture
def batch(own_notebook):
    """Three pairs, none left out, at the temperature of 0.05."""
    found = find_widget(own_notebook, 1)
    found.get_by_label(FIELD).fill(THREE)
    expect(found.get_by_role("rowheader", name="Why is it wet?")).to_be_visible()
    expect(found.locator(".batch-matrix button")).to_have_count(9)
    found.get_by_label("Temperature").fill("14")
    expect(found.locator(".live-value")).to_have_text("0.05")
    while (out := found.locator(".batch-out")).count():
        left = out.count()
        out.first.click()
        expect(out).to_have_count(left - 1)
    expect(found.locator(".batch-mean")).to_contain_text("a guess: ln 3")
    expect(found.locator(".live-results")).to_have_attribute("aria-busy", "false")
    return found


def numbers(batch, places):
    return [float(text) for text in batch.locator(places).all_text_contents()]


class TestMatrix:
    def test_a_row_sums_to_1_and_costs_what_its_own_positive_costs(self, batch):
        batch.get_by_label("Temperature").fill("40")
        expect(batch.locator(".live-value")).to_have_text("1")
        expect(batch.locator(".live-results")).to_have_attribute("aria-busy", "false")
        shares, losses = numbers(batch, ".batch-share"), numbers(batch, "tbody .batch-loss")
        assert len(shares) == 9
        for row in range(3):
            assert sum(shares[3 * row : 3 * row + 3]) == pytest.approx(1, abs=0.016)
            assert losses[row] == pytest.approx(-math.log(shares[4 * row]), abs=0.03)
        mean, guess = numbers(batch, ".batch-mean .live-share")
        assert mean == pytest.approx(sum(losses) / 3, abs=0.011)
        assert guess == pytest.approx(math.log(3), abs=0.006)

    def test_the_own_positives_have_frames_and_what_is_typed_stays_text(self, batch):
        batch.get_by_label(FIELD).fill(f"Is <b>this</b> bold? | <i>No</i>\n{THREE}")
        expect(batch.get_by_role("rowheader", name="1 Is <b>this</b> bold?")).to_be_visible()
        expect(batch.get_by_role("columnheader", name="1 <i>No</i>")).to_be_visible()
        assert batch.locator("table b, table i, details b, details i").count() == 0
        own = batch.locator(".batch-own")
        expect(own).to_have_count(4)
        for place, button in enumerate(own.all()):
            assert button.get_attribute("data-at") == f"{place} {place}"
            assert button.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"

    def test_the_rows_in_words_open_by_keys(self, own_notebook, batch):
        words = batch.locator("summary", has_text="Row by row, in words")
        words.focus()
        own_notebook.keyboard.press("Enter")
        lines = batch.locator("details li")
        expect(lines).to_have_count(3)
        expect(lines.nth(1)).to_be_visible()
        assert lines.nth(1).text_content().startswith("Row 2: its own positive gets 0.")
        assert "the strongest rival is " in lines.nth(1).text_content()
        own_notebook.keyboard.press("Enter")
        expect(lines.nth(1)).to_be_hidden()


class TestKeys:
    def test_arrows_move_the_temperature_by_a_factor(self, own_notebook, batch):
        slider, value = batch.get_by_label("Temperature"), batch.locator(".live-value")
        before = batch.get_by_role("status").text_content()
        slider.focus()
        for key, expected in [("ArrowRight", "0.056"), ("ArrowLeft", "0.05"), ("Home", "0.01"), ("End", "1")]:
            own_notebook.keyboard.press(key)
            expect(value).to_have_text(expected)
            assert slider.get_attribute("aria-valuetext") == expected
        expect(batch.get_by_role("status")).not_to_have_text(before)

    def test_enter_leaves_out_a_cell_and_lets_it_in_again(self, own_notebook, batch, screenshot):
        cells = own_notebook.locator(".jp-Notebook .jp-CodeCell").count()
        losses = batch.locator("tbody .batch-loss")
        before = losses.all_text_contents()
        batch.locator('[data-at="0 0"]').focus()
        own_notebook.keyboard.press("b")  # in JupyterLab, a bare b would insert a cell
        own_notebook.keyboard.press("ArrowRight")
        own_notebook.keyboard.press("Enter")
        cell = batch.locator('[data-at="0 1"]')
        expect(cell).to_have_attribute("aria-pressed", "true")
        expect(cell).to_be_focused()
        expect(cell.locator("s")).to_have_text("0.00")
        expect(batch.locator(".batch-mean")).to_contain_text("a guess among those left")
        assert float(losses.first.text_content()) <= float(before[0])
        assert losses.all_text_contents()[1:] == before[1:]
        assert "Left out: 2." in batch.locator("details li").first.text_content()
        screenshot(batch, "sentence_bert_batch")
        own_notebook.keyboard.press("Space")
        expect(cell).to_have_attribute("aria-pressed", "false")
        expect(cell).to_be_focused()
        assert losses.all_text_contents() == before
        assert own_notebook.locator(".jp-Notebook .jp-CodeCell").count() == cells

    def test_the_own_positive_cannot_be_left_out(self, own_notebook, batch):
        own = batch.locator('[data-at="1 1"]')
        own.focus()
        own_notebook.keyboard.press("Enter")
        own.click(force=True)  # Playwright would wait until it is no longer disabled
        own_notebook.keyboard.press("ArrowDown")
        own_notebook.keyboard.press("Enter")  # the other one shows when Python has answered
        expect(batch.locator('[data-at="2 1"]')).to_have_attribute("aria-pressed", "true")
        expect(batch.locator(".batch-out")).to_have_count(1)
        assert own.get_attribute("aria-disabled") == "true"

    def test_tab_reaches_one_cell_and_arrows_stop_at_the_edge(self, own_notebook, batch):
        batch.locator('[data-at="2 1"]').focus()
        for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
            own_notebook.keyboard.press(key)
        expect(batch.locator('[data-at="2 2"]')).to_be_focused()
        expect(batch.locator('.batch-matrix button[tabindex="0"]')).to_have_count(1)
        batch.get_by_label(FIELD).fill("\n".join(THREE.splitlines()[:2]))
        expect(batch.locator(".batch-matrix button")).to_have_count(4)
        expect(batch.locator('.batch-matrix button[tabindex="0"]')).to_have_attribute("data-at", "1 1")


class TestLines:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (f"{THREE}\nWhat?", 'Line 4 (What?) needs one "|" with text on both sides of it.'),
            ("Who? | Ann.", "Type 2 to 8 pairs, each on a line of its own, as anchor | positive; not 1 pair."),
            (f"{THREE}\nWho else? | Ann.", 'Line 4 repeats "Ann." of line 2: a batch cannot tell equal texts apart.'),
        ],
    )
    def test_what_is_no_batch_gets_a_line(self, batch, text, line):
        batch.get_by_label(FIELD).fill(text)
        expect(batch.get_by_role("status")).to_have_text(line)
        expect(batch.locator("table:visible")).to_have_count(0)

    def test_eight_long_pairs_stay_inside(self, own_notebook, batch):
        long = "a very long question that goes on and on, as questions do when nobody stops them"
        batch.get_by_label(FIELD).fill("\n".join(f"{n} {long}? | {n} unpronounceable{long}" for n in range(8)))
        expect(batch.locator(".batch-matrix button")).to_have_count(64)
        assert batch.evaluate("node => node.scrollWidth <= node.clientWidth")
        batch.evaluate("node => node.style.width = '400px'")
        assert batch.evaluate("node => node.scrollWidth <= node.clientWidth")
        scroll, label = batch.get_by_role("region", name="Batch"), batch.get_by_role("rowheader").first
        assert scroll.evaluate("node => node.scrollWidth > node.clientWidth")
        left = label.bounding_box()["x"]
        batch.locator('[data-at="0 0"]').focus()
        for _ in range(7):
            own_notebook.keyboard.press("ArrowRight")
        assert scroll.evaluate("node => node.scrollLeft") > 50
        assert abs(label.bounding_box()["x"] - left) <= 5  # the anchors stay in sight
        batch.evaluate("node => node.style.width = ''")
