"""Fill-in-the-blank, live: what the model expects at each [MASK], as a text table and as a widget."""

from typing import Any

import traitlets
from transformers import BertForMaskedLM, BertForPreTraining, PreTrainedTokenizerFast

from bertlab.masked_language_modeling.masking import NothingToGuess, Prediction, fill_mask
from bertlab.views.live import LiveWidget, static

MOST_DRAWN = 6
"""Columns drawn at most; a text with more blanks is filled, but not all drawn."""


def as_text(columns: list[list[Prediction]]) -> str:
    """Return the guesses as plain text, one block for each [MASK], most likely first.

    Example: `"paris    41.3 %\\nlyon      6.0 %"`
    """
    width = max((len(guess.token) for column in columns for guess in column), default=0)
    lines = [[f"{guess.token.ljust(width)}  {guess.probability:6.1%}" for guess in column] for column in columns]
    return "\n\n".join("\n".join(column) for column in lines)


def summarize(columns: list[list[Prediction]], mask_token: str) -> str:
    """Return the first guess for each [MASK] as a sentence, or what to type where there is none.

    Example: `"Most likely: paris (41.3 %)."`
    """
    if not columns:
        return f"Type {mask_token} where the model should guess a word, or use the button."
    firsts = ", ".join(f"{column[0].token} ({100 * column[0].probability:.1f} %)" for column in columns[:MOST_DRAWN])
    return f"Most likely: {firsts}."


class FillMaskWidget(LiveWidget):
    """The widget behind `live_fill_mask`; the text can also be set from Python, as in `widget.text = "[MASK]!"`."""

    _esm = static("views/live.js", "masked_language_modeling/view_fill_mask.js")
    text = traitlets.Unicode().tag(sync=True, asks=True)

    def __init__(self, model: BertForMaskedLM | BertForPreTraining, tokenizer: PreTrainedTokenizerFast, text: str):
        self._model, self._tokenizer = model, tokenizer
        super().__init__(text=text)

    def compute(self) -> dict[str, Any]:
        """Return the guesses for each [MASK], the first of each as a sentence, and what else there is to say."""
        columns = self._guesses()
        return {
            "columns": columns[:MOST_DRAWN],
            "summary": summarize(columns, self._tokenizer.mask_token),
            "notes": self._notes(len(columns)),
        }

    def _guesses(self) -> list[list[Prediction]]:
        try:
            return fill_mask(self.text, self._model, self._tokenizer)
        except NothingToGuess:  # somebody is still typing
            return []

    def _notes(self, masks: int) -> list[str]:
        length = len(self._tokenizer(self.text, verbose=False).input_ids)
        most = self._model.config.max_position_embeddings
        notes = {
            f"This text is {length:,} pieces long; the model reads {most:,}, so the rest was cut off.": length > most,
            "Each [MASK] is guessed on its own: the model does not know what it puts in the others.": masks > 1,
            f"Only the first {MOST_DRAWN} of {masks} blanks are drawn.": masks > MOST_DRAWN,
        }
        return [note for note, holds in notes.items() if holds]

    def __repr__(self) -> str:
        return f"{self.text}\n{as_text(self._guesses())}"


def live_fill_mask(
    model: BertForMaskedLM | BertForPreTraining,
    tokenizer: PreTrainedTokenizerFast,
    text: str = "She took a [MASK] of coffee.",
) -> FillMaskWidget:
    """Return a widget: type a sentence with [MASK] in it, and the eight likeliest words follow as bars.

    Example: `live_fill_mask(BertForPreTraining.from_pretrained(path), AutoTokenizer.from_pretrained(path))`

    `fill_mask` gives the same guesses as data.
    """
    return FillMaskWidget(model, tokenizer, text)
