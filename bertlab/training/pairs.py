"""Sentence pairs for BERT's two objectives, cut out of running text.

As in google-research/bert `create_pretraining_data.py`: whole sentences are gathered up to the target length and cut
in two between sentences; half of the time the second part is replaced by text of another article.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from bertlab.constants import IGNORED
from bertlab.training.corpus import TokenizedCorpus


class Pair(NamedTuple):
    """One example before it is laid out: two runs of ids, and whether the second is a stranger to the first."""

    a: np.ndarray
    b: np.ndarray  # empty: A stands alone
    label: int  # 0: B follows A; 1: B comes from another article; -100: there is no B


def gather_chunks(corpus: TokenizedCorpus, seq_len: int, shift: int = 0) -> Int[np.ndarray, "chunks 2"]:
    """Group each article's sentences into runs of two or more that fill `seq_len` with its three special tokens.

    Example: `gather_chunks(corpus, 64)[0]` may be `[0, 3]`: the first three sentences.

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

    Raises:
        ValueError: there is no other article.
    """
    starts, articles = corpus.sentence_starts, corpus.article_starts
    own = int(np.searchsorted(articles, sentence, side="right")) - 1
    skipped = int(articles[own + 1] - articles[own])
    if skipped == len(starts) - 1:
        raise ValueError("all of this text is one article: next-sentence prediction needs a second, for strangers")
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

    Example: `draw_pair(corpus, chunk, 64, np.random.default_rng(0)).label`

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


def single(ids: np.ndarray) -> Pair:
    """A sentence alone, as people type one: for MLM only, since there is nothing to compare.

    Example: `single(np.array([1996, 4937])).label`
    """
    return Pair(ids, ids[:0], IGNORED)
