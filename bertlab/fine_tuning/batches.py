"""From texts to batches: tokens without padding first, texts of like length together, padded to the longest of each."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.labeled import LabeledTexts

MAX_LENGTH = 128
Features = dict[str, list[int]]


class Encoded(NamedTuple):
    """Tokenized texts, not padded yet, and their labels. Example: `encode(reviews, tokenizer).features[0]`."""

    features: list[Features]
    labels: Tensor

    @property
    def lengths(self) -> list[int]:
        """The number of tokens of each text. Example: `encode(reviews, tokenizer).lengths[0]`."""
        return [len(features["input_ids"]) for features in self.features]


def encode(data: LabeledTexts, tokenizer: PreTrainedTokenizerFast, max_length: int = MAX_LENGTH) -> Encoded:
    """Tokenize labeled texts, or pairs, and cut what is too long.

    Example: `encode(load_labeled("reviews")["train"], tokenizer).labels`
    """
    features: list[Features] = []
    for text in data.texts:
        both = (text,) if isinstance(text, str) else text
        features.append(dict(tokenizer(*both, truncation=True, max_length=max_length)))
    return Encoded(features, torch.tensor(data.labels))


def length_sorted_batches(
    lengths: Sequence[int], batch_size: int, generator: torch.Generator, pool: int = 8
) -> list[list[int]]:
    """Return the numbers of the texts of each batch of one epoch: shuffled, but texts of like length together.

    Example: `length_sorted_batches([5, 40, 6, 38], 2, torch.Generator())` pairs 5 with 6 and 38 with 40.

    The texts are shuffled; each `pool` batches' worth of them is sorted by length and cut into batches; the batches are
    shuffled. A pool of 1 sorts nothing across batches. ValueError if a size is not positive.
    """
    if batch_size < 1 or pool < 1:
        raise ValueError(f"batch_size and pool must be at least 1, not {batch_size} and {pool}")
    order = torch.randperm(len(lengths), generator=generator).tolist()
    batches: list[list[int]] = []
    for start in range(0, len(order), pool * batch_size):
        together = sorted(order[start : start + pool * batch_size], key=lambda number: lengths[number])
        batches += [together[first : first + batch_size] for first in range(0, len(together), batch_size)]
    return [batches[number] for number in torch.randperm(len(batches), generator=generator).tolist()]


def pad(tokenizer: PreTrainedTokenizerFast, features: list[Features]) -> dict[str, Tensor]:
    """Pad the texts of a batch to the longest of them. Example: `pad(tokenizer, data.features[:8])["input_ids"]`."""
    return dict(tokenizer.pad(features, return_tensors="pt"))


def padding_share(lengths: Sequence[int], batches: Iterable[Sequence[int]]) -> float:
    """Return the share of positions that are padding. Example: `padding_share([2, 4], [[0, 1]])` is `0.25`."""
    batches = [list(batch) for batch in batches]
    positions = sum(len(batch) * max(lengths[number] for number in batch) for batch in batches)
    return 1 - sum(lengths[number] for batch in batches for number in batch) / positions
