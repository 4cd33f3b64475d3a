"""Likely mistakes in a causal mask for a padded batch. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def hides_the_present(attention_mask: Tensor) -> Tensor:
    """A token cannot see itself. It may: what it must not see is its label, the *next* token. Yours has to predict
    without the word just read, and the first row sees nothing at all: keep the diagonal."""
    return _square(attention_mask).tril(-1) * attention_mask[:, None, :]


def sees_the_future(attention_mask: Tensor) -> Tensor:
    """Every token sees every other: that is BERT's mask. With it the label of a position, the next token, can be read
    off."""
    return _square(attention_mask) * attention_mask[:, None, :]


def sees_only_the_future(attention_mask: Tensor) -> Tensor:
    """Your triangle is upside down: tokens see what comes after them, and not what comes before. A row is a token that
    looks, a column one that is looked at: take `tril`."""
    return _square(attention_mask).triu() * attention_mask[:, None, :]


def marks_what_is_hidden(attention_mask: Tensor) -> Tensor:
    """You have 1 where nothing may be seen, as `nn.MultiheadAttention` wants it. Here, as in Hugging Face, 1 is for
    what may be seen."""
    return 1 - _square(attention_mask).tril() * attention_mask[:, None, :]


def sees_only_itself(attention_mask: Tensor) -> Tensor:
    """Each token sees only itself. It may see all that stands before it, too: the whole triangle, not the diagonal."""
    return torch.eye(attention_mask.shape[1], dtype=torch.long) * attention_mask[:, None, :]


def sees_the_padding(attention_mask: Tensor) -> Tensor:
    """The triangle is right, but padding can be seen: those columns have to be 0."""
    return _square(attention_mask).tril().repeat(len(attention_mask), 1, 1)


def blinds_the_padding_instead(attention_mask: Tensor) -> Tensor:
    """You made the *rows* of padding 0, what padding sees. It is the *columns*, what can be seen of it:
    `attention_mask[:, None, :]`."""
    return _square(attention_mask).tril() * attention_mask[:, :, None]


def blinds_the_padding_too(attention_mask: Tensor) -> Tensor:
    """You made the rows of padding 0 as well. They may look at real tokens like all others, since nobody reads their
    output, and a softmax over a row without a 1 has nothing to divide by."""
    return _square(attention_mask).tril() * attention_mask[:, None, :] * attention_mask[:, :, None]


def _square(attention_mask: Tensor) -> Tensor:
    length = attention_mask.shape[1]
    return torch.ones(length, length, dtype=torch.long)
