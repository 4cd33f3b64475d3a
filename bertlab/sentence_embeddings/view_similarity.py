"""Two sentences, live: the cosine of each piece of one with each of the other, and those of the pooled vectors."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import traitlets
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.models import encoder
from bertlab.sentence_embeddings.baselines import word_overlap
from bertlab.sentence_embeddings.encode import TokenVectors, longest, token_vectors
from bertlab.sentence_embeddings.pooling import POOLINGS
from bertlab.sentence_embeddings.similarity import cosine
from bertlab.token_classification.view_lattice import counted, shade
from bertlab.views.live import LiveWidget, static

MOST_DRAWN = 24
"""Pieces of a sentence drawn at most, special tokens not counted; the pooled vectors are those of all tokens."""
MOST_LISTED = 6
"""Pieces whose partner the summary names at most."""
LAST = "last"
POOLED = {"cls": "[CLS]", "mean": "mean", "max": "max"}
"""How each pooling is called on the page."""
NO_TEXT = "Type two sentences."


class Similarity(NamedTuple):
    """How alike two texts are, piece by piece and pooled. Example: `similarity(model, tokenizer, a, b).pooled["mean"]`.

    Attributes:
        tokens: the tokens of either text, special ones included.
        special: for each token whether it is a special one.
        cosines: of each token of the first text with each of the second.
        pooled: the cosine of the two texts by the name of the pooling.
        overlap: the words in both as a share of the words in either.
        notes: what the model does not read.
    """

    tokens: tuple[list[str], list[str]]
    special: tuple[list[bool], list[bool]]
    cosines: Float[Tensor, "a b"]
    pooled: dict[str, float]
    overlap: float
    notes: list[str]

    def drawn(self) -> tuple[list[int], list[int]]:
        """Return the tokens to draw: special ones, and as many pieces as fit. Example: `found.drawn()[0][0]` is 0."""
        rows, columns = (to_draw(flags) for flags in self.special)
        return rows, columns

    def partners(self) -> dict[int, int]:
        """Return for each drawn piece of the first text the drawn piece of the second with the largest cosine.

        Example: `found.partners()` may be `{1: 2, 2: 1}`. Special tokens have no partner and are nobody's.
        """
        rows, columns = self.drawn()
        others = [column for column in columns if not self.special[1][column]]
        pieces = [row for row in rows if not self.special[0][row]] if others else []
        return {row: others[int(self.cosines[row, others].argmax())] for row in pieces}


def to_draw(special: Sequence[bool], most: int = MOST_DRAWN) -> list[int]:
    """Return the numbers of all special tokens and of the first pieces.

    Example: `to_draw([True, False, False, False, True], most=2)` is `[0, 1, 2, 4]`.
    """
    pieces = [number for number, flag in enumerate(special) if not flag]
    return sorted([*pieces[:most], *(number for number, flag in enumerate(special) if flag)])


def similarity(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, a: str, b: str, layer: int | str = LAST
) -> Similarity:
    """Compare two texts by the hidden states of a layer: 0 is what goes into the first one.

    Example: `similarity(model, tokenizer, "A dog barks.", "Dogs bark.", layer=3).cosines`

    ValueError if there is no such layer.
    """
    number = -1 if layer == LAST else int(layer)
    read = [token_vectors(model, tokenizer, text, number) for text in (a, b)]
    first, second = read
    notes = [
        f"{name} fills all {len(one.tokens)} tokens that this model reads: what may follow is not read."
        for name, one in zip("ab", read, strict=True)
        if len(one.tokens) == longest(model, tokenizer)
    ]
    special = [[word is None for word in one.word_ids] for one in read]
    return Similarity(
        (first.tokens, second.tokens),
        (special[0], special[1]),
        cosine(first.vectors, second.vectors).cpu(),
        {name: pooled_cosine(first, second, name) for name in POOLED},
        word_overlap(a, b),
        notes,
    )


def pooled_cosine(first: TokenVectors, second: TokenVectors, pooling: str) -> float:
    """Return the cosine of two pooled texts, special tokens included. Example: `pooled_cosine(cat, kitten, "mean")`."""
    one, other = (
        POOLINGS[pooling](read.vectors[None], read.vectors.new_ones(1, len(read.vectors))) for read in (first, second)
    )
    return cosine(one, other).item()


def written(value: float) -> str:
    """Write a cosine. Example: `written(-0.001)` is `"0.00"`, and `written(0.666)` is `"0.67"`."""
    return f"{round(value, 2) + 0.0:.2f}"  # -0.0 + 0.0 is 0.0


def summarize(found: Similarity) -> str:
    """Say how alike the texts are. Example: `summarize(found)` may begin `"Cosine of the sentences: [CLS] 0.86"`."""
    cosines = ", ".join(f"{POOLED[name]} {written(value)}" for name, value in found.pooled.items())
    said = f"Cosine of the sentences: {cosines}. Word overlap: {written(found.overlap)}."
    partners = [
        f'"{found.tokens[0][row]}" with "{found.tokens[1][column]}" {written(found.cosines[row, column].item())}'
        for row, column in found.partners().items()
    ]
    if not partners:
        return f"{said} No piece has a partner: a sentence has special tokens only."
    more = [f"and {len(partners) - MOST_LISTED} more"] if len(partners) > MOST_LISTED else []
    return f"{said} Best partners: {'; '.join([*partners[:MOST_LISTED], *more])}."


def notes(found: Similarity) -> list[str]:
    """Say what is not drawn or not read. Example: `notes(similarity(model, tokenizer, "Ann", "Bob"))` is `[]`."""
    said = []
    for name, flags in zip("ab", found.special, strict=True):
        pieces = flags.count(False)
        if pieces > MOST_DRAWN:
            said.append(
                f"{name} has {counted(pieces, 'piece')}: the first {MOST_DRAWN} are drawn, and partners are looked for "
                "among those drawn. The cosines of the sentences count all that is read."
            )
    return [*said, *found.notes]


def as_text(found: Similarity) -> str:
    """Write the matrix in plain text, a star at each best partner. Example: a line may be `"cat    0.38   0.73*"`."""
    (rows, columns), partners = found.drawn(), found.partners()
    names = [found.tokens[1][column] for column in columns]
    width = max([len(found.tokens[0][row]) for row in rows], default=0)
    lines = [" ".join([" " * width, *(f"{name:>6}" for name in names)])]
    for row in rows:
        cells = [
            f"{written(found.cosines[row, column].item())}{'*' if partners.get(row) == column else ' '}"
            for column in columns
        ]
        padded = [f"{cell:>{max(6, len(name))}}" for cell, name in zip(cells, names, strict=True)]
        lines.append(" ".join([f"{found.tokens[0][row]:{width}}", *padded]).rstrip())
    return "\n".join([*lines, *notes(found), summarize(found)])


def picture(found: Similarity) -> dict[str, Any]:
    """Return what the page draws: rows and columns with their flags, cells with colors, and the pooled cosines.

    Example: `picture(found)["cells"][1][1]` may be `["0.42", "#2ab07f", "#000000"]`: first piece with first piece
    """
    (rows, columns), partners = found.drawn(), found.partners()
    values = found.cosines[rows][:, columns].tolist()
    return {
        "rows": [[found.tokens[0][row], found.special[0][row]] for row in rows],
        "columns": [[found.tokens[1][column], found.special[1][column]] for column in columns],
        "cells": [[[written(value), *shade(value)] for value in row] for row in values],
        "partners": [columns.index(partners[row]) if row in partners else None for row in rows],
        "pooled": [[POOLED[name], written(value), bar(value)] for name, value in found.pooled.items()],
        "overlap": [written(found.overlap), bar(found.overlap)],
        "notes": notes(found),
        "summary": summarize(found),
    }


def bar(value: float) -> float:
    """Return the length of a bar in percent; below 0 there is none. Example: `bar(-0.3)` is `0.0`."""
    return 100 * min(1.0, max(0.0, value))


class SimilarityWidget(LiveWidget):
    """The widget behind `live_similarity`; what it shows can also be set from Python.

    Example: `widget.layer = "3"`
    """

    _esm = static("views/live.js", "sentence_embeddings/view_similarity.js")
    _css = static("views/live.css", "sentence_embeddings/view_similarity.css")
    layers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    a = traitlets.Unicode().tag(sync=True, asks=True)
    b = traitlets.Unicode().tag(sync=True, asks=True)
    layer = traitlets.Unicode(LAST).tag(sync=True, asks=True)
    """"last", or the number of a layer; "0" is what goes into the first one."""

    def __init__(self, model: nn.Module, tokenizer: PreTrainedTokenizerFast, **traits: Any):
        self._model, self._tokenizer = model, tokenizer
        count = encoder(model).config.num_hidden_layers
        super().__init__(layers=[LAST, *map(str, range(count + 1))], **traits)

    @traitlets.validate("layer")
    def _check(self, proposal: Any) -> str:
        if proposal["value"] not in self.layers:
            raise ValueError(f"there is no layer {proposal['value']!r}: choose from {', '.join(self.layers)}")
        return str(proposal["value"])

    def found(self) -> Similarity:
        """Return what is shown as data. Example: `widget.found().cosines`."""
        return similarity(self._model, self._tokenizer, self.a, self.b, self.layer)

    def compute(self) -> dict[str, Any]:
        """Return the matrix, the pooled cosines and the summary; nothing to draw while a text is missing."""
        if not (self.a.strip() and self.b.strip()):
            return {"rows": [], "notes": [], "summary": NO_TEXT}
        return picture(self.found())

    def __repr__(self) -> str:
        return as_text(self.found()) if self.a.strip() and self.b.strip() else NO_TEXT


def live_similarity(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    a: str = "The cat sat on the mat.",
    b: str = "A kitten rested on the rug.",
    layer: int | str = LAST,
) -> SimilarityWidget:
    """Return a widget: type two sentences, and see which pieces are alike, and how alike the pooled vectors are.

    Example: `live_similarity(model, tokenizer, "A dog bites a man.", "A man bites a dog.", layer=3)`

    `similarity` gives the same as data. ValueError if there is no such layer.
    """
    return SimilarityWidget(model, tokenizer, a=a, b=b, layer=str(layer))
