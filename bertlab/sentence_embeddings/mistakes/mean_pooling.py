"""What goes wrong when the mean of a text's tokens is taken. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def averages_padding_too(hidden: Tensor, mask: Tensor) -> Tensor:
    """You average over all positions, padding included, so that the vector of a text depends on how long its neighbors
    in the batch are. Padding has hidden states like any other position: keep them out of the sum and of the count."""
    return hidden.mean(dim=1)


def leaves_padding_in_the_sum(hidden: Tensor, mask: Tensor) -> Tensor:
    """You divide by the number of tokens, but the sum has the padding in it. Its hidden states are not 0, as a model
    computes them for every position: make them 0 before you add up."""
    return hidden.sum(dim=1) / mask.sum(dim=1, keepdim=True)


def counts_padding(hidden: Tensor, mask: Tensor) -> Tensor:
    """Your sum is right, but it is divided by all positions, padding included: the more a text is padded, the shorter
    its vector. A cosine would not notice, a dot product would. Divide by the number of tokens."""
    return _sum(hidden, mask) / hidden.shape[1]


def divides_by_the_whole_batch(hidden: Tensor, mask: Tensor) -> Tensor:
    """You divide by the number of tokens of the whole batch, so that every vector gets shorter with each text that is
    added. Each text is divided by the number of its own tokens."""
    return _sum(hidden, mask) / mask.sum()


def forgets_to_divide(hidden: Tensor, mask: Tensor) -> Tensor:
    """That is the sum of the tokens, which grows with the length of the text: in a dot product long texts would win
    whatever they say. Divide by the number of tokens."""
    return _sum(hidden, mask)


def takes_the_first_vector(hidden: Tensor, mask: Tensor) -> Tensor:
    """That is the first vector of each text: [CLS], or padding if that stands on the left. The mean takes all positions
    at which the mask is 1."""
    return hidden[:, 0]


def takes_the_first_positions(hidden: Tensor, mask: Tensor) -> Tensor:
    """You count the tokens of a text, and average over so many positions from the first one on. Zeros may stand before
    or between the ones too, for padding on the left or a prompt that is left out: go by where the ones are."""
    first = torch.arange(mask.shape[1]) < mask.sum(dim=1, keepdim=True)
    return _sum(hidden, first) / mask.sum(dim=1, keepdim=True)


def mixes_the_texts(hidden: Tensor, mask: Tensor) -> Tensor:
    """You average over the tokens of all texts together and return one vector. Each text is to have its own: sum over
    the positions only, and keep the texts apart."""
    return hidden[mask.bool()].mean(dim=0)


def _sum(hidden: Tensor, mask: Tensor) -> Tensor:
    return (hidden * mask[..., None]).sum(dim=1)
