"""A CRF's lattice, live: type a sentence, see the best path, forbid moves, and see which path is best without them."""

from collections.abc import Iterable, Sequence
from typing import Any

import traitlets
from matplotlib import colormaps
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH
from bertlab.token_classification.lattice import Lattice, Move, crf_of, lattice, without_moves, words_of
from bertlab.token_classification.tagger import Tagger
from bertlab.views.live import LiveWidget, static

MOST_DRAWN = 24
"""Words drawn at most; the path goes through all that are read."""
MOST_LISTED = 6
"""Words that the summary names at most."""
FAINT = 0.005
"""A node with less gets no color: its number reads 0.00."""
NOTHING_LEFT = "No path is left: every path of this sentence makes a forbidden move. Allow one again."
EXAMPLE = "Jordan Lake met officials of Orange in New York."


def shade(probability: float) -> list[str]:
    """Return the color of a node and of the number in it, on viridis from yellow to dark; none for what is near 0.

    Example: `shade(1.0)` is `["#440154", "#ffffff"]`, and `shade(0.0)` is `[]`.
    """
    if probability < FAINT:
        return []
    red, green, blue = (round(255 * part) for part in colormaps["viridis_r"](probability)[:3])
    linear = [
        (part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4) for part in (red, green, blue)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return [f"#{red:02x}{green:02x}{blue:02x}", "#ffffff" if luminance < 0.179 else "#000000"]


def percent(probability: float) -> str:
    """Write a probability. Example: `percent(0.1234)` is `"12.3%"`, and `percent(0.00012)` is `"1.2e-04"`."""
    return f"{probability:.1%}" if probability >= 0.001 or not probability else f"{probability:.1e}"


def counted(count: int, what: str) -> str:
    """Write a number of things. Example: `counted(1, "word")` is `"1 word"`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def as_moves(text: str) -> list[Move]:
    """Read moves, a line for each.

    Example: `as_moves("start → O\\nB-PER I-PER")` is `[("start", "O"), ("B-PER", "I-PER")]`.

    ValueError for a line without two tags.
    """
    found: dict[Move, None] = {}
    for line in filter(str.strip, text.splitlines()):
        tags = line.replace("→", " ").split()
        if len(tags) != 2:
            raise ValueError(f"{line!r} is no move: write two tags, such as B-PER → I-PER")
        found[tags[0], tags[1]] = None
    return list(found)


def as_lines(moves: Iterable[Move]) -> str:
    """Write moves, a line for each. Example: `as_lines([("start", "O")])` is `"start → O"`."""
    return "\n".join(f"{before} → {after}" for before, after in moves)


def names_of_entities(found: Lattice) -> str:
    """Write the entities with their types. Example: `names_of_entities(found)` may be `"1 entity: New York (LOC)."`."""
    if not found.entities:
        return "No entity."
    names = [f"{' '.join(found.words[start:end])} ({kind})" for kind, start, end in found.entities]
    return f"{len(names)} {'entity' if len(names) == 1 else 'entities'}: {', '.join(names)}."


def summarize(found: Lattice) -> str:
    """Say what the best path is, or what became of it. Example: `summarize(found)` may begin `"No entity."`."""
    (score, new_score), (share, new_share) = found.scores, found.probabilities
    if not found.forbidden:
        return f"{names_of_entities(found)} The probability of the best path is {percent(share)}."
    if not found.new_path:
        return NOTHING_LEFT
    changed = found.changed()
    if not changed:
        return f"Nothing changes: the best path makes none of the forbidden moves. {names_of_entities(found)}"
    words = [f"{found.words[i]} is {found.new_path[i]} instead of {found.path[i]}" for i in changed[:MOST_LISTED]]
    if len(changed) > MOST_LISTED:
        words.append(f"and {len(changed) - MOST_LISTED} more")
    return (
        f"{counted(len(changed), 'word')} changed: {'; '.join(words)}. {names_of_entities(found)} "
        f"The score fell by {score - new_score:.2f}, from {score:.2f} to {new_score:.2f}: the learned CRF gives the "
        f"old path a probability of {percent(share)}, and the new one {percent(new_share)}."
    )


def notes(found: Lattice) -> list[str]:
    """Say what is not drawn or not read. Example: `notes(lattice(tagger, tokenizer, ["Ann"]))` is `[]` for a BERT."""
    lost = [word for row, word in enumerate(found.words) if row not in found.rows]
    said = []
    if len(found.words) > MOST_DRAWN:
        said.append(
            f"This sentence has {len(found.words)} words: the first {MOST_DRAWN} are drawn, and the path goes through "
            f"{'all that are read' if lost else 'all of them'}."
        )
    if lost:
        words = ", ".join(f'"{word}"' for word in lost[:3]) + (", ..." if len(lost) > 3 else "")
        said.append(f"{counted(len(lost), 'word')} not read (cut off, or without a piece), and said to be O: {words}")
    return said


def as_text(found: Lattice) -> str:
    """Write a lattice as a table in plain text. Example: a line is `"Lee      B-PER     0.02  was I-PER"`."""
    tags, width = found.new_path or found.path, max(4, *map(len, found.words))
    changed = found.changed()
    lines = [f"{'word':{width}}  {'tag':8}  probability"]
    for row, (word, tag) in enumerate(zip(found.words, tags, strict=True)):
        share = f"{found.marginals[row, found.names.index(tag)]:.2f}" if row in found.rows else "not read"
        lines.append(f"{word:{width}}  {tag:8}  {share}{f'  was {found.path[row]}' if row in changed else ''}")
    return "\n".join([*lines, *notes(found), summarize(found)])


def picture(found: Lattice) -> dict[str, Any]:
    """Return what the page draws: words with their tags, nodes row by row, and both paths.

    Example: `picture(found)["nodes"][0][0]` may be `["0.98", "#48186a", "#ffffff"]`: first word, first tag
    """
    shown, changed = range(min(len(found.words), MOST_DRAWN)), found.changed()
    now = found.new_path or [""] * len(found.words)
    nodes = [[[f"{share:.2f}", *shade(share)] for share in row] for row in found.marginals[: len(shown)].tolist()]
    return {
        "words": [[found.words[row], now[row], found.path[row] if row in changed else ""] for row in shown],
        "entities": [(kind, start, min(end, len(shown))) for kind, start, end in found.entities if start in shown],
        "nodes": [nodes[row] if row in found.rows else [] for row in shown],
        "paths": [numbers_of(found, path, shown) for path in (found.path, found.new_path)],
        "description": in_words(found, shown),
        "moves": as_lines(found.moves()).splitlines(),
        "notes": notes(found),
        "summary": summarize(found),
    }


def numbers_of(found: Lattice, path: Sequence[str], shown: range) -> list[int | None]:
    """Return the row that a path has in each column; None where a word is not read.

    Example: `numbers_of(found, ["O", "B-LOC"], range(2))` may be `[0, 1]`; of no path it is `[]`.
    """
    return [found.names.index(path[row]) if row in found.rows else None for row in shown] if path else []


def in_words(found: Lattice, shown: range) -> str:
    """Write the picture as a sentence. Example: `in_words(found, range(2))` may be `"Ann B-PER 0.98, left O 0.99."`."""
    tags, words = found.new_path or found.path, []
    for row in (row for row in shown if row in found.rows):
        share = found.marginals[row, found.names.index(tags[row])]
        words.append(f"{found.words[row]} {tags[row]} {share:.2f}")
    return f"{', '.join(words)}."


class LatticeWidget(LiveWidget):
    """The widget behind `live_lattice`; what it shows can also be set from Python.

    Example: `widget.forbidden = "B-PER → I-PER\\nstart → B-PER"`
    """

    _esm = static("views/live.js", "token_classification/view_lattice.js")
    _css = static("views/live.css", "token_classification/view_lattice.css")
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True, asks=True)
    forbidden = traitlets.Unicode().tag(sync=True, asks=True)
    """The forbidden moves, a line for each."""

    def __init__(self, tagger: Tagger, tokenizer: PreTrainedTokenizerFast, max_length: int, **traits: Any):
        self._tagger, self._tokenizer, self._max_length = tagger, tokenizer, max_length
        self._crf = crf_of(tagger)
        super().__init__(names=list(tagger.names), **traits)

    @traitlets.validate("forbidden")
    def _check(self, proposal: Any) -> str:
        moves = as_moves(proposal["value"])
        without_moves(self._crf, self._tagger.names, moves)  # refuses what is no tag
        return as_lines(moves)

    def found(self) -> Lattice:
        """Return the lattice as data. Example: `widget.found().new_path`.

        ValueError if there is no word.
        """
        moves = as_moves(self.forbidden)
        return lattice(self._tagger, self._tokenizer, words_of(self.text), moves, self._max_length)

    def compute(self) -> dict[str, Any]:
        """Return the picture, the forbidden moves and the summary; no picture while there is no text."""
        if not self.text.strip():
            return {"words": [], "notes": [], "summary": "Type a sentence."}
        return picture(self.found())

    def __repr__(self) -> str:
        return as_text(self.found()) if self.text.strip() else "Type a sentence."


def live_lattice(
    tagger: Tagger,
    tokenizer: PreTrainedTokenizerFast,
    text: str = EXAMPLE,
    forbidden: Iterable[Move] = (),
    max_length: int = MAX_LENGTH,
) -> LatticeWidget:
    """Return a widget: type a sentence, see how its tags depend on each other, and forbid moves from tag to tag.

    Example: `live_lattice(tagger, tokenizer, "Ann Lee left Oslo.", forbidden=[("B-PER", "I-PER")])`

    `lattice` gives the same as data. ValueError if the tagger has no CRF, or for a move from or to what is no tag.
    """
    return LatticeWidget(tagger, tokenizer, max_length, text=text, forbidden=as_lines(forbidden))
