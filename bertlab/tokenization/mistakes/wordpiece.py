"""What goes wrong when people split words by hand. See `bertlab.exercises.mistakes`."""

from collections.abc import Collection
from typing import Any

from bertlab.tokenization.pieces import wordpiece

Vocab = Collection[str]


def shows_no_marks(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You look up the right pieces, but return them without "##". "ed" is another piece than "##ed"."""
    return [piece.removeprefix("##") for piece in wordpiece(word, vocab, unk_token, max_chars)]


def looks_up_no_marks(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Inside a word you look for "ed", where the vocabulary has "##ed". Put "##" before every piece but the first."""
    bare = [piece for piece in vocab if not piece.startswith("##")]
    return [
        piece.removeprefix("##")
        for piece in wordpiece(word, {*bare, *("##" + piece for piece in bare)}, unk_token, max_chars)
    ]


def takes_the_shortest(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You let the piece grow and take the first that fits: the shortest. Begin with all the rest of the word, and let
    it shrink."""
    pieces: list[str] = []
    start = 0
    while start < len(word):
        found = _pieces_from(word, start, vocab)
        if not found or len(word) > max_chars:
            return [unk_token]
        pieces.append(found[-1])
        start += len(found[-1].removeprefix("##"))
    return pieces


def moves_one_step(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """After a piece you go on at the next character. Go on where the piece ends."""
    found = [_pieces_from(word, start, vocab) for start in range(len(word))]
    return [pieces[0] for pieces in found] if all(found) and len(word) <= max_chars else [unk_token]


def keeps_the_pieces_before_unk(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Where nothing fits, you keep the pieces in front of it. One dead end makes the whole word [UNK], and nothing
    else."""
    pieces: list[str] = []
    start = 0
    while start < len(word) <= max_chars:
        found = _pieces_from(word, start, vocab)
        if not found:
            return [*pieces, unk_token]
        pieces.append(found[0])
        start += len(found[0].removeprefix("##"))
    return pieces or [unk_token]


def gives_unk_for_a_character(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Where nothing fits, you write [UNK] and go on behind it. One dead end makes the whole word [UNK], and nothing
    else."""
    pieces: list[str] = []
    start = 0
    while start < len(word) <= max_chars:
        found = _pieces_from(word, start, vocab)
        pieces.append(found[0] if found else unk_token)
        start += len(found[0].removeprefix("##")) if found else 1
    return pieces or [unk_token]


def goes_back(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100, start: int = 0) -> list[str]:
    """You try a shorter piece where the longest leads nowhere. WordPiece is greedy: it never goes back, and this word
    is [UNK] although it could be split."""
    for piece in _pieces_from(word, start, vocab) if len(word) <= max_chars else []:
        end = start + len(piece.removeprefix("##"))
        rest = goes_back(word, vocab, unk_token, max_chars, end) if end < len(word) else []
        if rest != [unk_token]:
            return [piece, *rest]
    return [unk_token]


def has_no_limit(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You split words of any length. A word of more than `max_chars` characters is `[unk_token]`."""
    return wordpiece(word, vocab, unk_token, max_chars=len(word))


def stops_at_the_limit(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You give up on a word of exactly `max_chars` characters. Only more than that are too many."""
    return wordpiece(word, vocab, unk_token, max_chars - 1)


def ignores_two_arguments(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You wrote "[UNK]" and 100 into your code. Use `unk_token` and `max_chars`: other vocabularies say otherwise."""
    return wordpiece(word, vocab)


def ignores_unk_token(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Your unknown token is always "[UNK]". Give back `unk_token`, for a word that is too long, too."""
    return wordpiece(word, vocab, max_chars=max_chars)


def ignores_max_chars(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Your limit is always 100 characters. Use `max_chars`: 100 is only what it is unless the caller says otherwise."""
    return wordpiece(word, vocab, unk_token)


def is_the_loop_of_the_lesson(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You split as the lesson's loop does, and two things are still missing: `unk_token` in place of "[UNK]", and the
    limit: a word of more than `max_chars` characters is unknown."""
    return wordpiece(word, vocab, max_chars=len(word))


def takes_id_0_for_missing(word: str, vocab: Any, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You look for a piece by its id, so that the piece with the id 0 counts as missing: `if 0` is false. Besides, a
    `vocab` that is a set has no ids. Ask `piece in vocab`."""
    return wordpiece(word, {piece for piece in vocab if vocab.get(piece)}, unk_token, max_chars)


def finds_no_single_character(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You never find a piece of one character, such as "##b". `range` leaves out its own end: let the piece shrink to
    `word[start : start + 1]` before you give up."""
    long = {piece for piece in vocab if len(piece.removeprefix("##")) > 1}
    return wordpiece(word, long, unk_token, max_chars)


def begins_at_the_end(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You take the longest pieces from the end of the word. Begin at its start: WordPiece goes from left to right, and
    where both ways lead through, they need not give the same pieces."""
    pieces: list[str] = []
    end = len(word)
    while 0 < end <= max_chars:
        fitting = [start for start in range(end) if ("##" if start else "") + word[start:end] in vocab]
        if not fitting:
            return [unk_token]
        pieces.insert(0, ("##" if fitting[0] else "") + word[fitting[0] : end])
        end = fitting[0]
    return pieces or [unk_token]


def _pieces_from(word: str, start: int, vocab: Vocab) -> list[str]:
    """List the pieces that fit from `start` on, longest first."""
    prefix = "##" if start else ""
    pieces = (prefix + word[start:end] for end in range(len(word), start, -1))
    return [piece for piece in pieces if piece in vocab]
