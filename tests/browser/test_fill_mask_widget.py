"""The live fill-mask, driven by keys: typing, the button, a slow model, an error in Python."""

from tests.browser.browser import sync_api
from tests.browser.widgets import BROKEN_ONE, FILL_MASK, SLOW_ONE, text_field

expect = sync_api().expect


def test_guesses_follow_the_typing(widget):
    fill_mask = widget(FILL_MASK)
    expect(fill_mask.get_by_role("row")).to_have_count(8)
    text_field(fill_mask).fill("The [MASK] sat on the [MASK].")
    expect(fill_mask.get_by_role("table")).to_have_count(2)
    expect(fill_mask.get_by_role("row")).to_have_count(16)
    shares = [float(text.removesuffix(" %")) for text in fill_mask.locator(".live-share").all_inner_texts()]
    assert shares[:8] == sorted(shares[:8], reverse=True)
    assert 0 < sum(shares[:8]) <= 100.5


def test_the_button_inserts_a_mask_at_the_caret(widget, notebook):
    fill_mask = widget(FILL_MASK)
    field = text_field(fill_mask)
    field.fill("I like tea.")
    expect(fill_mask.get_by_role("status")).to_have_text(
        "Type [MASK] where the model should guess a word, or use the button."
    )
    field.press("Home")
    for _ in "I like":
        field.press("ArrowRight")
    notebook.keyboard.press("Tab")
    notebook.keyboard.press("Enter")
    expect(field).to_have_value("I like [MASK] tea.")
    expect(field).to_be_focused()
    expect(fill_mask.get_by_role("row")).to_have_count(8)
    notebook.keyboard.type(" hot")
    expect(field).to_have_value("I like [MASK] hot tea.")


def test_a_text_too_long_is_said_to_be_cut(widget):
    fill_mask = widget(FILL_MASK)
    text_field(fill_mask).fill("[MASK] " + "word " * 600)
    expect(fill_mask.get_by_text("This text is 603 pieces long; the model reads 512")).to_be_visible()


def test_a_slow_model_is_asked_only_for_what_was_typed_last(widget):
    slow = widget(SLOW_ONE)
    text_field(slow).fill("")
    text_field(slow).press_sequentially("twenty-five letters [MASK]", delay=80)
    expect(slow.get_by_role("status")).to_contain_text("last for twenty-five letters [MASK]")
    asked = int(slow.get_by_role("status").inner_text().split()[1])
    assert 2 <= asked < 20


def test_an_error_in_python_shows_and_passes(widget):
    broken = widget(BROKEN_ONE)
    text_field(broken).fill("boom")
    expect(broken.get_by_role("status")).to_have_text("Python reports an error. RuntimeError: <b>boom</b>")
    text_field(broken).fill("[MASK]")
    expect(broken.get_by_role("status")).to_contain_text("Most likely")
