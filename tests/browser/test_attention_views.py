"""The attention explorer in JupyterLab: typed into, pointed at, steered by keys, on a large model, in both themes."""

from collections.abc import Callable
from typing import Any

import pytest
from transformers import AutoTokenizer, BertForPreTraining

from bertlab import checkpoint
from bertlab.attention.view_heads import explore
from tests.browser.attention import EXPLORER, LARGE_EXPLORER, looked_at, readout
from tests.browser.browser import sync_api
from tests.browser.jupyterlab import cells
from tests.browser.widgets import text_field

expect = sync_api().expect
pytest_plugins = ["tests.browser.attention_notebook"]


@pytest.fixture(scope="module")
def notebook(attention_notebook: Any) -> Any:
    """The page that all views of attention are on."""
    return attention_notebook


@pytest.fixture(scope="module")
def read() -> Callable[[str], Any]:
    """Return a function that gives the tokens and maps of a text, straight from the model."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint())
    model = BertForPreTraining.from_pretrained(checkpoint(), attn_implementation="eager")
    return lambda text: explore(text, "", model, tokenizer)


def canvases(widget: Any) -> tuple[Any, Any]:
    """Return the overview and the large map of an explorer that has drawn them."""
    expect(widget.locator(".explorer-readout")).to_contain_text("gives")
    return widget.locator("canvas").nth(0), widget.locator("canvas").nth(1)


def test_pointing_gives_the_models_numbers(widget, read):
    text = "tea is hot ."
    explorer = widget(EXPLORER)
    text_field(explorer).fill(text)
    expect(explorer.get_by_role("status").first).to_contain_text("6 tokens, 6 layers of 12 heads.")
    tokens, maps = read(text)
    overview, large = canvases(explorer)
    overview.click(position={"x": 40 + 36 * 5 + 9, "y": 34 + 47 * 2 + 9})
    seen = set()
    for x, y in [(80, 80), (120, 170), (210, 110), (150, 220)]:
        large.hover(position={"x": x, "y": y})
        layer, head, query, share, key = readout(explorer)
        assert (layer, head) == ("2", "5")
        weight = maps[2, 5, tokens.index(query), tokens.index(key)]
        percent = round(round(255 * weight.item()) / 2.55)  # the page has a byte for each weight
        assert share == (f"{percent} %" if percent else "< 1 %")
        seen.add((query, key))
    assert len(seen) == 4


def test_the_strongest_keys_are_listed(widget, read):
    explorer = widget(EXPLORER)
    text_field(explorer).fill("tea is hot .")
    expect(explorer.get_by_role("row")).to_have_count(6)
    canvases(explorer)
    explorer.get_by_role("slider", name="Layer").fill("1")
    explorer.get_by_role("slider", name="Head").fill("8")
    explorer.get_by_role("slider", name="Query").fill("2")
    expect(explorer.get_by_role("caption")).to_have_text("is (2) looks most at")
    tokens, maps = read("tea is hot .")
    strongest = tokens[maps[1, 8, 2].argmax()]
    expect(explorer.get_by_role("rowheader").first).to_have_text(strongest)
    layer, head, query, _, key = readout(explorer)
    assert (layer, head, query, key) == ("1", "8", "is", strongest)


def test_arrow_keys_move_in_both_maps_and_no_key_reaches_the_notebook(widget, notebook):
    explorer = widget(EXPLORER)
    text_field(explorer).fill("tea is hot .")
    overview, large = canvases(explorer)
    for name in ["Layer", "Head", "Query"]:
        explorer.get_by_role("slider", name=name).fill("0")
    before = len(cells(notebook))
    overview.focus()
    for key in ["ArrowDown", "ArrowRight", "ArrowRight", "b"]:
        notebook.keyboard.press(key)
    assert readout(explorer)[:3] == ("1", "2", "[CLS]")
    large.focus()
    for key in [*["ArrowLeft"] * 6, "ArrowRight", "ArrowDown", "ArrowDown", "a"]:
        notebook.keyboard.press(key)
    layer, head, query, _, key = readout(explorer)
    assert (layer, head, query, key) == ("1", "2", "is", "tea")
    for _ in range(20):
        notebook.keyboard.press("ArrowDown")
    assert readout(explorer)[2] == "[SEP]"
    assert len(cells(notebook)) == before
    notebook.keyboard.press("Escape")
    expect(large).not_to_be_focused()


def test_the_mean_of_a_layer_and_a_second_text(widget):
    explorer = widget(EXPLORER)
    text_field(explorer).fill("tea")
    explorer.get_by_label("Second text").fill("hot")
    expect(explorer.get_by_role("row")).to_have_count(5)
    slider = explorer.get_by_role("slider", name="Head")
    slider.fill("12")
    expect(slider).to_have_attribute("aria-valuetext", "mean")
    assert readout(explorer)[1] == "mean"
    explorer.get_by_label("Second text").fill("")


def test_twelve_layers_of_twelve_heads_on_128_tokens(widget, notebook, screenshot):
    explorer = widget(LARGE_EXPLORER)
    expect(explorer.get_by_text("This text is 162 tokens long; the first 128 are shown.")).to_be_visible()
    _, large = canvases(explorer)
    assert explorer.get_by_role("slider", name="Query").get_attribute("max") == "127"
    large.scroll_into_view_if_needed()
    milliseconds = large.evaluate(
        """canvas => {
            const { left, top } = canvas.getBoundingClientRect();
            return [...Array(20).keys()].map((step) => {
                const begin = performance.now();
                const where = { clientX: left + 200 + 7 * step, clientY: top + 200 + 9 * step };
                canvas.dispatchEvent(new PointerEvent("pointermove", where));
                return performance.now() - begin;
            });
        }"""
    )
    assert min(milliseconds) < 30, "to follow the pointer, when the machine has nothing else to do"
    with looked_at(notebook, "Light", 1280):
        screenshot(widget(LARGE_EXPLORER), "attention-explorer-12x12x128")


def test_every_control_has_a_name_and_is_reached_by_tab(widget, notebook):
    explorer = widget(EXPLORER)
    controls = explorer.locator("input, canvas").all()
    assert len(controls) == 7
    controls[0].focus()
    for control in controls:
        expect(control).to_be_focused()
        assert control.evaluate("node => (node.labels?.[0].textContent ?? node.ariaLabel).trim()")
        notebook.keyboard.press("Tab")


def test_the_labels_on_the_canvas_follow_the_theme(widget, notebook):
    overview, _ = canvases(widget(EXPLORER))
    brightness = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, 20, canvas.height);
        const inked = [...data.keys()].filter((place) => place % 4 === 3 && data[place] > 200);
        return inked.map((alpha) => data[alpha - 1]).reduce((sum, blue) => sum + blue) / inked.length;
    }"""
    assert overview.evaluate(brightness) < 100
    with looked_at(notebook, "Dark", 1280):
        dark, _ = canvases(widget(EXPLORER))
        notebook.wait_for_function(f"canvas => ({brightness})(canvas) > 150", arg=dark.element_handle())


def test_typed_markup_stays_text(widget):
    explorer = widget(EXPLORER)
    text_field(explorer).fill("<img src=x onerror=alert(1)>")
    expect(explorer.get_by_role("rowheader", name="<")).to_have_count(1)
    assert explorer.locator("img").count() == 0


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 520])
def test_nothing_overflows(widget, notebook, screenshot, theme, width):
    with looked_at(notebook, theme, width):
        explorer = widget(EXPLORER)
        text_field(explorer).fill(f"{'unaffable' * 4} snowboarders ☃")
        expect(explorer.get_by_text("18 tokens")).to_be_visible()
        explorer.get_by_role("slider", name="Head").fill("11")
        explorer.evaluate("() => new Promise(requestAnimationFrame)")
        assert explorer.evaluate("node => node.scrollWidth <= node.clientWidth")
        box = explorer.locator(".explorer-scroll").first
        end = 40 + 36 * 12  # the right edge of head 11
        assert box.evaluate("node => node.scrollLeft + node.clientWidth") >= end, "the chosen head is in sight"
        screenshot(explorer, f"attention-explorer-{theme}-{width}")
