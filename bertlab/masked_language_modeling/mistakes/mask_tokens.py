"""Likely mistakes in masking tokens as BERT does. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor

IGNORED = -100
Masked = tuple[Tensor, Tensor]


def selects_special_tokens(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You select special tokens, too. [CLS], [SEP] and [PAD] are always the same, so there is nothing to learn from
    them; and a hidden [PAD] looks like a word. Use `& ~special`."""
    return _corrupt(ids, draw < 0.15, fate, other, mask)


def selects_at_the_rate_too(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You select where the draw equals 0.15, too. It has to be below: then a rate of 0 selects nothing."""
    return _corrupt(ids, (draw <= 0.15) & ~special, fate, other, mask)


def never_keeps(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You replace all that is not masked: 80/20/0. Only from 0.8 to 0.9 is a token replaced, from 0.9 on it stays."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.8, 1.0))


def replaces_what_was_masked(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """Your random tokens write over [MASK]: `fate < 0.9` is true of all that is below 0.8, too. Ask for `fate >= 0.8`
    as well."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.0, 0.9))


def corrupts_unselected_tokens(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You corrupt tokens that were not selected. What becomes of a token is asked of the selected ones only: combine
    every condition on `fate` with `selected &`."""
    selected = (draw < 0.15) & ~special
    corrupted, _ = _corrupt(ids, ~special, fate, other, mask)
    return corrupted, ids.masked_fill(~selected, IGNORED)


def labels_everything(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """Your labels hold a token everywhere. -100 belongs wherever nothing was selected, or the model is paid for copying
    what it can see."""
    corrupted, _ = _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask)
    return corrupted, ids.clone()


def labels_only_masks(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You give a label only where [MASK] stands. All that were selected are predicted, random and kept ones too."""
    selected = (draw < 0.15) & ~special
    corrupted, labels = _corrupt(ids, selected, fate, other, mask)
    return corrupted, labels.masked_fill(selected & (fate >= 0.8), IGNORED)


def labels_what_is_read(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """Your labels are what the model reads, [MASK] and all. They must be the original tokens: make them before you
    corrupt, or from a copy (`labels = input_ids` is no copy)."""
    corrupted, labels = _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask)
    return corrupted, corrupted.masked_fill(labels == IGNORED, IGNORED)


def _corrupt(
    ids: Tensor,
    selected: Tensor,
    fate: Tensor,
    other: Tensor,
    mask: int,
    replaced: tuple[float, float] = (0.8, 0.9),
) -> Masked:
    """Corrupt what is selected: [MASK] where `fate` is below 0.8, a random token where it is in the range given."""
    corrupted = ids.masked_fill(selected & (fate < 0.8), mask)
    swap = selected & (fate >= replaced[0]) & (fate < replaced[1])
    return torch.where(swap, other, corrupted), ids.masked_fill(~selected, IGNORED)
