"""One notebook with every view of attention, for all browser tests of them, and what these tests have in common."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.browser.jupyterlab import change_theme

LOAD = """
import torch
from transformers import AutoTokenizer, BertConfig, BertForPreTraining
from transformers.utils import logging
from bertlab import checkpoint
from bertlab.attention.masks import get_attentions
from bertlab.attention.view_heads import live_attention
from bertlab.attention.view_masks import live_attention_masks
from bertlab.attention.bertviz import head_view, model_view, neuron_view
logging.disable_progress_bar()
tokenizer = AutoTokenizer.from_pretrained(checkpoint())
model = BertForPreTraining.from_pretrained(checkpoint(), attn_implementation="eager")
texts = "Tea </script> is hot.", "So it is."
inputs = tokenizer(*texts, return_tensors="pt")
attention, tokens = get_attentions(model, inputs), inputs.tokens()
start = inputs["token_type_ids"][0].tolist().index(1)
"""
LARGE = """
sizes = {"hidden_size": 48, "num_hidden_layers": 12, "num_attention_heads": 12, "initializer_range": 0.7}
config = BertConfig(**sizes, attn_implementation="eager")
live_attention(BertForPreTraining(config), tokenizer, "tea is hot and " * 40)
"""
MASKS, EXPLORER, LARGE_EXPLORER, HEADS, MODEL, NEURONS = range(1, 7)
CODE = [
    LOAD,
    "live_attention_masks(tokenizer)",
    "live_attention(model, tokenizer)",
    LARGE,
    "head_view(attention, tokens, start, layer=1)",
    "model_view(attention, tokens, start)",
    "neuron_view(model, tokenizer, *texts)",
]


@contextmanager
def looked_at(page: Any, theme: str, width: int) -> Iterator[None]:
    """Show the notebook in a theme ("Light" or "Dark") and a window of a width in pixels until the block ends."""
    change_theme(page, f"JupyterLab {theme}")
    page.set_viewport_size({"width": width, "height": 1800})
    if width < 1000:
        page.evaluate("jupyterapp.shell.collapseLeft()")
    yield
    page.evaluate("jupyterapp.shell.expandLeft()")
    page.set_viewport_size({"width": 1280, "height": 900})
    change_theme(page, "JupyterLab Light")


def readout(widget: Any) -> tuple[str, str, str, str, str]:
    """Return what the explorer says is pointed at: layer, head, query, share and key."""
    text = widget.locator(".explorer-readout").inner_text()
    said = re.match(r"Layer (\d+), head (\S+): (\S+) gives (.+ %) of its attention to (\S+)\. The head's mean", text)
    assert said, text
    return said.groups()
