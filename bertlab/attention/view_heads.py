"""The attention explorer: every head of every layer at a glance, one of them large, and it follows the typing.

The weights reach the page as one byte each, compressed, and are drawn on a canvas: twelve layers of twelve heads on 128
tokens are 2.4 million weights, which as text, or as lines to be drawn one by one, would take a browser a minute.
"""

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import traitlets
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from bertlab.attention.masks import get_attentions
from bertlab.attention.reading import attention_entropy
from bertlab.attention.table import as_text, strongest_looks
from bertlab.models import device
from bertlab.views.live import LiveWidget, static

MOST_TOKENS = 128
"""Tokens shown at most; of a longer text only the beginning is."""
PALETTE = bytes(colormaps["viridis"](range(256), bytes=True)[:, :3].tobytes())
"""Red, green and blue of 256 colors, dark to bright, which the color-blind can tell apart too."""


class Exploration(NamedTuple):
    """What is looked at: the tokens, and a map for each layer and head, the last of a layer being the mean of it.

    Example: `tokens, maps = explore("Tea!", "", model, tokenizer)`
    """

    tokens: list[str]
    maps: Float[Tensor, "layers heads_and_mean seq seq"]


def explore(text: str, pair: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> Exploration:
    """Return the attention of a model on a text, or on a pair if `pair` is not empty, with the mean of each layer.

    Example: with 6 layers of 12 heads, `explore("Tea!", "", model, tokenizer).maps.shape` is `(6, 13, 4, 4)`.

    ValueError if the model does not run with `attn_implementation="eager"`.
    """
    inputs = tokenizer(text, pair or None, truncation=True, max_length=most_tokens(model), return_tensors="pt")
    attention = get_attentions(model, inputs.to(device(model)))[:, 0].float().cpu()  # (layers, heads, seq, seq)
    return Exploration(inputs.tokens(), torch.cat([attention, attention.mean(dim=1, keepdim=True)], dim=1))


def most_tokens(model: PreTrainedModel) -> int:
    """Return how many tokens of a text are shown: `MOST_TOKENS`, or fewer if the model has positions for fewer.

    Example: `most_tokens(model)` is `128` for a BERT of 512 positions.
    """
    return min(MOST_TOKENS, model.config.max_position_embeddings)


def quantize(weights: Float[Tensor, "*shape"]) -> UInt8[Tensor, "*shape"]:
    """Write each weight as one byte: 255 times the weight, rounded.

    Example: `quantize(torch.tensor([0.0, 0.001, 0.25, 1.0])).tolist()` is `[0, 0, 64, 255]`.

    Read back, a weight is off by at most 0.002: enough for colors, and for numbers in whole percent.
    """
    return (255 * weights).round().to(torch.uint8)


def summarize(tokens: Sequence[str], entropies: Float[Tensor, "layers heads"]) -> str:
    """Say what there is to see, and name the heads whose attention is least and most spread out.

    Example: `"4 tokens, 6 layers of 12 heads. Least spread out: layer 0, head 2 (0.05 nats); most: layer 1, head 0
    (1.38 nats)."`
    """
    layers, heads = entropies.shape

    def name(place: Tensor) -> str:
        layer, head = divmod(int(place), heads)
        return f"layer {layer}, head {head} ({entropies[layer, head]:.2f} nats)"

    return (
        f"{len(tokens)} tokens, {layers} layers of {heads} heads. "
        f"Least spread out: {name(entropies.argmin())}; most: {name(entropies.argmax())}."
    )


class AttentionWidget(LiveWidget):
    """The widget behind `live_attention`; what it shows can also be set from Python.

    Example: `widget = live_attention(model, tokenizer)`, and then `widget.layer = 2`
    """

    _esm = static("views/live.js", "views/chooser.js", "attention/attention_canvas.js", "attention/view_heads.js")
    _css = static("views/live.css", "attention/view_heads.css")
    text = traitlets.Unicode().tag(sync=True, asks=True)
    pair = traitlets.Unicode().tag(sync=True, asks=True)
    layer = traitlets.Int(0, min=0).tag(sync=True)
    head = traitlets.Int(0, min=0).tag(sync=True)
    query = traitlets.Int(1, min=0).tag(sync=True)
    palette = traitlets.Bytes(PALETTE).tag(sync=True)

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, **traits: Any):
        self._model, self._tokenizer = model, tokenizer
        super().__init__(**traits)

    def compute(self) -> dict[str, Any]:
        """Return the maps as bytes, the mean entropy of each, and what there is to say.

        Example: `widget.compute()["tokens"]`
        """
        tokens, maps = explore(self.text, self.pair, self._model, self._tokenizer)
        entropies = attention_entropy(maps).mean(dim=-1)  # (layers, heads and mean)
        return {
            "tokens": tokens,
            "shape": list(maps.shape[:2]),
            "maps": zlib.compress(quantize(maps).numpy().tobytes()),
            "entropies": [[round(entropy, 3) for entropy in layer] for layer in entropies.tolist()],
            "summary": summarize(tokens, entropies[:, :-1]),
            "notes": self._notes(),
        }

    def _notes(self) -> list[str]:
        length = len(self._tokenizer(self.text, self.pair or None, verbose=False).input_ids)
        room = most_tokens(self._model)
        return [f"This text is {length:,} tokens long; the first {room} are shown."] if length > room else []

    def __repr__(self) -> str:
        tokens, maps = explore(self.text, self.pair, self._model, self._tokenizer)
        layer, head = min(self.layer, len(maps) - 1), min(self.head, maps.shape[1] - 1)
        name = f"head {head}" if head < maps.shape[1] - 1 else "mean of all heads"
        looks = as_text(strongest_looks(maps[layer, head], tokens))
        return f"{self.answer.get('summary', '')}\nLayer {layer}, {name}:\n{looks}"


def live_attention(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    text: str = "The cat sat on the mat because it was tired.",
    pair: str | None = None,
    layer: int = 0,
    head: int = 0,
) -> AttentionWidget:
    """Return a widget: type a text, choose a head among all that are shown small, and read its weights off.

    Example: `live_attention(BertForPreTraining.from_pretrained(path, attn_implementation="eager"), tokenizer)`

    `explore` gives the same weights as data.
    """
    return AttentionWidget(model, tokenizer, text=text, pair=pair or "", layer=layer, head=head)
