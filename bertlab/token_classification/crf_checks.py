"""What a CRF refuses, and what to do about it.

The library `torchcrf` answers some of these with an IndexError, and takes others as they are: a hole in the mask, or a
label of -1, which Python reads as the last tag.
"""

import torch
from torch import Tensor

from bertlab.constants import IGNORED


def check_moves(tags: int, moves: Tensor, starts: Tensor) -> None:
    """Refuse moves that do not fit the tags, or that leave no path.

    Example: `check_moves(2, torch.tensor([[True, False], [True, True]]), torch.tensor([True, False]))`

    ValueError says what is wrong.
    """
    if tags < 1 or moves.shape != (tags, tags) or starts.shape != (tags,):
        raise ValueError(
            f"{tags} tags, moves {tuple(moves.shape)} and starts {tuple(starts.shape)}: give at least one tag, moves "
            "(tags, tags) and starts (tags,)"
        )
    reached = starts
    for length in range(1, tags + 2):  # a path of more words than there are tags has a circle: it can go on for ever
        if not reached.any():
            raise ValueError(f"no path of {length} word(s) is allowed: allow more moves or starts")
        reached = moves[reached].any(0)


def check_batch(emissions: Tensor, mask: Tensor | None, count: int) -> Tensor:
    """Refuse a batch that a CRF cannot read; return the mask as booleans.

    Example: `check_batch(torch.zeros(1, 2, 3), torch.tensor([[1, 0]]), count=3)` is `[[True, False]]`.

    Args:
        emissions: (batch, words, tags).
        mask: (batch, words), 1 for words; None takes every word.
        count: how many tags the CRF has.

    Raises:
        ValueError: shapes do not fit, there is no sentence, or a sentence has no first word or a hole.
    """
    if emissions.dim() != 3 or emissions.shape[2] != count:
        raise ValueError(
            f"the emissions are {tuple(emissions.shape)}: give (batch, words, {count}), {count} being the tags"
        )
    if not emissions.shape[0] or not emissions.shape[1]:
        raise ValueError(f"the emissions are {tuple(emissions.shape)}: there is no word in it; leave empty batches out")
    if mask is None:
        return torch.ones(emissions.shape[:2], dtype=torch.bool, device=emissions.device)
    if mask.shape != emissions.shape[:2]:
        raise ValueError(f"the mask is {tuple(mask.shape)}: give (batch, words), {tuple(emissions.shape[:2])}")
    words = mask.bool()
    if not words[:, 0].all():
        sentence = first_place(~words[:, :1])[0]
        raise ValueError(
            f"the mask of sentence {sentence} is off at its first word: leave empty sentences out, put padding last, "
            "and gather words (gather_words) instead of masking [CLS]"
        )
    holes = words[:, 1:] & ~words[:, :-1]
    if holes.any():
        sentence, place = first_place(holes)
        raise ValueError(
            f"the mask of sentence {sentence} has a hole before word {place + 1}: a path has none; gather the words "
            "(gather_words), so that each has one place and padding comes last"
        )
    return words


def check_tags(tags: Tensor, words: Tensor, count: int) -> None:
    """Refuse tags that are none; at padding anything may stand.

    Example: `check_tags(torch.tensor([[2, -100]]), torch.tensor([[True, False]]), count=3)`

    ValueError says which and where.
    """
    if tags.shape != words.shape:
        raise ValueError(f"the tags are {tuple(tags.shape)}: give (batch, words), {tuple(words.shape)}")
    wrong = words & ((tags < 0) | (tags >= count))
    if not wrong.any():
        return
    sentence, place = first_place(wrong)
    found = int(tags[sentence, place])
    advice = (
        "a path goes through every word and none is ignored: gather the first pieces before the CRF (gather_words, "
        "gather_labels)"
        if found == IGNORED
        else f"it must be from 0 to {count - 1}"
    )
    raise ValueError(f"sentence {sentence}, word {place} has the label {found}: {advice}")


def check_path(tags: Tensor, mask: Tensor | None, moves: Tensor, starts: Tensor) -> None:
    """Refuse to learn a path that the CRF can never take.

    Example: `check_path(torch.tensor([[0, 0]]), None, torch.tensor([[True]]), torch.tensor([True]))`

    Tags and mask have passed the checks above. ValueError names the first forbidden move.
    """
    words = torch.ones_like(tags, dtype=torch.bool) if mask is None else mask.bool()
    tags = tags.long().masked_fill(~words, 0)
    allowed = torch.cat([starts[tags[:, :1]], moves[tags[:, :-1], tags[:, 1:]]], dim=1)
    if (allowed | ~words).all():
        return
    sentence, place = first_place(words & ~allowed)
    before = f"follows tag {int(tags[sentence, place - 1])}" if place else "begins the sentence"
    raise ValueError(
        f"sentence {sentence}, word {place}: tag {int(tags[sentence, place])} {before}, which is forbidden, "
        "so that its loss would have no bound; mend the tags (bio.repair)"
    )


def first_place(wrong: Tensor) -> tuple[int, int]:
    """Return the row and column of the first True.

    Example: `first_place(torch.tensor([[False, True]]))` is `(0, 1)`.
    """
    row, column = wrong.nonzero()[0].tolist()
    return row, column
