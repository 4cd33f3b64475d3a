"""Bytes in the notebook and time to first paint: our views of attention, and stock BertViz, on the same attention.

    python -m benchmarks.attention_views

A BERT of 12 layers of 12 heads with random weights, its queries and keys scaled so that attention is about as spread
out as in the embedded checkpoint, and takes as many bytes. Time runs in the browser from the run of a cell to the first
frame with all that it draws, the least of several rounds; the explorer's includes the forward pass, BertViz is given
the attention. BertViz runs with `html_action="return"`; d3 and stand-ins for jQuery and require.js are in its page
before the clock starts. Bytes are what a save adds to the file. The JSON line compares explorer and stock head view,
the faster of BertViz's two, at 64 tokens. The model view, which like the explorer shows all heads at once, is measured
at 32 tokens only: its cost is the number of its lines, and at 128 a browser takes most of a minute.
"""

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bertlab.attention.bertviz_frame import d3
from bertlab.views.live import static
from tests.browser.browser import chromium, watched_page
from tests.browser.jupyterlab import Lab, errors, open_notebook, run_all, save, scroll_to, serve, shut_kernel
from tests.browser.widgets import write_notebook

LENGTHS = (32, 64, 128)
LAYERS = HEADS = 12
ROUNDS = 3
GOAL = 5
SETUP = f"""
import bertviz, torch
from transformers import AutoTokenizer, BertConfig, BertModel
from bertlab import checkpoint
from bertlab.attention.masks import get_attentions
from bertlab.attention.view_heads import live_attention
from bertlab.attention.bertviz import head_view
torch.manual_seed(0)
tokenizer = AutoTokenizer.from_pretrained(checkpoint())
model = BertModel(BertConfig(hidden_size=192, num_hidden_layers={LAYERS}, num_attention_heads={HEADS},
                             vocab_size=len(tokenizer), intermediate_size=192, attn_implementation="eager"))
for name, weights in model.named_parameters():
    if name.endswith(("query.weight", "key.weight")):
        torch.nn.init.normal_(weights, std=0.15)
words = sorted(word for word in tokenizer.vocab if word.isascii() and word.isalpha())[::7]
texts = {{length: " ".join(words[: length - 2]) for length in {LENGTHS}}}
inputs = {{length: tokenizer(text, return_tensors="pt") for length, text in texts.items()}}
tokens = {{length: encoding.tokens() for length, encoding in inputs.items()}}
attention = {{length: list(get_attentions(model, encoding)) for length, encoding in inputs.items()}}
assert all(len(names) == length for length, names in tokens.items())
"""


CLOSE = "import ipywidgets; ipywidgets.Widget.close_all()"


class View(NamedTuple):
    """A cell's code, and in JavaScript how many of `things` are drawn in its output `area` once all of it is there."""

    code: str
    drawn: str
    things: int


def views(length: int) -> dict[str, View]:
    """Return what is compared on a text of the given number of tokens."""
    lines = HEADS * length**2
    stock, given = "area.querySelectorAll('line').length", f"(attention[{length}], tokens[{length}]"
    framed = "area.querySelector('iframe')?.contentDocument.querySelectorAll('line').length"
    named = "area.querySelector('.explorer-readout')?.textContent.includes('gives') ? 1 : 0"
    compared = {
        "explorer": View(f"live_attention(model, tokenizer, texts[{length}])", named, 1),
        "stock head view": View(f"bertviz.head_view{given}, html_action='return')", stock, lines),
        "stock model view": View(f"bertviz.model_view{given}, html_action='return')", stock, LAYERS * lines),
        "our head view": View(f"head_view{given})", framed, lines),
    }
    return {name: view for name, view in compared.items() if length == 32 or name != "stock model view"}


STOPWATCH = """([index, things]) => new Promise((resolve) => {
    panel.content.activeCellIndex = index;
    const area = panel.content.widgets[index].node;
    const begin = performance.now();
    jupyterapp.commands.execute("notebook:run-cell");
    const look = () => {
        if ((DRAWN) >= things) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin)));
        else requestAnimationFrame(look);
    };
    look();
})"""


def time_to_paint(page: Any, index: int, view: View) -> float:
    """Run a cell whose output is empty; return the seconds until all of it is painted."""
    scroll_to(page, index).wait_for()
    return page.evaluate(STOPWATCH.replace("DRAWN", view.drawn), [index, view.things]) / 1000


def clear(page: Any, index: int) -> None:
    """Take away what a cell shows, and in Python the widgets, because all that are left would be saved."""
    page.evaluate("index => (panel.content.widgets[index].model.outputs.clear(), null)", index)
    page.evaluate("code => panel.sessionContext.session.kernel.requestExecute({ code }).done.then(() => null)", CLOSE)


def bytes_added(page: Any, path: Path) -> int:
    """Save the notebook; return by how much that makes its file longer."""
    before = path.stat().st_size
    save(page)
    return path.stat().st_size - before


def prepare(page: Any) -> None:
    """Put d3 and the stand-ins for jQuery and require.js into the page, and answer for the CDN with an empty script."""
    names = "Object.assign(window, { jQuery, require, requirejs });"
    scripts = f"(function () {{ {d3()}\n }}).call(window); {static('attention/bertviz.js')}\n{names}"
    page.evaluate(f"() => {{ {scripts} }}")
    page.route("https://cdnjs.cloudflare.com/**", lambda route: route.fulfill(body="", content_type="text/javascript"))


def measure(page: Any, lab: Lab) -> dict[tuple[int, str], tuple[float, int]]:
    """Return seconds and bytes for each length and view."""
    compared = {(length, name): view for length in LENGTHS for name, view in views(length).items()}
    write_notebook(lab, "views.ipynb", [SETUP])
    open_notebook(page, lab, "views.ipynb")
    run_all(page)
    assert not errors(page), errors(page)
    prepare(page)
    add = "source => panel.content.model.sharedModel.addCell({ cell_type: 'code', source })"
    for view in compared.values():
        page.evaluate(f"source => (({add})(source), null)", view.code)
    save(page)
    found = {}
    for index, (which, view) in enumerate(track(compared.items(), "views"), start=1):
        seconds = []
        for _ in range(ROUNDS):
            clear(page, index)
            seconds.append(time_to_paint(page, index, view))
        found[which] = min(seconds), bytes_added(page, lab.root / "views.ipynb")
        clear(page, index)
        save(page)
    return found


def report(found: dict[tuple[int, str], tuple[float, int]]) -> dict[str, Any]:
    """Print the table, and return what is most telling of it."""
    table = Table(title=f"{LAYERS} x {HEADS} heads")
    for heading in ("tokens", "view", "MB in the notebook", "of stock", "s to paint", "stock takes"):
        table.add_column(heading, justify="left" if heading == "view" else "right")
    for (length, name), (seconds, size) in found.items():
        stock_seconds, stock_size = found[length, "stock head view"]
        shares = f"1/{stock_size / size:.0f}", f"{stock_seconds / seconds:.1f} x"
        table.add_row(str(length), name, f"{size / 1e6:.2f}", shares[0], f"{seconds:.2f}", shares[1])
    Console().print(table)
    (ours, small), (peer, large) = found[64, "explorer"], found[64, "stock head view"]
    result = {"name": "attention_views", "unit": "s", "ours": round(ours, 2), "peer": round(peer, 2)}
    result |= {"ratio": round(peer / ours, 2), "goal": GOAL, "bytes_ratio": round(large / small, 1), "bytes_goal": 50}
    return result | {"frame_bytes_ratio": round(large / found[64, "our head view"][1], 1), "frame_bytes_goal": 20}


def main() -> None:
    """Measure all views at all lengths, and print them."""
    with tempfile.TemporaryDirectory() as folder:
        root, private = Path(folder, "root"), Path(folder, "private")
        root.mkdir(), private.mkdir()
        with serve(root, private) as lab, chromium() as browser, watched_page(browser) as page:
            page.set_default_timeout(600_000)
            found = measure(page, lab)
            shut_kernel(page)
    print(json.dumps(report(found)))


if __name__ == "__main__":
    main()
