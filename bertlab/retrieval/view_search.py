"""Search passages, live: by meaning, by words, or by both, with the place of each hit and a link to its cell."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import traitlets
from jaxtyping import Float
from torch import Tensor

from bertlab.retrieval.bm25 import BM25, IDF, words_of
from bertlab.retrieval.chunking import sentences
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.fusion import reciprocal_rank_fusion
from bertlab.retrieval.passages import Passage
from bertlab.views.live import LiveWidget, static

HOW = ("meaning", "words", "both")
HITS = 5
FUSED = 100
"""How many of each ranking are fused: whoever stands lower adds next to nothing."""
MOST_CHARACTERS = 5000
EXCERPT = 240
QUESTION = "Why is there no causal mask?"
EMPTY = "Type a question."
NOTHING = "Nothing found: no passage has a word of this question. By meaning, the nearest are found all the same."
CELL = re.compile(r"[\w.-]+\.ipynb#cell-id=[\w-]+")


class Hit(NamedTuple):
    """A passage that was found. Example: `Hit(7, 0.83, 1, None).words` is `None`.

    Attributes:
        number: of the passage, from 0.
        score: a cosine, a BM25 score, or a sum of reciprocal places.
        meaning, words: its place by either search, from 1; None if that search was not asked or did not find it.
    """

    number: int
    score: float
    meaning: int | None
    words: int | None


@dataclass(frozen=True)
class Searched:
    """What is searched, and with what. Example: `searched(encode, passages, vectors).bm25.lengths`.

    Attributes:
        encode: turns texts into unit vectors, a row each.
        passages, vectors: a unit vector for each passage.
        bm25: over the words of titles and texts.
    """

    encode: Callable[[list[str]], Tensor]
    passages: Sequence[Passage]
    vectors: Float[Tensor, "passages hidden"]
    bm25: BM25


def searched(
    encode: Callable[[list[str]], Tensor], passages: Sequence[Passage], vectors: Float[Tensor, "passages hidden"]
) -> Searched:
    """Count the words of passages, and check their vectors. Example: `searched(encode, passages, vectors)`.

    ValueError if there are not as many vectors as passages, or they are not of length 1.
    """
    if len(passages) != len(vectors):
        raise ValueError(f"{len(passages)} passages, but {len(vectors)} vectors: give one for each, in the same order")
    if not torch.allclose(vectors.norm(dim=1), torch.ones_like(vectors[:, 0]), atol=1e-2):
        raise ValueError("the vectors are not of length 1: divide each by its length, so that products are cosines")
    return Searched(encode, passages, vectors, BM25([words_of(f"{text.title} {text.text}") for text in passages]))


def by_meaning(query: str, source: Searched, k: int) -> dict[int, float]:
    """Return the passages with the highest cosine, best first. Example: `by_meaning("Why?", source, k=5)`."""
    vector = source.encode([query]).to(source.vectors)
    if vector.shape != (1, source.vectors.shape[1]):
        given, wanted = tuple(vector.shape), (1, source.vectors.shape[1])
        raise ValueError(f"encode gives the shape {given} for one text, not {wanted}: use it for the passages, too")
    scores, ids = (found[0].tolist() for found in top_k(vector, source.vectors, k))
    return dict(zip(ids, scores, strict=True))


def by_words(query: str, source: Searched, k: int) -> dict[int, float]:
    """Return the passages with the highest BM25 above 0, best first. Example: `by_words("Why?", source, k=5)`."""
    scores = source.bm25.scores(words_of(query))
    best = scores.argsort(descending=True, stable=True)[:k]
    return {number: scores[number].item() for number in best[scores[best] > 0].tolist()}


def find(query: str, how: str, source: Searched, k: int = HITS) -> list[Hit]:
    """Return the k best hits, best first.

    Example: `find("Why is there no causal mask?", "both", source)[0].words`

    "both" fuses the first hundred of either ranking by their places. Nothing is found for an empty query. ValueError
    if `how` is none of "meaning", "words", "both".
    """
    if how not in HOW:
        raise ValueError(f"how={how!r}: take one of {', '.join(HOW)}")
    if not query.strip():
        return []
    depth = max(k, FUSED)
    meaning = {} if how == "words" else by_meaning(query, source, depth)
    words = {} if how == "meaning" else by_words(query, source, depth)
    scores: Mapping[Any, float] = meaning or words
    if how == "both":
        scores = reciprocal_rank_fusion([list(meaning), list(words)])
    places = [{number: place for place, number in enumerate(found, 1)} for found in (meaning, words)]
    return [Hit(number, scores[number], *(place.get(number) for place in places)) for number in list(scores)[:k]]


def rarity(query: str, bm25: BM25) -> dict[str, float]:
    """Return the words of a query and how rare each is, so that "mask" says more than "the".

    Example: `rarity("The mask", BM25([["the", "mask"], ["the"]]))["mask"]` is `math.log(2)`.
    """
    return {word: IDF["lucene"](len(bm25.lengths), len(bm25.postings.get(word, ()))) for word in words_of(query)}


def excerpt(text: str, words: Mapping[str, float], most: int = EXCERPT) -> str:
    """Return the sentence that shares most with a query, or the first, and as many around it as have room.

    Example: `excerpt("One dog. Two cats sat. Three.", {"cats": 1.0}, most=20)` is `"… Two cats sat. …"`.

    Each shared word counts as much as it is rare.
    """
    told = [" ".join(sentence.text.split()) for sentence in sentences(text)] or [""]
    shared = [sum(words[word] for word in words.keys() & set(words_of(sentence))) for sentence in told]
    first = shared.index(max(shared))
    last = first + 1
    if len(shown(told, first, last)) > most:
        return cut(told[first].split(), words, most)
    for _ in told:
        if last < len(told) and len(shown(told, first, last + 1)) <= most:
            last += 1
        elif first and len(shown(told, first - 1, last)) <= most:
            first -= 1
    return shown(told, first, last)


def cut(told: Sequence[str], words: Mapping[str, float], most: int) -> str:
    """Cut a long sentence: from shortly before the rarest word of the query, or from its beginning.

    Example: `cut("One two three four five six seven.".split(), {"five": 1.0}, most=21)` is `"… four five six …"`.
    """
    worth = [max((words.get(word, 0.0) for word in words_of(one)), default=0.0) for one in told]
    first = worth.index(max(worth))
    start, end = first, len(told)
    while start and len(" ".join(told[start - 1 : first])) <= most // 3:
        start -= 1
    while end > start + 1 and len(shown(told, start, end)) > most:
        end -= 1
    return shown(told, start, end)[:most]  # one word may be too long by itself


def shown(told: Sequence[str], start: int, end: int) -> str:
    """Join a part of what is told, with dots for the rest. Example: `shown(["A", "b", "c"], 1, 3)` is `"… b c"`."""
    return "… " * (start > 0) + " ".join(told[start:end]) + " …" * (end < len(told))


def marked(text: str, words: Collection[str]) -> list[tuple[str, bool]]:
    """Cut a text into what is a word of the query and what is not. Example: `marked("No mask.", ["mask"])` is
    `[("No ", False), ("mask", True), (".", False)]`.
    """
    asked = "|".join(map(re.escape, words)) or "$^"  # matches nothing
    pieces = enumerate(re.split(rf"\b({asked})\b", text, flags=re.IGNORECASE))
    return [(piece, number % 2 == 1) for number, piece in pieces if piece]


def joined(pieces: Sequence[tuple[str, bool]]) -> str:
    """Undo `marked`. Example: `joined([("No ", False), ("mask", True)])` is `"No mask"`."""
    return "".join(piece for piece, _ in pieces)


def name_of(passage: Passage) -> str:
    """Return what a passage is called. Example: `name_of(Passage("b1", "Bees", "Wax", "..."))` is `"Bees · Wax"`."""
    return " · ".join(dict.fromkeys(filter(None, [passage.subject, passage.title]))) or passage.id


def link_of(passage: Passage) -> str:
    """Return the way to the cell that a passage was made of; for other passages, none.

    Example: `link_of(Passage("01_tokenization.ipynb#cell-id=title", "", "", "..."))` is
    `"01_tokenization.ipynb#cell-id=title"`, and `link_of(Passage("b1", "", "", "..."))` is `""`.
    """
    return passage.id if CELL.fullmatch(passage.id) else ""


def rated(hit: Hit, how: str) -> str:
    """Say how good a hit is. Example: `rated(Hit(7, 0.032, 2, None), "both")` is
    `"fused 0.0320: place 2 by meaning, none by words"`.
    """
    if how != "both":
        return f"cosine {hit.score:.2f}" if how == "meaning" else f"BM25 {hit.score:.1f}"
    return f"fused {hit.score:.4f}: place {hit.meaning or 'none'} by meaning, {hit.words or 'none'} by words"


class SearchWidget(LiveWidget):
    """The widget behind `live_search`; what it shows can also be set from Python. Example: `widget.how = "both"`."""

    _esm = static("views/live.js", "retrieval/view_search.js")
    _css = static("views/live.css", "retrieval/view_search.css")
    text = traitlets.Unicode().tag(sync=True, asks=True)
    """The question."""
    how = traitlets.Enum(HOW, "meaning").tag(sync=True, asks=True)
    """By which search: "meaning", "words" or "both"."""

    def __init__(self, source: Searched, **traits: Any):
        self._source = source
        super().__init__(**traits)

    @property
    def _query(self) -> str:
        return self.text[:MOST_CHARACTERS]

    def found(self) -> list[Hit]:
        """Return the hits as data, best first. Example: `widget.found()[0].number`."""
        return find(self._query, self.how, self._source)

    def notes(self) -> list[str]:
        """Say what is left out. Example: `widget.notes()` is `[]` for a question of up to 5,000 characters."""
        count, most = len(self.text), MOST_CHARACTERS
        return [f"The question has {count:,} characters: the first {most:,} count."] if count > most else []

    def compute(self) -> dict[str, Any]:
        """Return the hits with marked words, and the summary."""
        words, hits = rarity(self._query, self._source.bm25), []
        for hit in self.found():
            passage = self._source.passages[hit.number]
            told = {"title": marked(name_of(passage), words), "excerpt": marked(excerpt(passage.text, words), words)}
            hits.append(told | {"link": link_of(passage), "rated": rated(hit, self.how)})
        return {"hits": hits, "notes": self.notes(), "summary": self._summary(hits)}

    def _summary(self, hits: list[dict[str, Any]]) -> str:
        if not hits:
            return NOTHING if self._query.strip() else EMPTY
        by = "meaning and words" if self.how == "both" else self.how
        best = f"{joined(hits[0]['title'])} ({hits[0]['rated']})"
        return f"{len(hits)} of {len(self._source.passages)} passages, by {by}. Best: {best}."

    def __repr__(self) -> str:
        answer = self.compute()
        lines = [f"You asked: {self._query}"] if answer["hits"] else []
        for number, hit in enumerate(answer["hits"], 1):
            lines += [f"{number}. {joined(hit['title'])} ({hit['rated']})", f"   {joined(hit['excerpt'])}"]
            lines += [f"   {hit['link']}"] if hit["link"] else []
        return "\n".join([*answer["notes"], *lines, answer["summary"]])


def live_search(
    encode: Callable[[list[str]], Tensor],
    passages: Sequence[Passage],
    vectors: Float[Tensor, "passages hidden"],
    question: str = QUESTION,
    how: str = "meaning",
) -> SearchWidget:
    """Return a widget: ask a question, see the five passages nearest to it by meaning, by words, or by both.

    Example: `live_search(encode, course_passages(), vectors, "What is a mask?", how="both")`

    Args:
        encode: turns a list of texts into unit vectors, a row each.
        passages: such as `course_passages()`, whose hits link to their cells, or your own.
        vectors: what `encode` makes of the passages.
        question: what is asked first.
        how: "meaning", "words" or "both".

    Raises:
        ValueError: vectors do not fit the passages, or there are no words in these. `find` gives the same hits as data.
    """
    return SearchWidget(searched(encode, passages, vectors), text=question, how=how)
