"""Sentence pairs for BERT's two objectives, packed to a length and batched so that hardly any padding is left.

As in google-research/bert `create_pretraining_data.py`: whole sentences are gathered up to the target length and cut
in two between sentences; half of the time the second part is replaced by text of another article. Masks are drawn
anew at each step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling import mask_tokens
from bertlab.training.corpus import TokenizedCorpus

POOL = 64
"""Batches whose examples are sorted by length together: less padding, still well shuffled."""


class Pair(NamedTuple):
    """One example before it is laid out: two runs of ids, and whether the second is a stranger to the first."""

    a: np.ndarray
    b: np.ndarray  # empty: A stands alone
    label: int  # 0: B follows A; 1: B comes from another article; -100: there is no B


@dataclass
class Batch:
    """One step's input and its labels."""

    input_ids: Int[Tensor, "batch seq"]
    token_type_ids: Int[Tensor, "batch seq"]
    attention_mask: Int[Tensor, "batch seq"]
    labels: Int[Tensor, "batch seq"]  # -100 where no loss is taken
    next_sentence_label: Int[Tensor, " batch"]  # 0: B follows A; 1: B comes from another article; -100: no B

    def part(self, rank: int, processes: int) -> "Batch":
        """The rows of one of several processes: every `processes`-th, from `rank` on."""
        return Batch(**{name: tensor[rank::processes] for name, tensor in vars(self).items()})

    def to(self, device: torch.device) -> "Batch":
        """The same batch on `device`."""
        return Batch(**{name: tensor.to(device, non_blocking=True) for name, tensor in vars(self).items()})


def gather_chunks(corpus: TokenizedCorpus, seq_len: int, shift: int = 0) -> Int[np.ndarray, "chunks 2"]:
    """Group each article's sentences into runs of two or more that fill `seq_len` with its three special tokens.

    Returns the first and the last+1 sentence of every run. The last sentence may reach beyond `seq_len`; `draw_pair`
    cuts it. `shift` makes each article's first run that many tokens shorter, so that another epoch cuts elsewhere.
    """
    lengths = np.diff(corpus.sentence_starts).tolist()
    chunks = []
    for first, last in pairwise(corpus.article_starts.tolist()):
        start, room = first, seq_len - 3 - shift
        for s in range(first, last):
            room -= lengths[s]
            if room <= 0 and s + 1 - start >= 2:
                chunks.append((start, s + 1))
                start, room = s + 1, seq_len - 3
        if last - start >= 2:
            chunks.append((start, last))
    return np.array(chunks, dtype=np.int64).reshape(-1, 2)


def draw_stranger(corpus: TokenizedCorpus, sentence: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Whole sentences of an article other than the one of `sentence`: `length` tokens or slightly more.

    They are as long as the text that they replace, or the length of a pair would give its label away. (They are
    shorter only where the other article is.)
    """
    starts, articles = corpus.sentence_starts, corpus.article_starts
    own = int(np.searchsorted(articles, sentence, side="right")) - 1
    skipped = int(articles[own + 1] - articles[own])
    first = int(rng.integers(len(starts) - 1 - skipped))
    first += skipped if first >= articles[own] else 0
    other = int(np.searchsorted(articles, first, side="right")) - 1
    end = int(articles[other + 1])
    while first > articles[other] and starts[end] - starts[first] < length:
        first -= 1
    last = min(int(np.searchsorted(starts, starts[first] + length)), end)
    return corpus.ids[starts[first] : starts[last]]


def draw_pair(corpus: TokenizedCorpus, chunk: np.ndarray, seq_len: int, rng: np.random.Generator) -> Pair:
    """Cut one chunk into A and B between two sentences; half of the time put a stranger in B's place.

    What is too long loses its outer ends, as in the original: A keeps its end and B its beginning, where they meet.
    """
    first, last = int(chunk[0]), int(chunk[1])
    cut = int(rng.integers(first + 1, last))
    starts = corpus.sentence_starts
    a, b = corpus.ids[starts[first] : starts[cut]], corpus.ids[starts[cut] : starts[last]]
    label = int(rng.random() < 0.5)
    if label:
        b = draw_stranger(corpus, first, len(b), rng)
    room = seq_len - 3
    a = a[-max(room // 2, room - len(b)) :]
    return Pair(a, b[: room - len(a)], label)


def draw_single(corpus: TokenizedCorpus, chunk: np.ndarray, seq_len: int, rng: np.random.Generator) -> Pair:
    """Take one sentence of a chunk alone, as people type one: for MLM only, since there is nothing to compare."""
    sentence = int(rng.integers(chunk[0], chunk[1]))
    first, last = corpus.sentence_starts[sentence : sentence + 2]
    return Pair(corpus.ids[first:last][: seq_len - 2], corpus.ids[:0], IGNORED)


def lay_out(
    pairs: list[Pair], tokenizer: PreTrainedTokenizerBase, rate: float, generator: torch.Generator | None = None
) -> Batch:
    """Lay pairs out as `[CLS] A [SEP] B [SEP]`, or `[CLS] A [SEP]`, pad to the longest and mask `rate` of the ordinary
    tokens."""
    cls_id, sep_id = tokenizer.cls_token_id, tokenizer.sep_token_id
    sequences = [np.concatenate([[cls_id], a, [sep_id], b, [sep_id][: len(b)]]).astype(np.int64) for a, b, _ in pairs]
    longest = max(map(len, sequences))
    ids = torch.full((len(pairs), longest), tokenizer.pad_token_id, dtype=torch.long)
    types, attention = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.from_numpy(sequence)
        types[row, len(pairs[row].a) + 2 : len(sequence)] = 1
        attention[row, : len(sequence)] = 1
    special: Bool[Tensor, "batch seq"] = (ids == cls_id) | (ids == sep_id) | (attention == 0)
    corrupted, labels = mask_tokens(
        ids, special, mask_token_id=tokenizer.mask_token_id, vocab_size=len(tokenizer), rate=rate, generator=generator
    )
    return Batch(corrupted, types, attention, labels, torch.tensor([label for *_, label in pairs]))


def plan_epoch(
    corpus: TokenizedCorpus, seq_len: int, batch_size: int, rng: np.random.Generator
) -> list[Int[np.ndarray, "batch 2"]]:
    """Put every chunk of the corpus into a batch, once; the few that fill no batch wait for another epoch.

    Raises:
        ValueError: the chunks do not fill one batch, or all text is of one article (NSP needs a stranger).
    """
    chunks = gather_chunks(corpus, seq_len, int(rng.integers(seq_len // 2)))
    articles = np.count_nonzero(np.diff(corpus.article_starts))
    if len(chunks) < batch_size or articles < 2:
        raise ValueError(
            f"this text gives {len(chunks)} chunks of {articles} articles: "
            f"a batch needs {batch_size} chunks, from two articles or more"
        )
    tokens = corpus.sentence_starts[chunks[:, 1]] - corpus.sentence_starts[chunks[:, 0]]
    order = rng.permutation(len(chunks))[: len(chunks) // batch_size * batch_size]
    plan = []
    for i in range(0, len(order), POOL * batch_size):
        pool = order[i : i + POOL * batch_size]
        pool = pool[np.argsort(tokens[pool], kind="stable")]
        plan += [chunks[pool[b : b + batch_size]] for b in rng.permutation(len(pool) // batch_size) * batch_size]
    return plan


def stream_batches(
    corpus: TokenizedCorpus,
    tokenizer: PreTrainedTokenizerBase,
    *,
    seq_len: int,
    batch_size: int,
    rate: float = 0.15,
    singles: float = 0.0,
    seed: int = 0,
    skip: int = 0,
    epochs: int | None = None,
) -> Iterator[Batch]:
    """Yield batches epoch after epoch, for ever if `epochs` is None.

    `singles` is the share of examples that are one sentence alone: without any, a model has never seen a short text.
    The same seed gives the same batches, and `skip` leaves out that many of the first: a run that was killed goes on
    with the batch it would have seen next.
    """
    for epoch in count() if epochs is None else range(epochs):
        plan = plan_epoch(corpus, seq_len, batch_size, np.random.default_rng([seed, epoch]))
        for number in range(skip, len(plan)):
            rng = np.random.default_rng([seed, epoch, number])
            draw = [draw_single if rng.random() < singles else draw_pair for _ in plan[number]]
            pairs = [drawn(corpus, chunk, seq_len, rng) for drawn, chunk in zip(draw, plan[number], strict=True)]
            yield lay_out(pairs, tokenizer, rate, torch.Generator().manual_seed(int(rng.integers(2**62))))
        skip = max(0, skip - len(plan))
