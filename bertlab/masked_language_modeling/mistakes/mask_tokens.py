"""What goes wrong when people mask tokens as BERT does. See `bertlab.exercises.mistakes`."""

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


def selects_only_special_tokens(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You select special tokens and nothing else: a `~` is missing in front of `special`."""
    return _corrupt(ids, (draw < 0.15) & special, fate, other, mask)


def selects_a_fixed_number(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You select exactly 15 % of the batch, those with the smallest draws. Each position decides for itself, whatever
    the others do: `draw < 0.15`."""
    count = round(0.15 * (~special).sum().item())
    chosen = torch.zeros(ids.numel(), dtype=torch.bool)
    chosen[draw.masked_fill(special, 2).flatten().argsort()[:count]] = True
    return _corrupt(ids, chosen.view_as(ids), fate, other, mask)


def selects_whole_texts(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You decide once for each text, by its first draw, so that some texts are hidden as a whole. Each position has a
    draw of its own."""
    return _corrupt(ids, (draw[:, :1] < 0.15) & ~special, fate, other, mask)


def selects_the_other_85_percent(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You select where the draw is above 0.15: that is 85 % of the tokens."""
    return _corrupt(ids, (draw >= 0.15) & ~special, fate, other, mask)


def always_masks(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You hide every selected token behind [MASK]. Two in ten get another fate: `fate` from 0.8 to 0.9 makes a random
    token, from 0.9 on the token stays."""
    return _corrupt(ids, (draw < 0.15) & ~special, 0 * fate, other, mask)


def never_keeps(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You replace all that is not masked: 80/20/0. Only from 0.8 to 0.9 is a token replaced, from 0.9 on it stays."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.8, 1.0))


def never_replaces(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You keep all that is not masked: 80/0/20. From 0.8 to 0.9 a token is replaced by what stands in `random_ids`."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.8, 0.8))


def swaps_the_tens(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You keep from 0.8 to 0.9, and replace from 0.9 on. It is the other way round; in the mean that makes no
    difference, but asked for is this order."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.9, 1.0))


def replaces_what_was_masked(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """Your random tokens write over [MASK]: `fate < 0.9` is true of all that is below 0.8, too. Ask for `fate >= 0.8`
    as well."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.0, 0.9))


def replaces_below_a_tenth(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You replace where `fate < 0.1`. Those had already become [MASK], so that you get 70/10/20. The three parts must
    not overlap: below 0.8, from 0.8 to 0.9, from 0.9 on."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask, replaced=(0.0, 0.1))


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


def labels_only_what_changed(
    ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int
) -> Masked:
    """You give a label only where a token was changed. The one in ten that is kept is predicted, too: that is what it
    was selected for."""
    corrupted, labels = _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask)
    return corrupted, labels.masked_fill(corrupted == ids, IGNORED)


def labels_only_masks(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You give a label only where [MASK] stands. All that were selected are predicted, random and kept ones too."""
    selected = (draw < 0.15) & ~special
    corrupted, labels = _corrupt(ids, selected, fate, other, mask)
    return corrupted, labels.masked_fill(selected & (fate >= 0.8), IGNORED)


def labels_the_others(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """Your labels are turned round: -100 where a token was selected, and a label at the others. A `~` is missing."""
    selected = (draw < 0.15) & ~special
    return _corrupt(ids, selected, fate, other, mask)[0], ids.masked_fill(selected, IGNORED)


def returns_labels_first(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You return the labels first. Asked for is what is read, and then the labels."""
    return _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask)[::-1]


def labels_what_is_read(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """Your labels are what the model reads, [MASK] and all. They must be the original tokens: make them before you
    corrupt, or from a copy (`labels = input_ids` is no copy)."""
    corrupted, labels = _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask)
    return corrupted, corrupted.masked_fill(labels == IGNORED, IGNORED)


def ignores_with_zero(ids: Tensor, special: Tensor, draw: Tensor, fate: Tensor, other: Tensor, mask: int) -> Masked:
    """You mark what takes no part with 0, which is [PAD], a token like others. The mark is -100, because no token has
    that id."""
    corrupted, labels = _corrupt(ids, (draw < 0.15) & ~special, fate, other, mask)
    return corrupted, labels.masked_fill(labels == IGNORED, 0)


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
