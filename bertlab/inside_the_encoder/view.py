"""The map of notebook 02: BERT from bottom to top, and one of its layers opened, with the shape that each part returns.

The shapes are computed from a configuration, so the map is right for any BERT; `stages` is its text form.
"""

from itertools import pairwise
from typing import Any, NamedTuple

from IPython.display import HTML
from matplotlib.patches import FancyBboxPatch
from transformers import BertConfig

from bertlab.views.figures import show, subplots

FACES = {"data": "white", "attention": "#cfe3f5", "feed-forward": "#fbe3c0", "other": "#ececec"}
"""Box colors; the words in the boxes say the same."""

LAYER = {  # what is inside a layer, from below, and the kind of each box
    "hidden states": "data",
    "self-attention": "attention",
    "dense": "attention",
    "add & LayerNorm": "attention",
    "dense, up": "feed-forward",
    "GELU": "feed-forward",
    "dense, down": "feed-forward",
    "add & LayerNorm ": "feed-forward",
    "hidden states ": "data",
}
RESIDUALS = ((0, 3), (3, 7))
"""Which box of a layer is added to what arrives at which other, counted from below."""

Point = tuple[int | float, int | float]


class Stage(NamedTuple):
    """A part of BERT, the shape that it returns, and its name in Hugging Face's model.

    Example: `Stage("pooler", (2, 768), "bert.pooler")`
    """

    part: str
    shape: tuple[int, ...]
    module: str


def stages(config: BertConfig, batch: int, seq: int) -> list[Stage]:
    """List what happens to `batch` texts of `seq` tokens, and the shape after each step.

    Example: `stages(BertConfig(), 1, 8)[0]` is `Stage("embeddings", (1, 8, 768), "bert.embeddings")`.
    """
    hidden, inner = (batch, seq, config.hidden_size), (batch, seq, config.intermediate_size)
    first = "bert.encoder.layer.0"
    return [
        Stage("embeddings", hidden, "bert.embeddings"),
        Stage("query, key, value", hidden, f"{first}.attention.self.query"),
        Stage("self-attention", hidden, f"{first}.attention.self"),
        Stage("add & LayerNorm", hidden, f"{first}.attention.output"),
        Stage("dense, up, and GELU", inner, f"{first}.intermediate"),
        Stage("dense, down, add & LayerNorm", hidden, f"{first}.output"),
        Stage("pooler", (batch, config.hidden_size), "bert.pooler"),
        Stage("MLM head", (batch, seq, config.vocab_size), "cls.predictions"),
        Stage("NSP head", (batch, 2), "cls.seq_relationship"),
    ]


def encoder_map(config: BertConfig, batch: int, seq: int) -> HTML:
    """Draw the whole on the left, and on the right what is inside a layer. Example: `encoder_map(config, 1, 8)`."""
    figure, (whole, layer) = subplots(1, 2, width=9, height=5.6)
    draw_whole(whole, config, batch, seq)
    draw_layer(layer, config, batch, seq)
    for axes in (whole, layer):
        axes.set(xlim=(-0.2, 5.1), ylim=(-0.4, 8.9))
        axes.axis("off")
    sizes = "; ".join(f"{part} {shape}" for part, shape, _ in stages(config, batch, seq))
    return show(figure, f"{ALT.format(layers=config.num_hidden_layers)} Shapes: {sizes}.")


ALT = (
    "Left, from below: input ids go into the embeddings, then through {layers} equal layers, to hidden states. From all"
    " of these the MLM head makes scores over the vocabulary; from the one at [CLS] alone pooler and NSP head make two"
    " scores. Right, one layer: self-attention and a dense layer, added to what came in and normalized; then a dense"
    " layer up, GELU and a dense layer down, again added and normalized."
)


def draw_whole(axes: Any, config: BertConfig, batch: int, seq: int) -> None:
    """Draw BERT from its input to both heads. Example: `draw_whole(axes, BertConfig(), batch=1, seq=8)`."""
    width = config.hidden_size
    axes.set_title("BERT", loc="left")
    draw_box(axes, 2, 0, f"input_ids  ({batch}, {seq})", "data")
    draw_box(axes, 2, 1.5, "embeddings", "other")
    for lift, text in ((0.24, ""), (0.12, ""), (0, f"{config.num_hidden_layers} × layer")):
        draw_box(axes, 2 + lift, 3.3 + lift, text, "attention")
    draw_box(axes, 2, 5.1, f"hidden states  ({batch}, {seq}, {width})", "data")
    draw_box(axes, 0.85, 6.8, "MLM head", "other", width=1.9)
    draw_box(axes, 3.4, 6.8, "pooler, NSP head", "other", width=2.3)
    draw_box(axes, 0.85, 8.3, f"({batch}, {seq}, {config.vocab_size:,})", "data", width=1.9)
    draw_box(axes, 3.4, 8.3, f"({batch}, 2)", "data", width=2.3)
    for low, high in ((0.3, 1.2), (1.8, 3.0), (3.85, 4.8)):
        draw_arrow(axes, (2, low), (2, high))
    draw_arrow(axes, (1.2, 5.4), (0.85, 6.5))
    draw_arrow(axes, (2.8, 5.4), (3.4, 6.5))
    axes.text(0.9, 5.95, "every token", ha="right", va="center", fontsize=8.5)
    axes.text(3.3, 5.95, "[CLS] alone", ha="left", va="center", fontsize=8.5)
    draw_arrow(axes, (0.85, 7.1), (0.85, 8.0))
    draw_arrow(axes, (3.4, 7.1), (3.4, 8.0))


def draw_layer(axes: Any, config: BertConfig, batch: int, seq: int) -> None:
    """Draw the inside of a layer, with a residual around each half.

    Example: `draw_layer(axes, BertConfig(), batch=1, seq=8)`
    """
    axes.set_title("One layer", loc="left")
    heads, size = config.num_attention_heads, config.hidden_size // config.num_attention_heads
    notes = {
        "self-attention": f", {heads} heads of {size}",
        "hidden states": f"  ({batch}, {seq}, {config.hidden_size})",
    }
    notes["dense, up"] = f"  ({batch}, {seq}, {config.intermediate_size:,})"
    heights = [1.03 * number for number in range(len(LAYER))]
    for height, (part, kind) in zip(heights, LAYER.items(), strict=True):
        draw_box(axes, 2.2, height, part.strip() + notes.get(part, ""), kind)
    for low, high in pairwise(heights):
        draw_arrow(axes, (2.2, low + 0.3), (2.2, high - 0.3))
    for start, end in RESIDUALS:
        low, high = heights[start] + 0.5, heights[end]  # it leaves above the box, where nothing was done yet
        axes.plot([2.2, 4.5, 4.5], [low, low, high], color="black", linewidth=1.2, marker="")
        draw_arrow(axes, (4.5, high), (3.95, high))
        axes.text(4.6, (low + high) / 2, "residual", rotation=90, ha="left", va="center", fontsize=8)


def draw_box(axes: Any, x: int | float, y: int | float, text: str, kind: str, width: int | float = 3.4) -> None:
    """Write a text into a box around a point. Example: `draw_box(axes, 2, 1.5, "embeddings", "other")`."""
    corner, style = (x - width / 2, y - 0.3), "round,pad=0,rounding_size=0.1"
    axes.add_patch(FancyBboxPatch(corner, width, 0.6, style, facecolor=FACES[kind], edgecolor="#444444"))
    axes.text(x, y, text, ha="center", va="center", fontsize=8.5)


def draw_arrow(axes: Any, start: Point, end: Point) -> None:
    """Draw an arrow from one point to another. Example: `draw_arrow(axes, (2, 0.3), (2, 1.2))`."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "linewidth": 1.2})
