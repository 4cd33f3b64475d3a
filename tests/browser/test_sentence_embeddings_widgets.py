"""Notebook 10's own widgets, driven by keys: a matrix of cosines for two sentences, and a map of many."""

from collections.abc import Iterator
from itertools import combinations, pairwise
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
from bertlab.sentence_embeddings.view_map import live_map
from bertlab.sentence_embeddings.view_similarity import live_similarity
from tests.fine_tuning.toys import make_config
torch.manual_seed(1)
tokenizer = AutoTokenizer.from_pretrained(checkpoint())
model = BertModel(make_config(initializer_range=0.1, max_position_embeddings=67))
"""
SIMILARITY = 'live_similarity(model, tokenizer, "A <b>cat</b> sat.", "Kittens rest.")'
SENTENCES = [
    f"{animal} {verb} {place}."
    for animal in ("Cats", "Dogs")
    for verb in ("sit", "play", "wait")
    for place in ("here", "in the garden behind the house")
]
MAP = 'live_map(model, tokenizer, ["A <b>cat</b> sat.", "Kittens rest."])'


@pytest.fixture(scope="module")
def own_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with both widgets, run."""
    with run_notebook(browser, lab, "sentence_embeddings_widgets.ipynb", [LOAD, SIMILARITY, MAP]) as page:
        yield page


@pytest.fixture
def pair(own_notebook):
    """The matrix of a sentence of three pieces and one of two, of the last layer."""
    found = find_widget(own_notebook, 1)
    found.get_by_label("Layer").select_option("last")
    found.get_by_label("Sentence a").fill("A cat sat")
    found.get_by_label("Sentence b").fill("Birds rest")
    expect(found.get_by_role("columnheader")).to_have_text(["[CLS]", "birds", "rest", "[SEP]"])
    rows = found.locator(".similarity-matrix").get_by_role("rowheader")
    expect(rows).to_have_text(["[CLS]", "a", "cat", "sat", "[SEP]"])
    return found


@pytest.fixture
def many(own_notebook):
    """The map of twelve sentences, the first one chosen."""
    found = find_widget(own_notebook, 2)
    found.get_by_label("Sentences, one a line").fill("\n".join(SENTENCES))
    expect(found.get_by_role("radio")).to_have_count(len(SENTENCES))
    found.get_by_role("radio").first.check()
    expect(found.get_by_role("status")).to_contain_text("Nearest to 1 (Cats sit here.)")
    return found


class TestSimilarity:
    def test_a_cell_for_each_pair_and_what_is_typed_stays_text(self, pair):
        pair.get_by_label("Sentence a").fill("A <b>cat</b> sat.")
        pieces = ["[CLS]", "a", "<", "b", ">", "cat", "<", "/", "b", ">", "sat", ".", "[SEP]"]
        rows = pair.locator(".similarity-matrix").get_by_role("rowheader")
        expect(rows).to_have_text(pieces)
        assert pair.locator(".similarity-matrix tbody td").count() == len(pieces) * 4
        assert pair.locator(".similarity-matrix b").count() == 0

    def test_the_best_partner_of_each_piece_has_a_frame_and_is_called_so(self, pair):
        rows = pair.locator(".similarity-matrix tbody tr")
        for place, row in enumerate(rows.all()):
            best = row.locator(".similarity-best")
            assert best.count() == (1 if 0 < place < 4 else 0)
            if best.count():
                assert best.text_content().endswith(" best partner")
                number = best.locator("span").first.text_content()
                assert float(number) == max(map(float, row.locator("td > span:first-child").all_text_contents()[1:3]))
                assert best.locator("span").first.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"

    def test_special_tokens_stand_apart(self, pair):
        boxes = [cell.bounding_box() for cell in pair.locator(".similarity-matrix tbody tr:nth-child(2) td span").all()]
        boxes = [box for box in boxes if box["width"] > 2]  # not what is for screen readers only
        gaps = [right["x"] - left["x"] - left["width"] for left, right in pairwise(boxes)]
        assert len(gaps) == 3
        assert min(gaps[0], gaps[2]) > gaps[1] + 4

    def test_keys_choose_the_layer(self, own_notebook, pair, screenshot):
        cells = own_notebook.locator(".jp-Notebook .jp-CodeCell").count()
        layer, status = pair.get_by_label("Layer"), pair.get_by_role("status")
        before = status.text_content()
        layer.focus()
        own_notebook.keyboard.press("b")  # in JupyterLab, a bare b would insert a cell
        own_notebook.keyboard.press("ArrowDown")
        expect(layer).to_have_value("0")
        expect(status).to_contain_text("[CLS] 1.00")  # before the first layer nothing has been read but itself
        assert status.text_content() != before
        expect(pair.get_by_role("rowheader", name="word overlap")).to_have_count(3)
        assert pair.locator("caption strong").all_text_contents() == ["[CLS]", "mean", "max"]
        assert own_notebook.locator(".jp-Notebook .jp-CodeCell").count() == cells
        screenshot(pair, "sentence_embeddings_similarity")

    def test_no_text_gets_a_hint_and_a_long_one_scrolls(self, own_notebook, pair):
        field, status = pair.get_by_label("Sentence b"), pair.get_by_role("status")
        field.fill(" ")
        expect(status).to_have_text("Type two sentences.")
        expect(pair.locator("table:visible")).to_have_count(0)
        field.fill("rain " * 30)
        expect(pair.get_by_text("b has 30 pieces: the first 24 are drawn")).to_be_visible()
        expect(pair.get_by_role("columnheader")).to_have_count(26)
        assert pair.evaluate("node => node.scrollWidth <= node.clientWidth")
        scroll = pair.get_by_role("region", name="Matrix")
        assert scroll.evaluate("node => node.scrollWidth > node.clientWidth")
        label = pair.locator(".similarity-matrix").get_by_role("rowheader", name="cat")
        before = label.bounding_box()
        scroll.focus()
        for _ in range(6):
            own_notebook.keyboard.press("ArrowRight")
        own_notebook.wait_for_function("document.querySelector('.similarity-scroll').scrollLeft > 50", timeout=10_000)
        assert label.bounding_box() == before  # the pieces of a stay in sight


class TestMap:
    def test_a_point_for_each_sentence_and_what_is_typed_stays_text(self, many):
        many.get_by_label("Sentences, one a line").fill("A <b>cat</b> sat.\nKittens rest.\n\nRain")
        expect(many.locator(".map-point")).to_have_count(3)
        assert set(many.locator(".map-point title").all_text_contents()) == {
            "A <b>cat</b> sat.",
            "Kittens rest.",
            "Rain",
        }
        assert many.locator(".map-list b, .map-nearest b, svg b").count() == 0
        expect(many.get_by_role("radio", name="1 A <b>cat</b> sat.")).to_be_checked()

    def test_keys_choose_a_sentence_and_both_lists_follow(self, own_notebook, many, screenshot):
        cells = own_notebook.locator(".jp-Notebook .jp-CodeCell").count()
        many.get_by_role("radio").first.focus()
        own_notebook.keyboard.press("b")
        own_notebook.keyboard.press("ArrowDown")
        expect(many.get_by_role("radio").nth(1)).to_be_focused()
        status = many.get_by_role("status")
        expect(status).to_contain_text("Nearest to 2 (Cats sit in the…)")
        expect(many.locator(".map-chosen")).to_have_text("Cats sit in the garden behind the house.2")
        expect(many.locator(".map-nearest li")).to_have_count(6)
        expect(many.locator(".map-nearest section").first).to_contain_text("dimensions")
        assert many.locator(".map-near").count() == many.locator("svg line").count() == 3
        assert own_notebook.locator(".jp-Notebook .jp-CodeCell").count() == cells
        screenshot(many, "sentence_embeddings_map")

    def test_where_the_lists_differ_the_summary_and_the_marks_say_so(self, many):
        status, only = many.get_by_role("status"), many.locator(".map-only")
        found = set()
        for number, sentence in enumerate(SENTENCES, 1):
            many.get_by_role("radio").nth(number - 1).check()
            expect(status).to_contain_text(f"Nearest to {number} ({sentence[:4]}")
            differ = "They differ" in status.text_content()
            assert (only.count() > 0) == differ
            found.add(differ)
        assert True in found

    def test_a_click_on_a_point_chooses_too(self, many):
        many.locator(".map-point", has_text="Dogs wait here.").click(force=True)
        expect(many.get_by_role("radio", name="11 Dogs wait here.")).to_be_checked()
        expect(many.get_by_role("status")).to_contain_text("Nearest to 11 (Dogs wait here.)")

    def test_labels_cover_neither_each_other_nor_points(self, many):
        box = "nodes => nodes.map(node => node.getBBox()).map(box => [box.x, box.y, box.width, box.height])"
        labels, circles = (many.locator(f"svg {kind}").evaluate_all(box) for kind in (".map-label", "circle"))
        assert len(labels) >= 4
        assert len(circles) == len(SENTENCES)

        def overlap(one, other, slack=0.5):
            (x, y, wide, high), (left, top, width, height) = one, other
            across = x + slack < left + width and left + slack < x + wide
            return across and y + slack < top + height and top + slack < y + high

        assert not any(overlap(*both) for both in combinations(labels, 2))
        assert not any(overlap(label, circle) for label in labels for circle in circles)
        _, _, width, height = map(int, many.locator(".map-plot svg").get_attribute("viewBox").split())
        for x, y, wide, high in labels:
            assert min(x, y) >= 0
            assert x + wide <= width
            assert y + high <= height

    def test_too_few_get_a_hint_and_too_many_are_cut(self, many):
        field, status = many.get_by_label("Sentences, one a line"), many.get_by_role("status")
        field.fill("Only one.")
        expect(status).to_have_text("Type two sentences or more, each on a line of its own.")
        expect(many.get_by_role("radio").locator("visible=true")).to_have_count(0)
        field.fill("\n".join(f"Rain {number}" for number in range(43)))
        expect(many.get_by_text("There are 43 sentences: the first 40 count.")).to_be_visible()
        expect(many.locator(".map-point")).to_have_count(40)
        assert many.evaluate("node => node.scrollWidth <= node.clientWidth")
