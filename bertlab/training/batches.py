"""Examples laid out as tensors, freshly masked each time, in batches with hardly any padding."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from bertlab.masked_language_modeling import mask_tokens
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.pairs import Pair, draw_pair, gather_chunks

POOL = 64
"""Batches whose examples are sorted by length together: less padding, still well shuffled."""


@dataclass
class Batch:
    """One step's input and its labels."""

    input_ids: Int[Tensor, "batch seq"]
    token_type_ids: Int[Tensor, "batch seq"]
    attention_mask: Int[Tensor, "batch seq"]
    labels: Int[Tensor, "batch seq"]  # -100 where no loss is taken
    next_sentence_label: Int[Tensor, " batch"]  # 0: B follows A; 1: B comes from another article; -100: no B

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "Batch":
        """A batch of arrays under these names."""
        return cls(**{name: torch.from_numpy(array) for name, array in arrays.items()})

    def part(self, rank: int, processes: int) -> "Batch":
        """The rows of one of several processes: every `processes`-th, from `rank` on."""
        return Batch(**{name: tensor[rank::processes] for name, tensor in vars(self).items()})

    def to(self, device: torch.device) -> "Batch":
        """The same batch on `device`."""
        return Batch(**{name: tensor.to(device, non_blocking=True) for name, tensor in vars(self).items()})


def lay_out(
    pairs: list[Pair],
    tokenizer: PreTrainedTokenizerBase,
    rate: float,
    generator: torch.Generator | None = None,
    width: int | None = None,
) -> Batch:
    """Lay pairs out as `[CLS] A [SEP] B [SEP]`, or `[CLS] A [SEP]`, and mask `rate` of the ordinary tokens.

    Example: `lay_out([single(ids)], tokenizer, rate=0.15).input_ids`

    Rows are padded to the longest, or to `width`: a compiled model wants every batch of one shape.
    """
    cls_id, sep_id = tokenizer.cls_token_id, tokenizer.sep_token_id
    firsts = np.array([len(pair.a) + 2 for pair in pairs])[:, None]  # where B begins
    ends = firsts + np.array([len(pair.b) + (len(pair.b) > 0) for pair in pairs])[:, None]
    rows = np.full((len(pairs), width or int(ends.max())), tokenizer.pad_token_id, dtype=np.int64)
    for row, pair in zip(rows, pairs, strict=True):
        first, end = len(pair.a) + 2, len(pair.a) + 3 + len(pair.b)
        row[0], row[1 : first - 1], row[first - 1] = cls_id, pair.a, sep_id
        if len(pair.b):
            row[first : end - 1], row[end - 1] = pair.b, sep_id
    places = np.arange(rows.shape[1])
    ids, attention = torch.from_numpy(rows), torch.from_numpy((places < ends).astype(np.int64))
    types = torch.from_numpy(((places >= firsts) & (places < ends)).astype(np.int64))
    special: Bool[Tensor, "batch seq"] = (ids == cls_id) | (ids == sep_id) | (attention == 0)
    corrupted, labels = mask_tokens(
        ids, special, mask_token_id=tokenizer.mask_token_id, vocab_size=len(tokenizer), rate=rate, generator=generator
    )
    return Batch(corrupted, types, attention, labels, torch.tensor([pair.label for pair in pairs]))


def group_by_length(pairs: list[Pair], batch_size: int) -> list[list[Pair]]:
    """Cut examples into batches of about equal length each, so that hardly any padding is left.

    Example: `group_by_length(pairs, 64)[0]`
    """
    ordered = sorted(pairs, key=lambda pair: len(pair.a) + len(pair.b))
    return [ordered[i : i + batch_size] for i in range(0, len(ordered), batch_size)]


def held_out_batches(
    corpus: TokenizedCorpus,
    tokenizer: PreTrainedTokenizerBase,
    *,
    seq_len: int,
    batch_size: int,
    rate: float = 0.15,
    seed: int = 12345,
) -> Iterator[Batch]:
    """Yield every chunk of a corpus once, as pairs in batches; the same seed gives the same pairs and masks.

    Raises:
        ValueError: the chunks do not fill one batch, or all text is of one article (NSP needs a stranger).
    """
    rng = np.random.default_rng(seed)
    chunks = gather_chunks(corpus, seq_len)
    if len(chunks) < batch_size:
        raise ValueError(f"this text gives {len(chunks)} chunks of {seq_len} tokens: a batch needs {batch_size}")
    order = rng.permutation(len(chunks))[: len(chunks) // batch_size * batch_size]
    for i in range(0, len(order), POOL * batch_size):
        pairs = [draw_pair(corpus, chunk, seq_len, rng) for chunk in chunks[order[i : i + POOL * batch_size]]]
        batches = group_by_length(pairs, batch_size)
        for number in rng.permutation(len(batches)):
            yield lay_out(batches[number], tokenizer, rate, torch.Generator().manual_seed(int(rng.integers(2**62))))
