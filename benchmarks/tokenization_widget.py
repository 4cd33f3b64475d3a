"""Keystroke to painted pieces in JupyterLab: our live tokenizer, and `interact` with a `Text` that re-renders HTML.

    python -m benchmarks.tokenization_widget

Both get their pieces from the same `analyze` in the same kernel; the keys are pressed one by one in a real browser,
and a key is answered when the page shows the pieces of all that was typed so far and the frame is painted.
"""

import html
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from IPython.display import HTML, display
from ipywidgets import Text, interactive
from rich.console import Console
from rich.table import Table
from transformers import PreTrainedTokenizerFast

from bertlab.tokenization.view import analyze
from tests.browser.browser import chromium, watched_page
from tests.browser.jupyterlab import errors, open_notebook, run_all, scroll_to, serve
from tests.browser.widgets import write_notebook

TYPED = "unaffable snowboarders were embroidering"
ROUNDS = 4
GOAL = 100
CODE = [
    """from transformers import AutoTokenizer
from bertlab import checkpoint
from bertlab.tokenization.view import live_tokenizer
from benchmarks.tokenization_widget import interact_tokenizer
tokenizer = AutoTokenizer.from_pretrained(checkpoint())""",
    "live_tokenizer(tokenizer, '')",
    "interact_tokenizer(tokenizer)",
]
OURS, PEER = 1, 2
STOPWATCH = """area => {
    const input = area.querySelector("input[type=text]");
    const letters = () => [...area.querySelectorAll(".live-text, .piece")]
        .map(node => node.textContent).filter(piece => !piece.startsWith("["))
        .map(piece => piece.replace(/^##/, "")).join("");
    let pressed = null;
    window.waits = [];
    window.stopwatch?.disconnect();
    input.addEventListener("input", event => (pressed = event.data === " " ? null : event.timeStamp));
    window.stopwatch = new MutationObserver(() => {
        if (pressed === null || letters() !== input.value.replaceAll(" ", "")) return;
        const since = pressed;
        pressed = null;
        requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - since)));
    });
    window.stopwatch.observe(area, { childList: true, subtree: true, characterData: true });
}"""


def interact_tokenizer(tokenizer: PreTrainedTokenizerFast) -> interactive:
    """The peer: what most notebooks do. A `Text`, and an `Output` that is cleared and filled with HTML at each key."""

    def show(text: str) -> None:
        cells = [
            f"<tr><td class='piece'>{html.escape(row.piece)}</td>"
            f"<td>{row.id}</td><td>{row.token_type_id}</td><td>{row.attention_mask}</td></tr>"
            for row in analyze(text, None, tokenizer)
        ]
        display(HTML(f"<table>{''.join(cells)}</table>"))

    return interactive(show, text=Text(description="Text"))


def measure(page: Any, index: int) -> list[float]:
    """Press the keys of `TYPED` in the widget of a cell; return the milliseconds to the answer of each letter."""
    area = scroll_to(page, index).locator(".jp-OutputArea").first
    field = area.locator("input[type=text]").first
    field.fill("")
    page.wait_for_timeout(1000)
    area.evaluate(STOPWATCH)
    letters = 0
    for key in TYPED:
        field.press("Space" if key == " " else key)
        letters += key != " "  # a space shows no new piece: there is nothing to wait for
        page.wait_for_function(f"waits.length === {letters}")
        page.wait_for_timeout(80)
    return page.evaluate("waits")


def measure_in_turn() -> tuple[list[float], list[float]]:
    """Return the milliseconds of ours and of the peer, measured in turn in one notebook."""
    ours: list[float] = []
    peer: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        root, private = Path(folder, "root"), Path(folder, "private")
        root.mkdir(), private.mkdir()
        with serve(root, private) as lab, chromium() as browser, watched_page(browser) as page:
            write_notebook(lab, "both.ipynb", CODE)
            open_notebook(page, lab, "both.ipynb")
            run_all(page)
            assert not errors(page), errors(page)
            for _ in range(ROUNDS):
                ours += measure(page, OURS)
                peer += measure(page, PEER)
    return ours, peer


def main() -> None:
    """Measure both in turn, several times, and print the medians and 95th percentiles."""
    ours, peer = measure_in_turn()
    table = Table("", "p50", "p95", "keys", title="keystroke to painted pieces, ms")
    p95 = []
    for name, waits in [("live_tokenizer", ours), ("interact + HTML", peer)]:
        p95.append(statistics.quantiles(waits, n=20)[-1])
        table.add_row(name, f"{statistics.median(waits):.0f}", f"{p95[-1]:.0f}", str(len(waits)))
    Console().print(table)
    result = {"name": "tokenization_widget", "unit": "ms", "ours": round(p95[0], 1), "peer": round(p95[1], 1)}
    print(json.dumps({**result, "ratio": round(p95[1] / p95[0], 2), "goal": GOAL}))


if __name__ == "__main__":
    main()
