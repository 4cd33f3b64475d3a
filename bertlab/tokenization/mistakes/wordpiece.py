"""Likely mistakes in splitting words by hand. See `bertlab.exercises.mistakes`."""

from collections.abc import Collection

from bertlab.tokenization.pieces import wordpiece

Vocab = Collection[str]


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


def has_no_limit(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You split words of any length. A word of more than `max_chars` characters is `[unk_token]`."""
    return wordpiece(word, vocab, unk_token, max_chars=len(word))


def ignores_unk_token(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """Your unknown token is always "[UNK]". Give back `unk_token`, for a word that is too long, too."""
    return wordpiece(word, vocab, max_chars=max_chars)


def is_the_loop_of_the_lesson(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You split as the lesson's loop does, and two things are still missing: `unk_token` in place of "[UNK]", and the
    limit: a word of more than `max_chars` characters is unknown."""
    return wordpiece(word, vocab, max_chars=len(word))


def finds_no_single_character(word: str, vocab: Vocab, unk_token: str = "[UNK]", max_chars: int = 100) -> list[str]:
    """You never find a piece of one character, such as "##b". `range` leaves out its own end: let the piece shrink to
    `word[start : start + 1]` before you give up."""
    long = {piece for piece in vocab if len(piece.removeprefix("##")) > 1}
    return wordpiece(word, long, unk_token, max_chars)


def _pieces_from(word: str, start: int, vocab: Vocab) -> list[str]:
    """List the pieces that fit from `start` on, longest first."""
    prefix = "##" if start else ""
    pieces = (prefix + word[start:end] for end in range(len(word), start, -1))
    return [piece for piece in pieces if piece in vocab]
