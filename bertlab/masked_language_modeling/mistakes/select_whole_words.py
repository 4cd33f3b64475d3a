"""Likely mistakes in selecting whole words. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor

WordIds = list[int | None]


def draws_for_each_piece(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You use the draw with the number of the *token*. All pieces of a word share the draw with the number of the word,
    `draws[word]`."""
    return (draws[: len(word_ids)] < rate) & (_words(word_ids) >= 0)


def selects_special_tokens(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You select special tokens: None became -1, and `draws[-1]` is the last draw, without an error. A special token is
    never selected."""
    return draws[_words(word_ids)] < rate


def selects_every_special_token(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You select every special token. Where `word` is None the answer is False: `word is not None and ...`."""
    return (draws[_words(word_ids)] < rate) | (_words(word_ids) < 0)


def takes_none_for_word_0(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You take None for word 0, so that special tokens are selected with the first word: `None or 0` is 0."""
    return draws[_words(word_ids).clamp(min=0)] < rate


def leaves_out_word_0(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """Your first word is never selected: 0 counts as false in Python. Ask `word is not None`."""
    return (draws[_words(word_ids)] < rate) & (_words(word_ids) > 0)


def selects_first_pieces(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You select the first piece of each word, and leave the others to give it away. Select all pieces, or none."""
    words = _words(word_ids)
    begins = torch.tensor([True] + [a != b for a, b in zip(word_ids[1:], word_ids, strict=False)])
    return (draws[words] < rate) & (words >= 0) & begins


def selects_the_others(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You select where the draw is not below the rate, which leaves out the words that were to be selected."""
    words = _words(word_ids)
    return (draws[words] >= rate) & (words >= 0)


def selects_at_the_rate_too(word_ids: WordIds, draws: Tensor, rate: float) -> Tensor:
    """You select where the draw equals the rate, too. It has to be below: then a rate of 0 selects nothing."""
    words = _words(word_ids)
    return (draws[words] <= rate) & (words >= 0)


def _words(word_ids: WordIds) -> Tensor:
    return torch.tensor([-1 if word is None else word for word in word_ids])
