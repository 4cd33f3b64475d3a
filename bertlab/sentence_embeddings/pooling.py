"""From a hidden state for each token to one vector for each text: [CLS], mean or maximum, of one layer or of several.

    states = bert(**batch, output_hidden_states=True).hidden_states
    vectors = mean_pooling(mean_of_layers(states, LAST_FOUR), batch["attention_mask"])

A mask says which tokens count: those of the attention mask, so that the neighbors of a text in its batch change
nothing; or fewer, without special tokens or a prompt. Poolings: Reimers and Gurevych 2019 (arXiv:1908.10084, sec. 3).
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

Hidden = Float[Tensor, "batch seq hidden"]
Mask = Shaped[Tensor, "batch seq"]
"""1, or True, at the tokens that count."""
Pooled = Float[Tensor, "batch hidden"]
Pooling = Callable[[Tensor, Tensor], Tensor]
LAST_FOUR = (-4, -3, -2, -1)
"""Devlin et al. 2018 (arXiv:1810.04805, section 5.3) try their sum, for tokens; the mean is a quarter of it."""


def cls_pooling(hidden: Hidden, mask: Mask) -> Pooled:
    """Take the first token that the mask leaves, which is [CLS] unless that is masked.

    Example: `cls_pooling(torch.tensor([[[1.0], [5.0]]]), torch.tensor([[1, 1]]))` is `[[1.0]]`.
    """
    first = mask.int().argmax(dim=1)  # not simply 0: some tokenizers pad on the left
    return hidden[torch.arange(len(hidden), device=hidden.device), first]


def mean_pooling(hidden: Hidden, mask: Mask) -> Pooled:
    """Take the mean of the tokens that the mask leaves.

    Example: `mean_pooling(torch.tensor([[[1.0], [5.0], [9.0]]]), torch.tensor([[1, 1, 0]]))` is `[[3.0]]`.

    A text of which the mask leaves nothing gets a vector of zeros.
    """
    weights = mask[..., None].to(hidden.dtype)  # (batch, seq, 1)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def max_pooling(hidden: Hidden, mask: Mask) -> Pooled:
    """Take in each dimension the largest value of the tokens that the mask leaves.

    Example: `max_pooling(torch.tensor([[[-3.0], [-5.0], [0.0]]]), torch.tensor([[1, 1, 0]]))` is `[[-3.0]]`.

    A text of which the mask leaves nothing gets a vector of -inf.
    """
    # Zeros in place of padding would be the maximum wherever all tokens are negative.
    return hidden.masked_fill(mask[..., None] == 0, -torch.inf).amax(dim=1)


POOLINGS: dict[str, Pooling] = {"cls": cls_pooling, "mean": mean_pooling, "max": max_pooling}


def find_pooling(pooling: str | Pooling) -> Pooling:
    """Return a pooling by its name; a function is its own. Example: `find_pooling("cls") is cls_pooling` is `True`.

    ValueError if there is none of this name.
    """
    if not isinstance(pooling, str):
        return pooling
    if pooling not in POOLINGS:
        raise ValueError(f"there is no pooling {pooling!r}: choose from {', '.join(POOLINGS)}, or give a function")
    return POOLINGS[pooling]


def mean_of_layers(hidden_states: Sequence[Hidden], layers: int | Sequence[int]) -> Hidden:
    """Return the hidden states of one layer, or the mean over several, token by token.

    Example: `mean_of_layers([torch.zeros(1, 1, 1), torch.ones(1, 1, 1)], (0, 1))` is `[[[0.5]]]`.

    Args:
        hidden_states: what goes into the first layer, then what comes out of each.
        layers: one number or several: 0 for what goes into the first layer, -1 for what the last one returns.

    Raises:
        ValueError: there is no such layer, or no layer is asked for.
    """
    numbers = [layers] if isinstance(layers, int) else list(layers)
    count = len(hidden_states)
    if not numbers or not all(-count <= number < count for number in numbers):
        raise ValueError(
            f"layers {numbers}: give numbers from 0, what goes into the first layer, to {count - 1}, or -1"
        )
    return torch.stack([hidden_states[number] for number in numbers]).mean(dim=0)


def without_special_tokens(mask: Mask, special_tokens_mask: Mask) -> Mask:
    """Return a mask that leaves out [CLS] and [SEP] too.

    Example: `without_special_tokens(torch.tensor([[1, 1, 1, 0]]), torch.tensor([[1, 0, 1, 1]]))` is `[[0, 1, 0, 0]]`.

    The second mask is what a tokenizer returns for `return_special_tokens_mask=True`. [UNK] and [MASK] stand for words
    and are not special there.
    """
    return mask * (special_tokens_mask == 0)


def without_prompt(mask: Mask, length: int) -> Mask:
    """Return a mask that leaves out the first tokens of each text: [CLS] and the prompt after it.

    Example: `without_prompt(torch.tensor([[1, 1, 1, 0]]), 2)` is `[[0, 0, 1, 0]]`.

    The model still reads the prompt. A length of 0 leaves the mask as it is.
    """
    return mask * (mask.cumsum(dim=1) > length)
