"""BertViz (Vig 2019, arXiv:1906.05714) without a network: its head view, model view and neuron view.

Each function takes what BertViz's own takes and returns a view: the last line of a cell shows it, and `print` shows
its text form, for each token the key that gets most of its attention.
"""

import math
from collections.abc import Sequence

import bertviz
import bertviz.neuron_view
import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from bertlab.attention.bertviz_frame import BertVizFrame, frame
from bertlab.attention.masks import Inputs, get_attentions
from bertlab.attention.table import as_text, strongest_looks
from bertlab.models import encoder, evaluating, pick_layers

MOST_LINES = 200_000
"""Lines that a view may draw, one for each layer it shows, head, query and key: with more, a browser takes minutes."""

Attention = Sequence[Tensor] | Tensor
"""One tensor of shape (1, heads, seq, seq) for each layer: `get_attentions(model, inputs)`, or a model's `attentions`.
"""


def head_view(
    attention: Attention,
    tokens: Sequence[str],
    sentence_b_start: int | None = None,
    layer: int = 0,
    heads: Sequence[int] | None = None,
) -> BertVizFrame:
    """Show one layer at a time: lines from each token to those it looks at, a color for each head.

    Example: `head_view(get_attentions(model, inputs), inputs.tokens(), layer=2, heads=[5])`

    Args:
        attention: of a single text or pair.
        tokens: as in `inputs.tokens()`.
        sentence_b_start: where the second text of a pair begins; a menu then filters A → B and so on.
        layer: the layer that is shown first.
        heads: those that are switched on at first; all, if None.

    Raises:
        ValueError: a layer has more lines than `MOST_LINES`, as it has with 12 heads and more than 129 tokens.
    """
    _refuse_too_many_lines("head view", *_sizes(attention))
    rounded, tokens = round_weights(attention), list(tokens)
    on = None if heads is None else list(heads)
    page = bertviz.head_view(rounded, tokens, sentence_b_start, layer=layer, heads=on, html_action="return")
    return frame(_title("head view", rounded, tokens), _table(attention, tokens, layer, heads), page.data)


def model_view(
    attention: Attention,
    tokens: Sequence[str],
    sentence_b_start: int | None = None,
    include_layers: Sequence[int] | None = None,
) -> BertVizFrame:
    """Show all heads of all layers, or of those in `include_layers`, at once; a click enlarges one.

    Example: `model_view(get_attentions(model, inputs), inputs.tokens(), include_layers=[0, 1, 2])`

    ValueError if more than `MOST_LINES` would have to be drawn.
    """
    layers = list(include_layers or range(len(attention)))
    _refuse_too_many_lines("model view", *_sizes(attention), len(layers))
    rounded, tokens = round_weights(attention), list(tokens)
    page = bertviz.model_view(
        rounded, tokens, sentence_b_start, display_mode="light", include_layers=layers, html_action="return"
    )
    return frame(
        _title("model view", [rounded[layer] for layer in layers], tokens),
        _table(attention, tokens, layers[0]),
        page.data,
    )


def neuron_view(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    text: str,
    pair: str | None = None,
    layer: int = 0,
    head: int = 0,
) -> BertVizFrame:
    """Show how one head makes its weights of queries and keys: point at a token, click the ⊕ beside it.

    Example: `neuron_view(model, tokenizer, "Tea is hot.", layer=2, head=5)`

    BertViz reads a copy of BERT of its own here, from 2019; this one feeds it from any BERT of transformers. ValueError
    for a text of more tokens than `head_view` takes.
    """
    inputs = tokenizer(text, pair, return_tensors="pt")
    _refuse_too_many_lines("neuron view", model.config.num_attention_heads, len(inputs.tokens()))
    weights, tokens = get_attentions(model, inputs), inputs.tokens()
    page = bertviz.neuron_view.show(
        _Feed(model), "bert", tokenizer, text, pair, display_mode="light", layer=layer, head=head, html_action="return"
    )
    return frame(_title("neuron view", weights, tokens), _table(weights, tokens, layer, [head]), page.data)


def round_weights(attention: Attention) -> list[Float[Tensor, "1 heads seq seq"]]:
    """Round to three decimals, which no eye can tell from the weights when they are drawn as opacity.

    Example: `round_weights(torch.full((1, 1, 1, 3, 3), 1 / 3))[0][0, 0, 0].tolist()` is `[0.333, 0.333, 0.333]`.

    In float64, because JSON would write a rounded float32 as 0.3330000042915344.

    Raises:
        ValueError: there is no attention: the model did not run with `attn_implementation="eager"`.
    """
    if len(attention) == 0:
        raise ValueError(
            "the model returned no attention: load it with attn_implementation='eager', and ask for the attention by "
            "get_attentions(model, inputs)"
        )
    return [weights.double().round(decimals=3) for weights in attention]


@torch.no_grad()
def queries_and_keys(model: PreTrainedModel, inputs: Inputs) -> list[dict[str, Float[Tensor, "1 heads seq d"]]]:
    """Return the queries and the keys that every layer of a BERT makes of its inputs, split into heads.

    Example: `queries_and_keys(model, inputs)[2]["queries"][0, 5]` has a row for each token, of head 5 in layer 2.
    """
    bert = encoder(model)
    with evaluating(model):
        states = bert(**inputs, output_hidden_states=True).hidden_states  # what goes into each layer, then the output

    def split(projected: Tensor) -> Tensor:
        return projected.unflatten(-1, (model.config.num_attention_heads, -1)).transpose(1, 2)  # (1, heads, seq, d)

    projections = [layer.attention.self for layer in pick_layers(model)]
    return [
        {"queries": split(attention.query(hidden)), "keys": split(attention.key(hidden))}
        for attention, hidden in zip(projections, states[:-1], strict=True)
    ]


class _Feed:
    """What BertViz's neuron view takes for its own model: called with ids, it answers with all that is to be drawn."""

    def __init__(self, model: PreTrainedModel):
        self.model = model

    def eval(self) -> None:
        """Do nothing: dropout is off whenever the model is run here. Example: `_Feed(model).eval()`"""

    def __call__(self, input_ids: Tensor, **token_types: Tensor) -> tuple[list[dict[str, Tensor]]]:
        inputs = {"input_ids": input_ids, **token_types}
        weights = round_weights(get_attentions(self.model, inputs))
        layers = queries_and_keys(self.model, inputs)
        for attention, layer in zip(weights, layers, strict=True):
            layer |= {name: vectors.double().round(decimals=2) for name, vectors in layer.items()}
            layer["attn"] = attention
        return (layers,)


def _sizes(attention: Attention) -> tuple[int, int]:
    """Return the number of heads, and of tokens; nothing of either if there is no attention."""
    return (attention[0].shape[-3], attention[0].shape[-1]) if len(attention) else (0, 0)


def _refuse_too_many_lines(view: str, heads: int, length: int, layers: int = 1) -> None:
    """Count a line for each weight of the layers that are shown at once."""
    lines = layers * heads * length**2
    if lines > MOST_LINES:
        fewer = ", or fewer layers, as in include_layers=[0, 1]" if layers > 1 else ""
        raise ValueError(
            f"the {view} would draw {lines:,} lines for {length} tokens, and more than {MOST_LINES:,} take a browser "
            f"minutes: give it at most {math.isqrt(MOST_LINES // (layers * heads))} tokens{fewer}"
        )


def _title(view: str, weights: Attention, tokens: Sequence[str]) -> str:
    layers = "1 layer" if len(weights) == 1 else f"{len(weights)} layers"
    return f"BertViz {view}: {layers} of {weights[0].shape[1]} heads, {len(tokens)} tokens."


def _table(weights: Attention, tokens: Sequence[str], layer: int, heads: Sequence[int] | None = None) -> str:
    chosen = list(heads) if heads is not None else list(range(weights[0].shape[1]))
    what = f"head {chosen[0]}" if len(chosen) == 1 else f"mean of {len(chosen)} heads"
    return f"Layer {layer}, {what}:\n{as_text(strongest_looks(weights[layer][0, chosen].mean(dim=0), tokens))}"
