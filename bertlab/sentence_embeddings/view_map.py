"""A map of sentences, live: their vectors in the two dimensions that keep most of the variance, and what that loses."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import traitlets
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.similarity import cosine
from bertlab.views.live import LiveWidget, static

MOST_SENTENCES = 40
NEAREST = 3
SHORT = 20
"""Letters of a label at most."""
TOO_FEW = "Type two sentences or more, each on a line of its own."


class Map(NamedTuple):
    """Vectors in two dimensions. Example: `Map(torch.zeros(3, 2), 0.71).kept` is `0.71`.

    Attributes:
        points: one for each vector; the mean of all is (0, 0).
        kept: the share of the variance that lies along these two axes.
    """

    points: Float[Tensor, "texts 2"]
    kept: float


def map_of(vectors: Float[Tensor, "texts hidden"]) -> Map:
    """Project vectors onto the two directions along which they vary most: PCA, by the SVD of what is centered.

    Example: `map_of(torch.tensor([[0.0, 3.0, 5.0], [4.0, 3.0, 5.0]]))` has its points at (-2, 0) and (2, 0), and keeps
    all of the variance.

    The sign of a direction is arbitrary: it is chosen so that the largest of its numbers is positive, and the picture
    does not flip. Vectors that are all the same, or one alone, lose nothing: 1 is kept. ValueError if there is none.
    """
    if not len(vectors):
        raise ValueError("there are no vectors: give at least one")
    exact = vectors.double()  # in float32, vectors that are all the same need not have their own value as their mean
    centered = exact - exact.mean(dim=0)
    _, lengths, directions = torch.linalg.svd(centered, full_matrices=False)
    largest = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))
    points = torch.zeros(len(vectors), 2, dtype=torch.double, device=vectors.device)  # there may be one direction only
    axes = (directions * largest.sign())[:2]
    points[:, : len(axes)] = centered @ axes.T
    variances = lengths.square()
    total = variances.sum()
    return Map(points.to(vectors.dtype), (variances[:2].sum() / total).item() if total > 0 else 1.0)


class Neighbors(NamedTuple):
    """The sentences nearest to one, by number from 0. Example: `Neighbors([2, 1], [1, 2]).differ` is `False`.

    Attributes:
        real: by cosine, in all dimensions.
        seen: by distance on the map.
    """

    real: list[int]
    seen: list[int]

    @property
    def differ(self) -> bool:
        """Whether other sentences are near on the map. Example: `Neighbors([1], [2]).differ` is `True`."""
        return set(self.real) != set(self.seen)


def neighbors(
    vectors: Float[Tensor, "texts hidden"], points: Float[Tensor, "texts 2"], chosen: int, count: int = NEAREST
) -> Neighbors:
    """Return the nearest sentences to one in all dimensions and on the map, the nearest first.

    Example: `neighbors(torch.tensor([[1.0], [2.0]]), torch.zeros(2, 2), 0)` is `([1], [1])`.
    """
    distances = -cosine(vectors[[chosen]], vectors)[0], (points - points[chosen]).norm(dim=1)
    others = torch.arange(len(vectors), device=vectors.device) != chosen
    # Rounded and stable: what differs by rounding only keeps its order, so that equal sentences do not count as apart.
    orders = [values.round(decimals=5).argsort(stable=True) for values in distances]
    real, seen = (order[others[order]][:count].tolist() for order in orders)
    return Neighbors(real, seen)


def sentences_of(text: str) -> list[str]:
    """Return the sentences, a line for each. Example: `sentences_of("One.\\n\\n Two. ")` is `["One.", "Two."]`."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def short(sentence: str) -> str:
    """Cut a sentence to a label, between words where it can be.

    Example: `short("They walked along the bank.")` is `"They walked along…"`.
    """
    if len(sentence) <= SHORT:
        return sentence
    words = sentence[:SHORT].rpartition(" ")[0].rstrip()
    return f"{words or sentence[: SHORT - 1]}…"


class Mapped(NamedTuple):
    """Sentences with their vectors and their map, one of them chosen, by number from 0. Example: `widget.found()`."""

    sentences: list[str]
    vectors: Float[Tensor, "texts hidden"]
    map: Map
    chosen: int
    nearest: Neighbors


def numbered(found: Mapped, numbers: Sequence[int]) -> str:
    """Name sentences by number and label. Example: `numbered(found, [0, 2])` may be `"1 (A dog.); 3 (Rain.)"`."""
    return "; ".join(f"{number + 1} ({short(found.sentences[number])})" for number in numbers)


def summarize(found: Mapped) -> str:
    """Say what the map keeps, and whether the nearest on it are the nearest.

    Example: `summarize(found)` may begin `"The two axes keep 58% of the variance."`
    """
    real, seen = found.nearest
    said = f"The two axes keep {found.map.kept:.0%} of the variance. Nearest to {numbered(found, [found.chosen])}"
    if not found.nearest.differ:
        order = "in the same order" if real == seen else "though in another order"
        return f"{said}, in all dimensions as on the map, {order}: {numbered(found, real)}."
    misled = [number for number in seen if number not in real]
    verb = "seems" if len(misled) == 1 else "seem"
    return (
        f"{said} in all dimensions: {numbered(found, real)}. On the map: {numbered(found, seen)}. They differ: "
        f"{numbered(found, misled)} only {verb} near."
    )


def as_text(found: Mapped) -> str:
    """Write the map as a list in plain text. Example: a line may be `"  2  -0.31   0.08  A kitten rested."`."""
    lines = [" no       x       y  sentence"]
    for number, (sentence, point) in enumerate(zip(found.sentences, found.map.points.tolist(), strict=True), 1):
        lines.append(f"{number:3}  {point[0]:6.2f}  {point[1]:6.2f}  {sentence}")
    return "\n".join([*lines, summarize(found)])


def picture(found: Mapped) -> dict[str, Any]:
    """Return what the page draws: sentences, labels, points, and the nearest of the one that is chosen.

    Example: `picture(found)["real"][0]` may be `[4, "cosine 0.83", False]`: the fifth sentence, not near on the map
    """
    real, seen = found.nearest
    cosines = cosine(found.vectors[[found.chosen]], found.vectors)[0].tolist()
    distances = (found.map.points - found.map.points[found.chosen]).norm(dim=1).tolist()
    return {
        "sentences": found.sentences,
        "labels": [short(sentence) for sentence in found.sentences],
        "points": found.map.points.tolist(),
        "dimensions": found.vectors.shape[1],
        "chosen": found.chosen,
        "real": [[number, f"cosine {cosines[number]:.2f}", number in seen] for number in real],
        "seen": [[number, f"distance {distances[number]:.2f}", number in real] for number in seen],
        "summary": summarize(found),
    }


class MapWidget(LiveWidget):
    """The widget behind `live_map`; what it shows can also be set from Python.

    Example: `widget.chosen = 3`
    """

    _esm = static("views/live.js", "sentence_embeddings/view_map.js")
    _css = static("views/live.css", "sentence_embeddings/view_map.css")
    text = traitlets.Unicode().tag(sync=True, asks=True)
    """The sentences, a line for each."""
    chosen = traitlets.Int(1, min=1).tag(sync=True, asks=True)
    """The number of a sentence from 1; beyond the last one it is the last one."""

    def __init__(self, model: nn.Module, tokenizer: PreTrainedTokenizerFast, **traits: Any):
        self._model, self._tokenizer = model, tokenizer
        self._vectors: dict[str, Tensor] = {}
        super().__init__(**traits)

    def _embed(self, sentences: Sequence[str]) -> Float[Tensor, "texts hidden"]:
        """Embed what is new: to choose another sentence costs nothing, and to type one costs one."""
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._vectors]
        made = embed(self._model, self._tokenizer, new, normalize=True).cpu() if new else ()
        known = self._vectors | dict(zip(new, made, strict=True))
        self._vectors = {sentence: known[sentence] for sentence in sentences}
        return torch.stack([known[sentence] for sentence in sentences])

    def found(self) -> Mapped:
        """Return the map as data. Example: `widget.found().map.points`.

        ValueError if there are fewer than two sentences.
        """
        sentences = sentences_of(self.text)[:MOST_SENTENCES]
        if len(sentences) < 2:
            raise ValueError(TOO_FEW)
        vectors, chosen = self._embed(sentences), min(self.chosen, len(sentences)) - 1
        mapped = map_of(vectors)
        return Mapped(sentences, vectors, mapped, chosen, neighbors(vectors, mapped.points, chosen))

    def notes(self) -> list[str]:
        """Say what is left out. Example: `widget.notes()` is `[]` for up to 40 sentences."""
        count = len(sentences_of(self.text))
        return [f"There are {count} sentences: the first {MOST_SENTENCES} count."] if count > MOST_SENTENCES else []

    def compute(self) -> dict[str, Any]:
        """Return the map, the neighbors and the summary; nothing to draw of fewer than two sentences."""
        if len(sentences_of(self.text)) < 2:
            return {"sentences": [], "notes": [], "summary": TOO_FEW}
        return picture(self.found()) | {"notes": self.notes()}

    def __repr__(self) -> str:
        if len(sentences_of(self.text)) < 2:
            return TOO_FEW
        return "\n".join([*self.notes(), as_text(self.found())])


def live_map(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, sentences: Sequence[str], chosen: int = 1
) -> MapWidget:
    """Return a widget: type sentences, see a map of their mean-pooled vectors, and which are nearest to one of them.

    Example: `live_map(model, tokenizer, ["A dog barks.", "Dogs bark.", "Rain fell.", "It rained."], chosen=2)`

    `embed` and `map_of` give the same as data. TypeError if `sentences` is one string.
    """
    if isinstance(sentences, str):
        raise TypeError("sentences is one string: give a list of sentences, such as [one, other]")
    text = "\n".join(" ".join(sentence.split()) for sentence in sentences)
    return MapWidget(model, tokenizer, text=text, chosen=chosen)
