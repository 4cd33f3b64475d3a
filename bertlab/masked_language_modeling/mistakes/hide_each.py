"""Likely mistakes in hiding each token in turn. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def hides_special_tokens(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """You hide [CLS] and [SEP], too. They are no part of the sentence: one copy for each ordinary token."""
    return _copies(input_ids, torch.eye(len(input_ids), dtype=torch.bool), mask)


def hides_only_special_tokens(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """You hide [CLS] and [SEP] instead of the words: a `~` is missing in front of `special_tokens_mask`."""
    return _copies(input_ids, torch.diag(special)[special], mask)


def begins_at_the_first_token(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """Row 0 hides token 0, and so on: you number the rows, and they are not the places of the tokens. Take the places
    from `(~special_tokens_mask).nonzero()`."""
    return _copies(input_ids, torch.eye(len(input_ids), dtype=torch.bool)[: int((~special).sum())], mask)


def keeps_the_original(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """One of your rows hides nothing: the sentence itself is not asked for."""
    return torch.cat([input_ids[None], _copies(input_ids, _diagonal(special), mask)])


def hides_all_at_once(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """Every row hides all words. Hide one in each: it is guessed from the others, which must be visible. (If you wrote
    [MASK] into `input_ids` itself, all rows are the same tensor: begin each with a `clone()`.)"""
    return _copies(input_ids, (~special).repeat(int((~special).sum()), 1), mask)


def hides_one_more_each_time(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """Each of your rows hides what the rows before it hid, too. Begin every row with a fresh copy: `clone()`."""
    return _copies(input_ids, _diagonal(special).cumsum(0).bool(), mask)


def hides_the_future(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """You hide a token and all that follow, as a left-to-right model would have it. Here both sides stay visible: one
    [MASK] in each row."""
    later = _diagonal(special).cumsum(1).bool() & ~special
    return _copies(input_ids, later, mask)


def leaves_rows_for_special_tokens(input_ids: Tensor, special: Tensor, mask: int) -> Tensor:
    """Some of your rows hide nothing: those of the special tokens. One row for each ordinary token, and no other."""
    return _copies(input_ids, torch.diag(~special), mask)


def _diagonal(special: Tensor) -> Tensor:
    """Return a row for each ordinary token, True at its place."""
    return torch.diag(~special)[~special]


def _copies(input_ids: Tensor, hidden: Tensor, mask: int) -> Tensor:
    return input_ids.expand(len(hidden), -1).masked_fill(hidden, mask)
