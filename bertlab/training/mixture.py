"""The stream of batches that a run reads: several texts, each in its share, the same after a kill as without one."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

import numpy as np
import torch
from jaxtyping import Int
from torch.utils.data import DataLoader, Dataset
from transformers import PreTrainedTokenizerBase

from bertlab.training.batches import POOL, Batch, group_by_length, lay_out
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.pairs import Pair, draw_pair, gather_chunks, single
from bertlab.training.recipe import Recipe

SHORT = 32
"""Length of the batches of single sentences, [CLS] and [SEP] included; longer sentences are not taken for them."""


def share_out(shares: list[float], total: int) -> list[int]:
    """Whole numbers in proportion to the shares that add up to the total.

    Example: `share_out([0.5, 0.3, 0.2], 7) == [4, 2, 1]`
    """
    exact = np.array(shares) / sum(shares) * total
    counts = exact.astype(int)
    for largest in np.argsort(counts - exact, kind="stable")[: total - counts.sum()]:
        counts[largest] += 1
    return counts.tolist()


def round_up(examples: list[Pair], step: int = 8) -> int:
    """The width of the longest example, rounded up: tensors of few different shapes fit where others were before.

    Example: `round_up(examples)`
    """
    longest = max(len(pair.a) + len(pair.b) + (3 if len(pair.b) else 2) for pair in examples)
    return -(-longest // step) * step


class ChunkOrder:
    """The chunks of one text in a random order without end: the n-th is the same however one comes to it."""

    def __init__(self, corpus: TokenizedCorpus, seq_len: int, seed: int):
        self.corpus, self.seq_len, self.seed = corpus, seq_len, seed
        self.chunks = gather_chunks(corpus, seq_len)
        self.size, self.epoch = len(self.chunks), 0
        if not self.size:
            raise ValueError("no article of this text has two sentences: list it under singles, not pairs")
        self.shuffle()

    def shuffle(self) -> None:
        """Put the chunks into this epoch's order."""
        self.chunks = self.chunks[np.random.default_rng([self.seed, self.epoch]).permutation(len(self.chunks))]

    def turn_to(self, epoch: int) -> None:
        """Cut the text again for another epoch, in other places than before."""
        self.epoch = epoch
        shift = int(np.random.default_rng([self.seed, epoch]).integers(self.seq_len // 2)) if epoch else 0
        self.chunks = gather_chunks(self.corpus, self.seq_len, shift)
        self.shuffle()

    def take(self, first: int, number: int) -> Iterator[Int[np.ndarray, "2"]]:
        """Yield a number of chunks from the `first`-th on."""
        for n in range(first, first + number):
            epoch, place = divmod(n, self.size)
            if epoch != self.epoch:
                self.turn_to(epoch)
            yield self.chunks[place % len(self.chunks)]


class Mixture(Dataset):
    """Pools of batches by number: item n is drawn from the texts of a recipe by n alone, so that any process can."""

    def __init__(
        self,
        recipe: Recipe,
        corpora: Mapping[str, TokenizedCorpus],
        tokenizer: PreTrainedTokenizerBase,
        *,
        seq_len: int,
        batch_size: int,
        rate: float = 0.3,
        seed: int = 0,
        fixed_width: bool = False,
    ):
        self.tokenizer, self.seq_len, self.batch_size, self.rate = tokenizer, seq_len, batch_size, rate
        self.seed, self.fixed_width = seed, fixed_width
        paired = [text for text in recipe.texts if text.pairs]
        self.orders = [ChunkOrder(corpora[text.name], seq_len, seed) for text in paired]
        self.quotas = share_out([text.pairs for text in paired], POOL * batch_size)
        self.single_batches = round(POOL * recipe.singles / (1 - recipe.singles))
        self.short = min(SHORT, seq_len)
        listed = [text for text in recipe.texts if text.singles] if self.single_batches else []
        self.lists = [(corpora[text.name], self.short_sentences(corpora[text.name])) for text in listed]
        self.single_rows = batch_size * seq_len // self.short
        rows = self.single_batches * self.single_rows
        self.single_quotas = share_out([text.singles for text in listed], rows) if listed else []

    def short_sentences(self, corpus: TokenizedCorpus) -> Int[np.ndarray, " sentences"]:
        """The sentences of three tokens or more that fit a short batch."""
        lengths = np.diff(corpus.sentence_starts)
        return np.flatnonzero((lengths >= 3) & (lengths <= self.short - 2))

    def draw_pairs(self, number: int, rng: np.random.Generator) -> list[Pair]:
        """The sentence pairs of one pool."""
        return [
            draw_pair(order.corpus, chunk, self.seq_len, rng)
            for order, quota in zip(self.orders, self.quotas, strict=True)
            for chunk in order.take(number * quota, quota)
        ]

    def draw_singles(self, rng: np.random.Generator) -> list[Pair]:
        """The single sentences of one pool."""
        return [
            single(corpus.ids[corpus.sentence_starts[s] : corpus.sentence_starts[s + 1]])
            for (corpus, sentences), quota in zip(self.lists, self.single_quotas, strict=True)
            for s in rng.choice(sentences, quota)
        ]

    def __len__(self) -> int:
        return 2**31

    def __getitem__(self, number: int) -> list[Batch]:
        """The batches of one pool, in random order."""
        rng = np.random.default_rng([self.seed, number])
        pairs = group_by_length(self.draw_pairs(number, rng), self.batch_size)
        singles = group_by_length(self.draw_singles(rng), self.single_rows)
        batches = [(part, self.seq_len) for part in pairs] + [(part, self.short) for part in singles]
        laid = []
        for i in rng.permutation(len(batches)):
            examples, longest = batches[i]
            width = longest if self.fixed_width else min(longest, round_up(examples))
            generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
            laid.append(lay_out(examples, self.tokenizer, self.rate, generator, width))
        return laid

    def batches(self, skip: int = 0, workers: int = 0) -> Iterator[Batch]:
        """Yield batches forever from the `skip`-th on, drawn ahead by `workers` processes."""
        first, inside = divmod(skip, POOL + self.single_batches)
        if workers:
            loader = DataLoader(
                self,
                batch_size=None,
                sampler=count(first),
                num_workers=workers,
                collate_fn=to_arrays,
                prefetch_factor=1,
            )
            pools: Iterable[list[Batch]] = ([Batch.of(arrays) for arrays in pool] for pool in loader)
        else:
            pools = map(self.__getitem__, count(first))
        for pool in pools:
            yield from pool[inside:]
            inside = 0


def to_arrays(pool: list[Batch]) -> list[dict[str, np.ndarray]]:
    """What a process hands over: arrays go through a pipe, while tensors would each take one of few open files.

    Example: `to_arrays(pool)[0]`
    """
    return [{name: tensor.numpy() for name, tensor in vars(batch).items()} for batch in pool]
