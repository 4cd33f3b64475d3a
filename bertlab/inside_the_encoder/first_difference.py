"""Where two BERTs with the same weights first part: the exercise of writing one from memory is judged by this.

Hooks note what every module is given and what it returns. What happens between two linear layers or LayerNorms is one
step of the formula, so the first note that differs names the step, however the code around it is written. A module
that is never called leaves no note, and the next one tells.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig

from bertlab.exercises.wording import kind, show_error
from bertlab.inside_the_encoder.notes import Notes, at_real_tokens, make_batch, take_notes
from bertlab.inside_the_encoder.places import list_places, number_of

ALIASES = {
    "cls.predictions.bias": "cls.predictions.decoder.bias",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
}
"""Weights of the MLM head that are the same under either name."""


@dataclass(eq=False)
class Finding:
    """The first step at which a model departs from the right one; `place` is empty if it never does.

    Example: `Finding("layer 0, activation", "It should be the exact GELU.", agreed=["embeddings"])`
    """

    place: str = ""
    words: str = ""
    value: Tensor | None = None
    agreed: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        if not self.place:
            return "every step agrees"
        agreed = f"agrees: {', '.join(self.agreed)}; " if self.agreed else ""
        return f"{agreed}first differs: {self.place}"

    def is_like(self, other: "Finding") -> bool:
        """Say whether both depart at the same step in the same way. Example: `Finding().is_like(Finding())`."""
        if self.value is None or other.value is None:
            return (self.place, self.words) == (other.place, other.words)
        return self.place == other.place and _close(self.value, other.value, within=1e-3)


@torch.no_grad()
def find_difference(build: Callable[[BertConfig], Any], truth: nn.Module, length: int | None = None) -> Finding:
    """Give a new model the weights of `truth`, let both read one batch, and find the first step that differs.

    Example: `find_difference(BertForPreTraining, truth).place` is `""`.

    `build` makes a model from a configuration; its weights are matched by their names in Hugging Face. What it raises
    is a finding, too. `length`: that of the text to read, in place of two short ones.
    """
    inputs = make_batch(truth.config, length)  # type: ignore[arg-type]
    try:
        model = build(truth.config)  # type: ignore[arg-type]
    except Exception as error:
        return Finding("building the model", f"`MyBert(config)` raised {_describe(error)}.")
    if not isinstance(model, nn.Module):
        return Finding("building the model", f"`MyBert(config)` should be an `nn.Module`, and is {kind(model)}.")
    misfit = copy_weights(truth, model)
    if misfit:
        return misfit
    expected, _ = take_notes(truth, inputs)
    notes, problem = take_notes(model, inputs)
    expected, notes = at_real_tokens(expected, inputs), at_real_tokens(notes, inputs)
    found = _first_step(model, truth, expected, notes, stopped=problem is not None)
    if problem and not found.place:
        words = f"`model(**inputs)` raised {_describe(problem)}."
        return Finding("an error", words, agreed=found.agreed)
    return found if found.place else _loose_ends(model, truth)


def copy_weights(truth: nn.Module, model: nn.Module) -> Finding | None:
    """Copy every weight that both have, switch dropout off, and report the first whose shape does not fit.

    Example: `copy_weights(truth, BertForPreTraining(truth.config))` is `None`.
    """
    mine = dict(model.named_parameters(remove_duplicate=False))
    for name, weight in truth.named_parameters(remove_duplicate=False):
        if name in mine and mine[name].shape != weight.shape:
            shapes = f"has the shape {tuple(mine[name].shape)} and should have {tuple(weight.shape)}"
            return Finding(f"the shape of {name}", f"`{name}` {shapes}: take the sizes from `config`.")
        if name in mine:
            mine[name].copy_(weight)
    model.eval()
    return None


def _first_step(model: nn.Module, truth: nn.Module, expected: Notes, notes: Notes, stopped: bool) -> Finding:
    """Go through the steps in order; stop at one that differs, whose weights are missing, or that was not reached."""
    places = list_places(truth.config)  # type: ignore[arg-type]
    agreed: list[str] = []
    reached = [number for number, place in enumerate(places) if (place.module, place.side) in notes]
    lacking = sorted(((number_of(name, places), name) for name in _missing(model, truth)), key=lambda pair: pair[0])
    for number, place in enumerate(places[: max(reached, default=-1) + 2] if stopped else places):
        before = [part for part in dict.fromkeys(agreed) if part != place.part]
        if lacking and lacking[0][0] <= number:
            return _lacks(lacking[0][1], model, truth, before)
        if number not in reached:
            continue
        wanted, got = (values[place.module, place.side] for values in (expected, notes))
        if not _close(wanted, got):
            words = f"The first step that differs is “{place.name}”{_how(wanted, got)}. It should be {place.formula}."
            return Finding(place.name, words, got, before)
        agreed.append(place.part)
    return Finding(agreed=list(dict.fromkeys(agreed)))


def _missing(model: nn.Module, truth: nn.Module) -> list[str]:
    mine, theirs = (dict(one.named_parameters(remove_duplicate=False)) for one in (model, truth))
    return [name for name in theirs if name not in mine and ALIASES.get(name) not in mine]


def _lacks(name: str, model: nn.Module, truth: nn.Module, agreed: list[str]) -> Finding:
    """Name a weight that is not there, and one of the same shape that no checkpoint has: it may be misspelled."""
    theirs = dict(truth.named_parameters(remove_duplicate=False))
    extra = [other for other, weight in model.named_parameters() if other not in theirs]
    same = [other for other in extra if dict(model.named_parameters())[other].shape == theirs[name].shape]
    hint = f" It does have `{same[0]}`, a name that no checkpoint has." if same else ""
    before = f"So far right: {', '.join(agreed)}. " if agreed else ""
    words = f"{before}Next comes `{name}`, a weight that your model does not have.{hint}"
    return Finding(f"no weight {name}", words, agreed=agreed)


def _loose_ends(model: nn.Module, truth: nn.Module) -> Finding:
    """Look for what no output shows: weights that a checkpoint does not have, and a decoder that is only a copy."""
    mine, theirs = (dict(one.named_parameters(remove_duplicate=False)) for one in (model, truth))
    extra = [name for name in mine if name not in theirs]
    if extra:
        return Finding(
            "extra weights", f"All outputs agree, but no checkpoint has a weight `{extra[0]}`: rename or remove it."
        )
    table, decoder = mine["bert.embeddings.word_embeddings.weight"], mine.get("cls.predictions.decoder.weight")
    if decoder is not None and decoder is not table:
        words = "All outputs agree, but the decoder has a copy of the word embeddings: training would pull them apart."
        return Finding("the tie", f"{words} Make it the same tensor: `decoder.weight = word_embeddings.weight`.")
    return Finding()


def _close(expected: Tensor, got: Tensor, within: float = 2e-5) -> bool:
    return expected.shape == got.shape and torch.allclose(expected, got, rtol=1e-5, atol=within)


def _how(expected: Tensor, got: Tensor) -> str:
    if expected.shape != got.shape:
        return f": the shape is {tuple(got.shape)} at the real tokens, expected {tuple(expected.shape)}"
    return f", by up to {(expected - got).abs().max():.2g}"


def _describe(error: Exception) -> str:
    """Write an error with the last line of the learner's own code that it went through."""
    foreign = {Path(torch.__file__).parent, Path(__file__).parent}
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line for frame in frames if frame.line and foreign.isdisjoint(Path(frame.filename).parents)]
    return show_error(error) + (f", in the line `{lines[-1]}`" if lines else "")
