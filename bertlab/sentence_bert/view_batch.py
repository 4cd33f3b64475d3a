"""A batch of pairs, live: each anchor's softmax over the positives of all, and what its own one costs."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import traitlets
from jaxtyping import Bool, Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.sentence_bert import ranking
from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.view_map import short
from bertlab.sentence_embeddings.view_similarity import written
from bertlab.token_classification.view_lattice import counted, shade
from bertlab.views.live import LiveWidget, static

Pair = tuple[str, str]
Square = Float[Tensor, "batch batch"]

FEWEST, MOST = 2, 8
COLDEST, WARMEST = 0.01, 1.0
PAIRS = (
    ("How do I reset my password?", 'Click "Forgot password" on the login page.'),
    ("When does the train to Oslo leave?", "The next one departs at 9:40."),
    ("Why is the sky blue?", "Air scatters blue light more than red."),
    ("I can't log in. What should I do?", 'Set a new password under "My account".'),
    ("How long should I boil an egg?", "Seven minutes for a firm yolk."),
)
"""Questions and answers; the fourth answer is right for the first question too: a false negative."""


class BatchView(NamedTuple):
    """What a batch teaches. Example: `batch_of(torch.eye(2)).losses`, one for each anchor.

    Attributes:
        probabilities: of each positive (column) for each anchor (row); a row sums to 1.
        losses: minus the logarithm of each anchor's own positive.
        mean: the mean of the losses.
        guess: what the mean would be if all candidates were equally likely.
    """

    probabilities: Square
    losses: Float[Tensor, "batch"]
    mean: float
    guess: float


def batch_of(
    cosines: Square, temperature: float = 0.05, excluded: Bool[Tensor, "batch batch"] | None = None
) -> BatchView:
    """Return the softmax of each row and the loss of its diagonal; the mean is that of `ranking_loss`.

    Example: `batch_of(torch.zeros(4, 4)).probabilities[0]` is `[0.25, 0.25, 0.25, 0.25]`.

    Args:
        cosines: of each anchor (row) with each positive (column); its own stands in the column with its number.
        temperature: what the cosines are divided by: one over the scale of `ranking_loss`.
        excluded: what takes no part: its probability is 0, and a guess need not count it.

    Raises:
        ValueError: the temperature is not above 0, or an anchor's own positive is excluded.
    """
    if not temperature > 0:
        raise ValueError(f"the temperature is {temperature}: give one above 0")
    left_out = torch.zeros_like(cosines, dtype=torch.bool) if excluded is None else excluded
    if left_out.diagonal().any():
        raise ValueError("an anchor's own positive is excluded: leave the diagonal of `excluded` False")
    scores = (cosines / temperature).masked_fill(left_out, -torch.inf)
    losses = scores.logsumexp(1) - scores.diagonal()
    guess = (~left_out).sum(1).log().mean()
    return BatchView(scores.softmax(1), losses, losses.mean().item(), guess.item())


def named(pair: Pair) -> str:
    """Write a pair as a line. Example: `named(("Why?", "So."))` is `"Why? | So."`."""
    return " | ".join(" ".join(text.split()) for text in pair)


def pairs_of(text: str) -> list[Pair]:
    """Read pairs, a line for each. Example: `pairs_of("Why? | So.\\nWho? | Ann.")[1]` is `("Who?", "Ann.")`.

    ValueError says which line is no pair or repeats a text, or that there are too few or too many.
    """
    pairs: list[Pair] = []
    seen: dict[str, int] = {}
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in lines:
        anchor, *rest = (" ".join(part.split()) for part in line.split("|"))
        if len(rest) != 1 or not (anchor and rest[0]):
            raise ValueError(f'Line {number} ({short(line.strip())}) needs one "|" with text on both sides of it.')
        for one in (anchor, rest[0]):
            if one in seen:
                what = f'repeats "{short(one)}" of line {seen[one]}'
                raise ValueError(f"Line {number} {what}: a batch cannot tell equal texts apart.")
            seen[one] = number
        pairs.append((anchor, rest[0]))
    if not FEWEST <= len(pairs) <= MOST:
        what = counted(len(pairs), "pair")
        raise ValueError(f"Type {FEWEST} to {MOST} pairs, each on a line of its own, as anchor | positive; not {what}.")
    return pairs


class Batch(NamedTuple):
    """Pairs with all that is shown of them. Example: `widget.found().view.mean`.

    Attributes:
        pairs: each an anchor and its positive.
        cosines: of each anchor (row) with each positive (column).
        excluded: which of them take no part.
        view: probabilities and losses.
    """

    pairs: list[Pair]
    cosines: Square
    excluded: Bool[Tensor, "batch batch"]
    view: BatchView

    def rivals(self, row: int) -> list[int]:
        """Return the other positives that take part for an anchor, the strongest first.

        Example: `widget.found().rivals(0)` may be `[3, 1, 2, 4]`.
        """
        order = self.cosines[row].argsort(descending=True, stable=True).tolist()
        return [column for column in order if column != row and not self.excluded[row, column]]


def excluded_of(pairs: Sequence[Pair], lines: str) -> Bool[Tensor, "batch batch"]:
    """Say which candidates (columns) are left out for an anchor (row); what is no candidate is passed over.

    Example: `excluded_of([("Why?", "So."), ("Who?", "Ann.")], "Why? | Ann.")` is `[[False, True], [False, False]]`.

    An anchor's own positive is never left out.
    """
    left_out = set(lines.splitlines())
    cells = [[named((anchor, positive)) in left_out for _, positive in pairs] for anchor, _ in pairs]
    return torch.tensor(cells) & ~torch.eye(len(pairs), dtype=torch.bool)


def row_in_words(found: Batch, row: int) -> str:
    """Say what an anchor's own positive gets, which rival is the strongest, and what is left out.

    Example: `row_in_words(found, 1)` may be `"Row 2: its own positive gets 0.99; the strongest rival is ..."`.
    """
    shares, rivals = found.view.probabilities[row].tolist(), found.rivals(row)
    rival = "no rival is left"
    if rivals:
        first = rivals[0]
        rival = f"the strongest rival is {first + 1} ({short(found.pairs[first][1])}) with {written(shares[first])}"
    out = ", ".join(str(column + 1) for column in range(len(shares)) if found.excluded[row, column])
    ending = f" Left out: {out}." if out else ""
    return f"Row {row + 1}: its own positive gets {written(shares[row])}; {rival}.{ending}"


def summarize(found: Batch) -> str:
    """Say what the loss is, and which row costs most. Example: `summarize(found)` may begin `"Mean loss 0.71"`."""
    view = found.view
    worst = int(view.losses.argmax())
    mean, guess, largest = (written(loss) for loss in (view.mean, view.guess, view.losses[worst].item()))
    return f"Mean loss {mean}; a guess costs {guess}. The largest loss is {largest}. {row_in_words(found, worst)}"


def as_text(found: Batch) -> str:
    """Write the matrix in plain text: probability and cosine; a star at the own positive.

    Example: a line may be `"  1   0.12 0.47*   0.00 0.31    left out   2.12"`.
    """
    drawn = picture(found)
    lines = ["row" + "".join(f"{number:>12}" for number, _ in enumerate(found.pairs, 1)) + "   loss"]
    for row, (cells, loss) in enumerate(zip(drawn["cells"], drawn["losses"], strict=True)):
        words = [
            "left out " if out else f"{share} {cosine}{'*' if column == row else ' '}"
            for column, (share, cosine, out, *_) in enumerate(cells)
        ]
        lines.append(f"{row + 1:3}" + "".join(f"{word:>12}" for word in words) + f"{loss:>7}")
    pairs = [f"{number}  {named(pair)}" for number, pair in enumerate(found.pairs, 1)]
    return "\n".join([*pairs, "", *lines, "", *drawn["rows"], drawn["summary"]])


def picture(found: Batch) -> dict[str, Any]:
    """Return what the page draws: texts, cells with colors, the loss of each row, and their mean beside a guess.

    Example: `picture(found)["cells"][0][0]` may be `["0.12", "0.47", False, "#c5e021", "#000000"]`
    """
    view, top = found.view, max(found.view.mean, found.view.guess) or 1.0  # of none left to tell from, both are 0
    cosines, excluded = found.cosines.tolist(), found.excluded.tolist()
    cells = [
        [[written(share), written(cosine), out, *shade(share)] for share, cosine, out in zip(*row, strict=True)]
        for row in zip(view.probabilities.tolist(), cosines, excluded, strict=True)
    ]
    guess = "a guess among those left" if found.excluded.any() else f"a guess: ln {len(found.pairs)}"
    return {
        "pairs": found.pairs,
        "cells": cells,
        "losses": [written(loss) for loss in view.losses.tolist()],
        "mean": ["mean loss", written(view.mean), 100 * view.mean / top],
        "guess": [guess, written(view.guess), 100 * view.guess / top],
        "rows": [row_in_words(found, row) for row in range(len(found.pairs))],
        "summary": summarize(found),
    }


class BatchWidget(LiveWidget):
    """The widget behind `live_batch`; what it shows can also be set from Python.

    Example: `widget.excluded = "Why is the sky blue? | Seven minutes for a firm yolk."`
    """

    _esm = static("views/live.js", "sentence_bert/view_batch.js")
    _css = static("views/live.css", "sentence_bert/view_batch.css")
    text = traitlets.Unicode().tag(sync=True, asks=True)
    """The pairs, a line for each."""
    temperature = traitlets.Float(0.05, min=COLDEST, max=WARMEST).tag(sync=True, asks=True)
    excluded = traitlets.Unicode().tag(sync=True, asks=True)
    """What is left out, a line for each: an anchor, " | ", and the positive of another one. Texts, not numbers: they
    stay true when a line is added."""

    def __init__(self, model: nn.Module, tokenizer: PreTrainedTokenizerFast, **traits: Any):
        self._model, self._tokenizer = model, tokenizer
        self._vectors: dict[str, Tensor] = {}
        super().__init__(**traits)

    def _embed(self, texts: Sequence[str]) -> Float[Tensor, "texts hidden"]:
        """Embed what is new: to move the slider costs nothing. A `SentenceEncoder` pools in its own way."""
        new = [text for text in texts if text not in self._vectors]
        pooling = getattr(self._model, "pooling", "mean")
        made = embed(self._model, self._tokenizer, new, pooling).cpu() if new else ()
        known = self._vectors | dict(zip(new, made, strict=True))
        self._vectors = {text: known[text] for text in texts}
        return torch.stack([known[text] for text in texts])

    def found(self) -> Batch:
        """Return the batch as data. Example: `widget.found().view.probabilities`.

        ValueError as in `pairs_of`.
        """
        pairs = pairs_of(self.text)
        vectors = self._embed([text for pair in pairs for text in pair])
        cosines, excluded = ranking.cosines(vectors[::2], vectors[1::2]), excluded_of(pairs, self.excluded)
        return Batch(pairs, cosines, excluded, batch_of(cosines, self.temperature, excluded))

    def compute(self) -> dict[str, Any]:
        """Return the matrix, the losses and the summary; of what is no batch only what is wrong with it."""
        try:
            pairs_of(self.text)
        except ValueError as problem:
            return {"pairs": [], "summary": str(problem)}
        return picture(self.found())

    def __repr__(self) -> str:
        answer = self.compute()
        return as_text(self.found()) if answer["pairs"] else str(answer["summary"])


def live_batch(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, pairs: Sequence[Pair] = PAIRS, temperature: float = 0.05
) -> BatchWidget:
    """Return a widget: type pairs, choose a temperature, leave out a false negative, and see what the loss becomes.

    Example: `live_batch(encoder, tokenizer, [("Why is it wet?", "It rained."), ("Who is it?", "Ann.")], 0.1)`

    Without training: the vectors are those that the model gives now. `batch_of` gives the same as data.
    """
    return BatchWidget(model, tokenizer, text="\n".join(map(named, pairs)), temperature=temperature)
