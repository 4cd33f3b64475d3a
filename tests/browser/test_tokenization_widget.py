"""The live tokenizer, driven by keys and mouse: typing, a second text, padding, the vocabulary slider."""

from typing import Any

from transformers import AutoTokenizer

from bertlab import checkpoint
from bertlab.tokenization.view import analyze
from tests.browser.browser import sync_api
from tests.browser.widgets import TOKENIZER, text_field

expect = sync_api().expect


def columns(widget: Any) -> list[list[str]]:
    """Return what the chips show, one list each: piece, id, token type, attention mask."""
    return [
        [chip.locator(".live-text").inner_text(), *chip.locator("dd").all_inner_texts()]
        for chip in widget.locator(".live-piece").all()
    ]


def wanted(*args: Any) -> list[list[str]]:
    """Return what the chips should show, from the tokenizer itself."""
    rows = analyze(args[0], args[1], AutoTokenizer.from_pretrained(checkpoint()), *args[2:])
    return [[row.piece, str(row.id), str(row.token_type_id), str(row.attention_mask)] for row in rows]


def test_pieces_follow_the_typing(widget):
    tokenizer = widget(TOKENIZER)
    text_field(tokenizer).fill("")
    text_field(tokenizer).press_sequentially("Unaffable cafés, naïvely ☃")
    expected = wanted("Unaffable cafés, naïvely ☃", None)
    expect(tokenizer.locator(".live-text")).to_have_text([row[0] for row in expected])
    assert columns(tokenizer) == expected
    expect(tokenizer.get_by_role("status")).to_contain_text("4 words")


def test_a_second_text_can_be_switched_on(widget):
    tokenizer = widget(TOKENIZER)
    second = tokenizer.get_by_label("Second text", exact=True)
    expect(second).to_be_hidden()
    text_field(tokenizer).fill("one")
    tokenizer.get_by_label("Add a second text").check()
    second.fill("two")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "one", "[SEP]", "two", "[SEP]"])
    assert columns(tokenizer) == wanted("one", "two")
    tokenizer.get_by_label("Add a second text").uncheck()
    expect(second).to_be_hidden()


def test_padding_shows_attention_mask_zero(widget):
    tokenizer = widget(TOKENIZER)
    text_field(tokenizer).fill("one")
    tokenizer.get_by_label("Pad or cut to a fixed length").check()
    tokenizer.get_by_role("slider", name="Length").fill("5")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "one", "[SEP]", "[PAD]", "[PAD]"])
    assert columns(tokenizer) == wanted("one", None, None, 5)
    text_field(tokenizer).fill("one two three four five")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "one", "two", "three", "[SEP]"])
    expect(tokenizer.get_by_text("2 of 7 pieces did not fit")).to_be_visible()
    tokenizer.get_by_label("Pad or cut to a fixed length").uncheck()


def test_the_slider_splits_with_a_smaller_vocabulary(widget, notebook):
    tokenizer = widget(TOKENIZER)
    text_field(tokenizer).fill("snowboarders")
    expect(tokenizer.locator(".live-text")).to_have_text(["[CLS]", "snow", "##board", "##ers", "[SEP]"])
    slider = tokenizer.get_by_role("slider", name="Vocabulary")
    slider.focus()
    notebook.keyboard.press("Home")
    expect(tokenizer.locator(".live-text")).to_have_count(2 + len("snowboarders"))
    assert columns(tokenizer) == wanted("snowboarders", None, 1999)
    notebook.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "2,400 entries"
    notebook.keyboard.press("End")
    expect(tokenizer.locator(".live-text")).to_have_count(5)
