"""From pieces to words: one vector for each word, as a CRF needs them, and the words that truncation has cut off.

    hidden = bert(**pad(tokenizer, [encoded.features for encoded in sentences])).last_hidden_state
    gathered = gather_words(hidden, [encoded.word_ids for encoded in sentences], [range(len(words)) for words in texts])
    crf.loss(linear(gathered.states), gather_labels(labels, gathered.numbers), gathered.mask)

Special tokens and words without a piece get no row, so that the mask has no holes. Devlin et al. 2018 (section 5.3)
take the first piece.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.constants import IGNORED
from bertlab.token_classification.alignment import WordIds

Pooling = Literal["first", "last", "mean"]
PICKED = {"first": slice(1), "last": slice(-1, None), "mean": slice(None)}


class GatheredWords(NamedTuple):
    """One row for each word. Example: `gather_words(hidden, word_ids, words).lost`.

    Attributes:
        states: hidden states, or logits; 0 at padding.
        mask: where words are.
        numbers: the word of each row, in each sentence.
        lost: the words without a row, in each sentence: cut off, or without a piece to begin with. They are to be
            predicted as O.
    """

    states: Float[Tensor, "batch words hidden"]
    mask: Bool[Tensor, "batch words"]
    numbers: list[list[int]]
    lost: list[list[int]]


def pieces_of_words(word_ids: WordIds, which: Pooling = "first") -> dict[int, list[int]]:
    """Return the positions of the pieces that stand for each word.

    Example: `pieces_of_words([None, 0, 0, 1, None], "last")` is `{0: [2], 1: [3]}`, and
    `pieces_of_words([None, 0, 0, 1, None], "mean")` is `{0: [1, 2], 1: [3]}`.

    ValueError for another `which`.
    """
    if which not in PICKED:
        raise ValueError(f"which must be 'first', 'last' or 'mean', not {which!r}")
    found: dict[int, list[int]] = {}
    for position, word in enumerate(word_ids):
        if word is not None:
            found.setdefault(word, []).append(position)
    return {word: positions[PICKED[which]] for word, positions in found.items()}


def gather_words(
    states: Float[Tensor, "batch pieces hidden"],
    word_ids: Sequence[WordIds],
    words: Sequence[range],
    which: Pooling = "first",
) -> GatheredWords:
    """Return one vector for each word: that of its first or last piece, or the mean of its pieces.

    Example: `gather_words(torch.tensor([[[9.0], [1.0], [3.0], [9.0]]]), [[None, 0, 0, None]], [range(1)]).states` is
    `[[[1.0]]]`, and
    `gather_words(torch.tensor([[[9.0], [1.0], [3.0], [9.0]]]), [[None, 0, 0, None]], [range(1)], "mean").states` is
    `[[[2.0]]]`.

    Args:
        states: the vector of each piece. There may be padding on the right.
        word_ids: the word of each piece, for each sentence.
        words: the words that each sentence has, also those cut off: `range(len(words))`, or `words` of a window.
        which: the pieces that stand for a word.

    Raises:
        ValueError: there are not as many sentences of one as of the other, or pieces without a vector.
    """
    check_pieces(states, word_ids, words)
    pieces = [pieces_of_words(ids, which) for ids in word_ids]
    width = max(map(len, pieces), default=0)
    picked = torch.tensor(
        [
            (sentence, position, sentence * width + row)
            for sentence, found in enumerate(pieces)
            for row, positions in enumerate(found.values())
            for position in positions
        ],
        device=states.device,
        dtype=torch.long,
    ).reshape(-1, 3)
    sentences, positions, rows = picked.unbind(1)
    sums = states.new_zeros(len(pieces) * width, states.shape[2]).index_add(0, rows, states[sentences, positions])
    counts = torch.bincount(rows, minlength=len(pieces) * width)
    means = sums / counts.clamp(min=1)[:, None]
    return GatheredWords(
        states=means.reshape(len(pieces), width, states.shape[2]),
        mask=(counts > 0).reshape(len(pieces), width),
        numbers=[list(found) for found in pieces],
        lost=[[word for word in own if word not in found] for own, found in zip(words, pieces, strict=True)],
    )


def check_pieces(states: Tensor, word_ids: Sequence[WordIds], words: Sequence[range]) -> None:
    """Refuse pieces that do not fit their vectors.

    Example: `check_pieces(torch.zeros(1, 3, 5), [[None, 0]], [range(1)])`

    ValueError says what does not fit.
    """
    if not len(states) == len(word_ids) == len(words):
        raise ValueError(
            f"states of {len(states)} sentences, word_ids of {len(word_ids)} and words of {len(words)}: give one of "
            "each for each sentence"
        )
    for sentence, (ids, own) in enumerate(zip(word_ids, words, strict=True)):
        if len(ids) > states.shape[1]:
            raise ValueError(f"sentence {sentence} has {len(ids)} pieces, but states for {states.shape[1]}: give all")
        strange = set(ids) - {None, *own}
        if strange:
            raise ValueError(f"sentence {sentence} has pieces of word {strange.pop()}, which is not in {own}")


def gather_labels(labels: Sequence[Sequence[int]], numbers: Sequence[Sequence[int]]) -> Int[Tensor, "batch words"]:
    """Return the labels of the words that have a row, -100 at padding, which a CRF's mask leaves out.

    Example: `gather_labels([[5, 6, 7], [8]], [[0, 2], [0]])` is `[[5, 7], [8, -100]]`.

    Args:
        labels: one for each word of each sentence, also for those cut off.
        numbers: as `gather_words` returns them.

    Raises:
        ValueError: a word has no label.
    """
    if len(labels) != len(numbers):
        raise ValueError(f"labels of {len(labels)} sentences, words of {len(numbers)}: give labels for each sentence")
    gathered = torch.full((len(numbers), max(map(len, numbers), default=0)), IGNORED)
    for sentence, (own, rows) in enumerate(zip(labels, numbers, strict=True)):
        if max(rows, default=-1) >= len(own):
            raise ValueError(f"sentence {sentence} has {len(own)} labels, but word {max(rows)}: give one for each word")
        gathered[sentence, : len(rows)] = torch.tensor([own[row] for row in rows])
    return gathered
