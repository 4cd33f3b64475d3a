"""Notebook 06's own widgets, driven by keys: samplers in the tiny world, and in English."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browser import sync_api
from tests.browser.jupyterlab import Lab, cells
from tests.browser.widgets import find_widget, run_notebook

expect = sync_api().expect

TINY = """
from bertlab.why_bert_cannot_generate.predictors import fill_in, ideal
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import World
from bertlab.why_bert_cannot_generate.view import live_english_samplers, live_samplers
world = World.default()
live_samplers(world, {"ideal": ideal(world.sentences), "fresh": fill_in(small_bert(world.sentences).eval())})
"""
ENGLISH = """
from transformers import AutoTokenizer
from bertlab import checkpoint
from bertlab.inside_the_encoder.model import BertForPreTraining
tokenizer = AutoTokenizer.from_pretrained(checkpoint())
model = BertForPreTraining.from_pretrained(checkpoint())
live_english_samplers(model, tokenizer, "The old man [MASK] [MASK] [MASK] <b>.")
"""


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with both widgets, run."""
    with run_notebook(browser, lab, "sampler_widgets.ipynb", [TINY, ENGLISH]) as page:
        yield page


def gaps(widget: Any) -> Any:
    return widget.locator(".live-token-gap")


def test_a_sentence_is_written_by_the_arrow_keys(own_notebook, screenshot):
    tiny = find_widget(own_notebook, 0)
    expect(tiny.get_by_role("status")).to_contain_text("Pass 0 of")
    words = gaps(tiny).count()
    assert words >= 4
    slider = tiny.get_by_role("slider")
    slider.focus()
    for done in range(1, words + 1):
        slider.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", f"pass {done} of {words}")
        expect(gaps(tiny)).to_have_count(words - done)
        expect(tiny.locator(".live-token-new")).to_have_count(1)
        if done == 2:
            expect(tiny.get_by_role("status")).to_contain_text("This can still become a sentence.")
            screenshot(tiny, "sampler_half_way")
    expect(tiny.get_by_role("status")).to_contain_text("The grammar allows it: log P = -")
    slider.press("ArrowLeft")
    expect(gaps(tiny)).to_have_count(1)


def test_buttons_and_the_list_of_samplers_work_by_key_and_insert_no_cell(own_notebook, screenshot):
    tiny = find_widget(own_notebook, 0)
    before = len(cells(own_notebook))
    choice = tiny.get_by_label("Sampler")
    choice.select_option("fresh, mask-predict")
    expect(tiny.get_by_role("status")).to_contain_text("Pass 0 of 4")
    end = tiny.get_by_role("button", name="To the end")
    end.focus()
    end.press("Enter")
    expect(tiny.get_by_role("status")).to_contain_text("No sentence of the tiny world looks like this.")
    expect(gaps(tiny)).to_have_count(0)
    end.press("b")
    assert len(cells(own_notebook)) == before
    back = tiny.get_by_role("button", name="Back")
    back.press("Enter")
    expect(tiny.get_by_role("status")).to_contain_text("Pass 3 of 4")
    tiny.get_by_role("button", name="Forward").press("Enter")
    expect(tiny.get_by_role("status")).to_contain_text("Pass 4 of 4")
    screenshot(tiny, "sampler_mask_predict")
    tiny.get_by_role("button", name="Another sentence").press("Enter")
    expect(tiny.get_by_role("status")).to_contain_text("Pass 0 of")
    expect(tiny.locator(".live-token-new")).to_have_count(0)


def test_the_end_can_be_asked_for_before_it_is_known_where_it_is(own_notebook):
    tiny = find_widget(own_notebook, 0)
    end = tiny.get_by_role("button", name="To the end")
    for sampler in ("ideal, Gibbs sampling", "ideal, mask-predict"):
        tiny.get_by_label("Sampler").select_option(sampler)
        end.press("Enter")  # at once: the passes that are known are those of the sampler before
        expect(gaps(tiny)).to_have_count(0)
        status = tiny.get_by_role("status")
        expect(status).to_have_text(re.compile(r"^Pass (\d+) of \1\."))
        expect(tiny.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile(r"^pass (\d+) of \1$"))
    own_notebook.wait_for_timeout(2000)  # "to the end" may still be waiting for the last answer
    tiny.get_by_role("button", name="Back").press("Enter")
    expect(tiny.get_by_role("status")).to_contain_text("Pass 3 of 4")


def test_english_is_shown_as_text_and_without_a_verdict(own_notebook, screenshot):
    english = find_widget(own_notebook, 1)
    expect(english.get_by_role("status")).to_have_text("Pass 0 of 3.")
    expect(english.get_by_label("Sampler").locator("option")).to_have_count(4)
    english.get_by_role("button", name="To the end").press("Enter")
    expect(english.get_by_role("status")).to_have_text("Pass 3 of 3.")
    expect(gaps(english)).to_have_count(0)
    expect(english.locator(".live-sentence")).to_contain_text("<b")
    assert english.locator(".live-sentence b").count() == 0
    screenshot(english, "sampler_english")
