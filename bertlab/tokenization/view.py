"""Word pieces, live: what a tokenizer makes of a text, as rows, as a text table and as a widget that follows typing."""

from typing import Any, NamedTuple

import traitlets
from transformers import PreTrainedTokenizerFast

from bertlab.tokenization.real_text import refuse_half_characters
from bertlab.tokenization.smaller_vocabulary import shrink, vocab_sizes
from bertlab.views.live import LiveWidget, static

MOST_DRAWN = 200
"""Pieces drawn at most, so that a pasted book does not freeze the page."""


class PieceRow(NamedTuple):
    """One position of the model's input, and the word it came from (None for [CLS], [SEP] and [PAD])."""

    piece: str
    id: int
    token_type_id: int
    attention_mask: int
    word: int | None
    is_continuation: bool


def analyze(
    text: str,
    pair: str | None,
    tokenizer: PreTrainedTokenizerFast,
    vocab_size: int | None = None,
    max_length: int | None = None,
) -> list[PieceRow]:
    """Return one row per piece: what `tokenizer(text, pair)` gives, column by column.

    Example: `[row.piece for row in analyze("unaffable", None, tokenizer)]` gives
    `["[CLS]", "una", "##ffa", "##ble", "[SEP]"]`.

    Args:
        text: the first text.
        pair: the second text, or None.
        tokenizer: any fast tokenizer.
        vocab_size: split with only the first entries of the vocabulary (see `shrink`); the ids stay those of the whole.
        max_length: pad or cut to exactly this number of pieces.

    Raises:
        ValueError: `max_length` leaves no room beside the special tokens, the vocabulary cannot be so small, or a text
            holds half a character (a lone surrogate).
    """
    refuse_half_characters(text + (pair or ""))
    specials = tokenizer.num_special_tokens_to_add(pair=pair is not None)
    if max_length is not None and max_length <= specials:
        raise ValueError(f"max_length is {max_length}: the special tokens alone take {specials}, so give more")
    splitter = tokenizer if vocab_size is None else shrink(tokenizer, vocab_size)
    fit: dict[str, Any] = {"padding": "max_length", "truncation": True, "max_length": max_length} if max_length else {}
    encoding = splitter(text, pair, verbose=False, **fit).encodings[0]
    words = encoding.word_ids
    continues = [word is not None and word == before for word, before in zip(words, [None, *words], strict=False)]
    columns = encoding.tokens, encoding.ids, encoding.type_ids, encoding.attention_mask, words, continues
    return [PieceRow(*row) for row in zip(*columns, strict=True)]


def summarize(text: str, pair: str | None, rows: list[PieceRow], unk_token: str) -> str:
    """Return the counts as a sentence; words are those between spaces, special tokens are not counted as pieces.

    Example: `"5 words, 13 pieces: 2.60 pieces per word, no [UNK]"`
    """
    words = len(f"{text} {pair or ''}".split())
    pieces = sum(row.word is not None for row in rows)
    unknown = sum(row.piece == unk_token for row in rows)
    return (
        f"{words:,} word{'s' * (words != 1)}, {pieces:,} piece{'s' * (pieces != 1)}: "
        f"{pieces / max(words, 1):.2f} pieces per word, {unknown or 'no'} {unk_token}"
    )


def as_text(rows: list[PieceRow]) -> str:
    """Return the rows as a table in plain text. Example: `print(as_text(analyze("Hello", None, tokenizer)))`."""
    header = ("piece", "input_ids", "token_type_ids", "attention_mask")
    width = max(len(text) for text in [header[0], *(row.piece for row in rows)])
    lines = ["  ".join([header[0].ljust(width), *header[1:]])]
    for row in rows:
        numbers = zip(header[1:], row[1:4], strict=True)
        lines.append("  ".join([row.piece.ljust(width), *(str(number).rjust(len(name)) for name, number in numbers)]))
    return "\n".join(lines)


class TokenizerWidget(LiveWidget):
    """The widget behind `live_tokenizer`; its inputs can also be set from Python, as in `widget.text = "Hello"`."""

    _esm = static("views/live.js", "tokenization/view.js")
    text = traitlets.Unicode().tag(sync=True, asks=True)
    pair = traitlets.Unicode().tag(sync=True, asks=True)
    has_pair = traitlets.Bool(False).tag(sync=True, asks=True)
    vocab_size = traitlets.Int().tag(sync=True, asks=True)
    fits = traitlets.Bool(False).tag(sync=True, asks=True)
    max_length = traitlets.Int(16).tag(sync=True, asks=True)
    vocab_sizes = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, tokenizer: PreTrainedTokenizerFast, **traits: Any):
        self._tokenizer, self._special = tokenizer, frozenset(tokenizer.all_special_tokens)
        super().__init__(vocab_size=len(tokenizer), vocab_sizes=vocab_sizes(tokenizer), **traits)

    def rows(self, max_length: int | None = None) -> list[PieceRow]:
        """Return the rows for what is typed now, with the vocabulary chosen now."""
        vocab_size = None if self.vocab_size == len(self._tokenizer) else self.vocab_size
        return analyze(self.text, self.pair if self.has_pair else None, self._tokenizer, vocab_size, max_length)

    def compute(self) -> dict[str, Any]:
        """Return the rows to draw, the counts as a sentence, and what else there is to say."""
        whole = self.rows()
        rows = self.rows(self.max_length) if self.fits else whole
        pair = self.pair if self.has_pair else None
        return {
            "rows": [row._asdict() | {"kind": self._kind(row)} for row in rows[:MOST_DRAWN]],
            "summary": summarize(self.text, pair, whole, self._tokenizer.unk_token),
            "notes": self._notes(whole, rows),
        }

    def _notes(self, whole: list[PieceRow], rows: list[PieceRow]) -> list[str]:
        entries, unknown = len(self._tokenizer), self._tokenizer.unk_token
        cut, padded = len(whole) - len(rows), sum(not row.attention_mask for row in rows)
        notes = {
            f"Split with the {self.vocab_size:,} most useful entries only: single characters, then roughly by "
            f"frequency. The ids are still those of all {entries:,}.": self.vocab_size < entries,
            f"{unknown} stands for a word that has a character the vocabulary lacks, or too many characters.": any(
                row.piece == unknown for row in rows
            ),
            f"{cut:,} of {len(whole):,} pieces did not fit and were cut off.": cut > 0,
            f"{padded:,} [PAD] fill the row up to {self.max_length}: attention mask 0 hides them.": padded > 0,
            f"Only the first {MOST_DRAWN} of {len(rows):,} pieces are drawn.": len(rows) > MOST_DRAWN,
        }
        return [note for note, holds in notes.items() if holds]

    def _kind(self, row: PieceRow) -> str:
        if row.piece == self._tokenizer.unk_token:
            return "unknown"
        if not row.attention_mask:
            return "padding"
        return "special" if row.piece in self._special else "ordinary"

    def __repr__(self) -> str:
        rows = self.rows(self.max_length if self.fits else None)
        return f"{self.answer.get('summary', '')}\n{as_text(rows)}"


def live_tokenizer(
    tokenizer: PreTrainedTokenizerFast,
    text: str = "The unaffable snowboarders were embroidering.",
    pair: str | None = None,
) -> TokenizerWidget:
    """Return a widget: type, and see the pieces with their ids, token types and attention mask.

    Example: `live_tokenizer(AutoTokenizer.from_pretrained(checkpoint()))`

    A `pair` given here is shown at once; otherwise a switch in the widget adds a second text. `analyze` gives the same
    rows as data.
    """
    return TokenizerWidget(tokenizer, text=text, has_pair=pair is not None, pair=pair or "They were left in stitches.")
