"""Likely mistakes in the labels of a causal model. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def does_not_shift(input_ids: Tensor) -> Tensor:
    """Your labels are the tokens themselves. At each position the model sees the token that stands there, so it would
    learn to copy: the label is the *next* token."""
    return input_ids.masked_fill(input_ids == 0, -100)


def shifts_to_the_right(input_ids: Tensor) -> Tensor:
    """You ask for the token *before* each position, which the model has seen. Shift the other way: column t gets the
    token of column t + 1."""
    labels = torch.full_like(input_ids, -100)
    labels[:, 1:] = input_ids[:, :-1]
    return labels.masked_fill(input_ids == 0, -100)


def lets_the_row_wrap_around(input_ids: Tensor) -> Tensor:
    """`roll` brings [CLS] round to the end of a row without padding. After the last [SEP] there is nothing to predict:
    -100."""
    labels = input_ids.roll(-1, dims=1)
    return labels.masked_fill(labels == 0, -100)


def only_rolls(input_ids: Tensor) -> Tensor:
    """`roll` shifts, but brings [CLS] round to the end and leaves padding as a label. Put -100 at both."""
    return input_ids.roll(-1, dims=1)


def asks_for_padding(input_ids: Tensor) -> Tensor:
    """You ask for padding, label 0. It is no part of the language: -100 wherever the next token is padding, or where
    there is none."""
    return torch.nn.functional.pad(input_ids[:, 1:], (0, 1))


def asks_for_one_padding(input_ids: Tensor) -> Tensor:
    """At [SEP] you ask for the padding after it. Check whether the *next* token is padding, not the one that stands
    there."""
    labels = torch.nn.functional.pad(input_ids[:, 1:], (0, 1), value=-100)
    return labels.masked_fill(input_ids == 0, -100)


def never_asks_for_the_end(input_ids: Tensor) -> Tensor:
    """You never ask for [SEP]. Then the model does not learn when a sentence is over, and its probabilities do not add
    up to 1 over all sentences."""
    labels = torch.nn.functional.pad(input_ids[:, 1:], (0, 1))
    return labels.masked_fill((labels == 0) | (labels == 3), -100)


def returns_one_column_less(input_ids: Tensor) -> Tensor:
    """Your labels are one column short. They need the shape of `input_ids`, so that each stands at its position: the
    last column is -100."""
    following = input_ids[:, 1:]
    return following.masked_fill(following == 0, -100)
