"""A model of the tiny world beside the truth: type a sentence with [MASK], and compare what it says with what is so."""

from typing import Any, NamedTuple

import torch
import traitlets
from torch import Tensor, nn

from bertlab.models import mlm_logits
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import MASK, World, posterior
from bertlab.views.live import LiveWidget, static

SHOWN = 8
"""Words drawn for each [MASK]: those that are likeliest by the truth or by the model."""


class Comparison(NamedTuple):
    """One [MASK]: words with their true probability and the model's, and KL(truth ‖ model) in nats."""

    rows: list[tuple[str, float, float]]
    divergence: float


@torch.inference_mode()
def compare(text: str, model: nn.Module, world: World) -> list[Comparison]:
    """Return, for each [MASK], the true distribution beside the model's.

    Example: `compare("people in [MASK] speak spanish .", model, world)[0].divergence`

    A [MASK] is read as a word that is hidden for certain, and every other word as itself. ValueError for words that are
    not in this world, and for a sentence that its grammar does not allow.
    """
    input_ids = world.encode([text])
    blanks = input_ids == MASK
    if not blanks.any():
        return []
    truth = posterior(world.sentences, input_ids, blanks)
    guess = mlm_logits(model, model_inputs(input_ids), blanks).double().log_softmax(1)  # (blanks, vocab)
    return [compare_rows(*pair, world) for pair in zip(truth, guess, strict=True)]


def compare_rows(truth: Tensor, log_guess: Tensor, world: World) -> Comparison:
    """Put two distributions over the vocabulary side by side, likeliest words first.

    Example: `compare_rows(truth, guess.log_softmax(0), world).divergence`
    """
    divergence = (torch.xlogy(truth, truth) - truth * log_guess).sum().item()
    guess = log_guess.exp()
    chosen = torch.maximum(truth, guess).topk(SHOWN).indices.tolist()
    rows = [(world.words[word], truth[word].item(), guess[word].item()) for word in chosen]
    return Comparison(rows, divergence)


def as_text(comparisons: list[Comparison]) -> str:
    """Draw the comparisons in plain text, a block for each [MASK].

    Example: `"spain   truth 50.0 %   model 48.1 %"`
    """
    blocks = []
    for rows, divergence in comparisons:
        width = max(len(word) for word, _, _ in rows)
        lines = [f"{word.ljust(width)}  truth {truth:6.1%}  model {guess:6.1%}" for word, truth, guess in rows]
        blocks.append("\n".join([*lines, f"KL(truth || model) = {divergence:.3f} nats"]))
    return "\n\n".join(blocks)


class BesideTruthWidget(LiveWidget):
    """The widget behind `live_beside_truth`; the text can also be set from Python."""

    _esm = static("views/live.js", "masked_language_modeling/view_beside_truth.js")
    text = traitlets.Unicode().tag(sync=True, asks=True)

    def __init__(self, model: nn.Module, world: World, text: str):
        self._model, self._world = model, world
        super().__init__(text=text)

    def compute(self) -> dict[str, Any]:
        """Return the comparison for each [MASK], or what to type instead."""
        try:
            columns = compare(self.text, self._model, self._world)
        except ValueError as error:  # a word or a sentence that this world does not have: part of playing with it
            return {"columns": [], "summary": f"Try another sentence: {error}."}
        if not columns:
            return {"columns": [], "summary": "Type [MASK] where a word should be hidden, or use the button."}
        far = ", ".join(f"{column.divergence:.3f}" for column in columns)
        return {"columns": columns, "summary": f"Distance from the truth, KL(truth ‖ model): {far} nats."}

    def __repr__(self) -> str:
        answer = self.compute()
        return f"{self.text}\n{as_text(answer['columns']) or answer['summary']}"


def live_beside_truth(
    model: nn.Module, world: World, text: str = "people in [MASK] speak spanish ."
) -> BesideTruthWidget:
    """Return a widget: type a sentence of the tiny world with [MASK] in it, and see the guesses beside the truth.

    Example: `live_beside_truth(model, World.default())`
    """
    return BesideTruthWidget(model, world, text)
