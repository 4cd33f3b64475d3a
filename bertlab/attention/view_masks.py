"""The masks, live: which positions a position may use in an encoder, in a decoder and beside padding."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import traitlets
from jaxtyping import Bool
from torch import Tensor, tensor
from transformers import PreTrainedTokenizerFast

from bertlab.attention.masks import causal_mask, full_mask, padding_mask
from bertlab.views.live import LiveWidget, static

MOST_DRAWN = 24
"""Tokens drawn at most; of a longer text only the beginning is."""
PADS = 3
"""[PAD] tokens that the padding mask is shown with."""
CONTRACTS = {
    "full": "The encoder's contract (BERT): every position may use every position. Change any token, and every output "
    "may change.",
    "causal": "The decoder's contract (GPT): a position may use itself and what comes before it. Change a token, and "
    "no output before it changes.",
    "padding": "The contract of padding, in both: no position may use it. Change what stands there, and no other "
    "output changes. (Its own does, by the residual connection, and is thrown away.)",
    "causal+padding": "Both contracts at once, as in a decoder's batch. Padding on the right is hidden from every real "
    "position by the causal mask alone: what the padding mask adds shows in the rows of the padding.",
}
"""Each kind of mask, and what may be relied on under it."""


class MaskPicture(NamedTuple):
    """The tokens of a text, and for each of them (a row) which others (the columns) it may use.

    Example: `tokens, mask = picture("Tea!", "causal", tokenizer)`
    """

    tokens: list[str]
    mask: Bool[Tensor, "seq seq"]


def picture(text: str, kind: str, tokenizer: PreTrainedTokenizerFast) -> MaskPicture:
    """Return the tokens of a text and one of the masks for them, by its name in `CONTRACTS`.

    Example: `picture("Tea!", "causal", tokenizer).tokens` gives `["[CLS]", "tea", "!", "[SEP]"]`; its mask is a lower
    left triangle.

    With padding, three [PAD] follow the text, as in a batch whose longest text is longer. ValueError for another name.
    """
    if kind not in CONTRACTS:
        raise ValueError(f"there is no mask {kind!r}: choose one of {', '.join(CONTRACTS)}")
    pads = pads_of(kind)
    tokens = tokenizer(text, truncation=True, max_length=MOST_DRAWN - pads).tokens()
    attention_mask = tensor([1] * len(tokens) + [0] * pads)
    tokens += [tokenizer.pad_token] * pads
    allowed = causal_mask(len(tokens)) if "causal" in kind else full_mask(len(tokens))
    return MaskPicture(tokens, allowed & padding_mask(attention_mask))


def pads_of(kind: str) -> int:
    """Return how many [PAD] a kind of mask is shown with.

    Example: `pads_of("causal")` is `0`, `pads_of("causal+padding")` is `3`.
    """
    return PADS if "padding" in kind else 0


def summarize(tokens: Sequence[str], mask: Bool[Tensor, "seq seq"], position: int) -> str:
    """Say what a position may use (its row) and what may use it (its column).

    Example: `summarize(["[CLS]", "tea"], causal_mask(2), 0)` is
    `"[CLS], position 0, may use 1 of 2: [CLS]. It may be used by 2 of 2: [CLS] tea."`.
    """

    def chosen(row: Tensor) -> str:
        names = [token for token, may in zip(tokens, row.tolist(), strict=True) if may]
        return f"{len(names)} of {len(tokens)}: {' '.join(names)}." if names else "none."

    uses, used_by = chosen(mask[position]), chosen(mask[:, position])
    return f"{tokens[position]}, position {position}, may use {uses} It may be used by {used_by}"


def as_text(tokens: Sequence[str], mask: Bool[Tensor, "seq seq"]) -> str:
    """Draw the mask in plain text, a row for each query: ● where it may use a key, · where not.

    Example: the rows of `as_text(["a", "b"], causal_mask(2))` are "0 a  ● ·" and "1 b  ● ●".
    """
    width, digits = max(map(len, tokens)), len(str(len(tokens) - 1))
    lines = []
    for place, (token, row) in enumerate(zip(tokens, mask.tolist(), strict=True)):
        dots = " ".join("●" if may else "·" for may in row)
        lines.append(f"{place:>{digits}} {token.ljust(width)}  {dots}")
    return "\n".join(lines)


class MaskWidget(LiveWidget):
    """The widget behind `live_attention_masks`; what it shows can also be set from Python.

    Example: `widget = live_attention_masks(tokenizer)`, and then `widget.kind = "causal"`
    """

    _esm = static("views/live.js", "views/chooser.js", "attention/view_masks.js")
    _css = static("views/live.css", "attention/view_masks.css")
    text = traitlets.Unicode().tag(sync=True, asks=True)
    kind = traitlets.Enum(list(CONTRACTS), "full").tag(sync=True, asks=True)
    position = traitlets.Int(3, min=0).tag(sync=True, asks=True)

    def __init__(self, tokenizer: PreTrainedTokenizerFast, **traits: Any):
        self._tokenizer = tokenizer
        super().__init__(**traits)

    def compute(self) -> dict[str, Any]:
        """Return the mask to draw, the chosen position, and what there is to say about both.

        Example: `widget.compute()["mask"][0][1]` says whether token 0 may use token 1.
        """
        tokens, mask = picture(self.text, self.kind, self._tokenizer)
        position = min(self.position, len(tokens) - 1)
        return {
            "tokens": tokens,
            "mask": mask.tolist(),
            "position": position,
            "summary": summarize(tokens, mask, position),
            "contract": CONTRACTS[self.kind],
            "notes": self._notes(),
        }

    def _notes(self) -> list[str]:
        length = len(self._tokenizer(self.text, verbose=False).input_ids)
        room = MOST_DRAWN - pads_of(self.kind)
        return [f"This text is {length:,} tokens long; the first {room} are drawn."] if length > room else []

    def __repr__(self) -> str:
        tokens, mask = picture(self.text, self.kind, self._tokenizer)
        return f"{CONTRACTS[self.kind]}\n{as_text(tokens, mask)}\n{self.answer.get('summary', '')}"


def live_attention_masks(
    tokenizer: PreTrainedTokenizerFast, text: str = "The cat sat on the mat.", kind: str = "full"
) -> MaskWidget:
    """Return a widget: type a text, switch from mask to mask, and see what each position may use.

    Example: `live_attention_masks(AutoTokenizer.from_pretrained(checkpoint()))`

    `picture` gives the same masks as data.
    """
    return MaskWidget(tokenizer, text=text, kind=kind)
