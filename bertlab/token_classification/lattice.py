"""A CRF's lattice for one sentence: each tag of each word, the best path, and the best one left without some moves.

    found = lattice(tagger, tokenizer, words_of("Ann Lee left Oslo."), forbidden=[("B-PER", "I-PER")])
    found.path, found.new_path, found.probabilities

The probabilities are those of the CRF as it was learned, for both paths: forbidding a move takes it from the search for
the best path, and not from the sum over all paths.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from itertools import pairwise
from math import exp, inf
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH
from bertlab.models import evaluating
from bertlab.token_classification.alignment import encode_words
from bertlab.token_classification.bio import Entity, entities_of
from bertlab.token_classification.crf import LinearChainCRF
from bertlab.token_classification.tagger import Tagger
from bertlab.token_classification.word_batches import word_batch
from bertlab.tokenization.pieces import pre_tokenize

START = "start"
"""Stands for the tag before the first word, in moves."""
INNER = "-'’.&"
"""Marks that stay within a word."""
SHORTENED = {"Mr", "Mrs", "Ms", "Dr", "St", "Prof"}
"""What keeps its period, beside initials."""
Move = tuple[str, str]


class Lattice(NamedTuple):
    """What a CRF says of one sentence. Example: `lattice(tagger, tokenizer, ["Ann", "left"]).path`.

    Attributes:
        words: all words of the sentence.
        names: the tags.
        rows: the numbers of the words that the model reads: not those cut off, nor those without a piece.
        marginals: the probability of each tag of each word, over all paths; 0 for words that are not read.
        path: the best tags under the learned scores, O for words that are not read.
        new_path: the best tags without the forbidden moves; empty if they leave no path.
        scores: of both paths, under the learned scores; −inf where there is no path.
        probabilities: of both paths among all paths, under the learned scores; 0 where there is no path.
        entities: those of `new_path`.
        forbidden: the moves that were forbidden.
    """

    words: tuple[str, ...]
    names: tuple[str, ...]
    rows: list[int]
    marginals: Float[Tensor, "words tags"]
    path: list[str]
    new_path: list[str]
    scores: tuple[float, float]
    probabilities: tuple[float, float]
    entities: list[Entity]
    forbidden: tuple[Move, ...]

    def changed(self) -> list[int]:
        """Return the numbers of the words whose tag differs on the new path. Example: `found.changed()`."""
        pairs = enumerate(zip(self.path, self.new_path or self.path, strict=True))
        return [number for number, (old, new) in pairs if old != new]

    def moves(self) -> list[Move]:
        """Return the moves of the best path, then those that only the new path makes. Example: `found.moves()[0]`."""
        paths = [[path[row] for row in self.rows] for path in (self.path, self.new_path) if path]
        return list(dict.fromkeys(move for path in paths for move in moves_of(path)))


@torch.no_grad()
def lattice(
    tagger: Tagger,
    tokenizer: PreTrainedTokenizerFast,
    words: Sequence[str],
    forbidden: Iterable[Move] = (),
    max_length: int = MAX_LENGTH,
) -> Lattice:
    """Return the lattice of a sentence, dropout off; the tagger stays as it is.

    Example: `lattice(tagger, tokenizer, ["Ann", "Lee", "left"], forbidden=[("start", "B-PER")]).new_path`

    Args:
        tagger: one with a CRF.
        tokenizer: that of its encoder.
        words: the sentence; `words_of` makes words of a text.
        forbidden: moves from tag to tag, or from "start" to the tag of the first word. What the tagger's own rules
            forbid stays forbidden.
        max_length: words beyond so many tokens are not read.

    Raises:
        ValueError: the tagger has no CRF, a move is none, or no word has a piece.
    """
    crf, forbidden = crf_of(tagger), tuple(dict.fromkeys(forbidden))
    limited = without_moves(crf, tagger.names, forbidden)
    with evaluating(tagger):
        emissions, _, [rows], _ = tagger(
            word_batch([encode_words(words, tokenizer, max_length)], [range(len(words))], tokenizer)
        )
    if not rows:
        raise ValueError("there is no word that the tokenizer has a piece for: give at least one")
    marginals = emissions.new_zeros(len(words), len(tagger.names))
    marginals[rows] = crf.marginals(emissions)[0]
    (best, score), (new_best, new_score) = (best_path(one, emissions) for one in (crf, limited))
    total = crf.log_partition(emissions).item()
    path, new_path = (
        tags_at(rows, [tagger.names[number] for number in numbers], len(words)) if numbers else []
        for numbers in (best, new_best)
    )
    probabilities = min(1.0, exp(score - total)), min(1.0, exp(new_score - total))
    head = tuple(words), tagger.names, rows, marginals
    return Lattice(*head, path, new_path, (score, new_score), probabilities, entities_of(new_path), forbidden)


def crf_of(tagger: Tagger) -> LinearChainCRF:
    """Return the CRF of a tagger. Example: `crf_of(tagger).move_scores().start`.

    ValueError if it has none.
    """
    if tagger.crf is None:
        raise ValueError("this tagger has no CRF, so that moves have no scores: make and train Tagger(..., crf=True)")
    return tagger.crf


def without_moves(crf: LinearChainCRF, names: Sequence[str], forbidden: Iterable[Move]) -> LinearChainCRF:
    """Return a copy of a CRF that may not make some moves more.

    Example: `without_moves(crf, ["O", "B-PER", "I-PER"], [("start", "B-PER"), ("B-PER", "I-PER")])`

    ValueError for a move from or to what is no tag.
    """
    limited = deepcopy(crf)
    for before, after in forbidden:
        if after not in names or before not in (START, *names):
            raise ValueError(f"there is no move {before} → {after}: choose from {START}, {', '.join(names)}")
        number = names.index(after)
        if before == START:
            limited.starts[number] = False
        else:
            limited.moves[names.index(before), number] = False
    return limited


def best_path(crf: LinearChainCRF, emissions: Float[Tensor, "1 words tags"]) -> tuple[list[int], float]:
    """Return the best path of one sentence and its score; no path and −inf if each makes a forbidden move.

    Example: `best_path(crf, emissions)[0]`, the number of a tag for each word
    """
    [path], scores = crf.viterbi(emissions)
    allowed = bool(crf.starts[path[0]]) and bool(crf.moves[path[:-1], path[1:]].all())
    return (path, scores.item()) if allowed else ([], -inf)


def tags_at(rows: Iterable[int], tags: Iterable[str], count: int) -> list[str]:
    """Return tags for `count` words, O where there is none. Example: `tags_at([1], ["B-PER"], 3)` is
    `["O", "B-PER", "O"]`.
    """
    placed = ["O"] * count
    for row, tag in zip(rows, tags, strict=True):
        placed[row] = tag
    return placed


def moves_of(tags: Iterable[str]) -> list[Move]:
    """Return the moves that a path makes, from the start on. Example: `moves_of(["O", "O", "B-PER"])` is
    `[("start", "O"), ("O", "O"), ("O", "B-PER")]`.
    """
    return list(pairwise([START, *tags]))


def words_of(text: str) -> list[str]:
    """Cut a text into words as those of this course's tagged sentences are cut.

    Example: `words_of("Ann's dog, in New York.")` is `["Ann", "'s", "dog", ",", "in", "New", "York", "."]`, and
    `words_of("Mr. J. Lee won't pay $3,000.")` is `["Mr.", "J.", "Lee", "won't", "pay", "$", "3,000", "."]`.

    The rule: cut at white space; then each punctuation mark is a word, as in BERT's own pre-tokenization, but a hyphen,
    an apostrophe, a period or "&" between letters stays, as does what stands between digits. A possessive 's is a word
    of its own. Titles and initials keep their period, except at the end of the text.
    """
    words: list[str] = []
    chunks = text.split()
    for place, chunk in enumerate(chunks, 1):
        cut = cut_marks(pre_tokenize(chunk))
        if place < len(chunks) and len(cut) > 1 and cut[-1] == "." and is_short(cut[-2]):
            cut[-2:] = [f"{cut[-2]}."]
        words += cut
    return words


def cut_marks(parts: Sequence[str]) -> list[str]:
    """Put the parts of a chunk without white space together again where a mark stays within a word.

    Example: `cut_marks(["well", "-", "known", "!"])` is `["well-known", "!"]`.
    """
    words: list[str] = []
    goes_on = False
    for part, after in pairwise([*parts, ""]):
        before = words[-1] if words else ""
        if goes_on:
            words[-1], goes_on = before + part, False
        elif not (has_letter(before) and has_letter(after)) or has_letter(part):
            words.append(part)
        elif part in "'’" and after == "s":
            words.append(part)
            goes_on = True
        elif part in INNER or (before[-1].isdigit() and after[0].isdigit()):
            words[-1], goes_on = before + part, True
        else:
            words.append(part)
    return words


def has_letter(part: str) -> bool:
    """Say whether there is a letter or a digit: if not, it is a mark. Example: `has_letter("...")` is `False`."""
    return any(map(str.isalnum, part))


def is_short(word: str) -> bool:
    """Say whether a period after a word belongs to it: after a title, an initial, and where there are others.

    Example: `is_short("J")` is `True`, `is_short("p.m")` is `True`, and `is_short("York")` is `False`.

    I is taken for the pronoun.
    """
    initial = len(word) == 1 and word.isupper() and word != "I"
    return word.capitalize() in SHORTENED or initial or ("." in word and has_letter(word))
