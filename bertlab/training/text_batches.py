"""Batches of unmasked texts, sentences and short passages, for a student to learn a teacher's vectors from."""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Integer
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.mixture import share_out
from bertlab.training.recipe import Recipe

POOL = 8192
"""Texts whose batches are made together: sorted by length, there is hardly any padding."""
SINGLES = 0.7
"""Share of the texts that are one sentence; the others are runs of up to LONGEST_RUN out of running text."""
LONGEST_RUN = 5
MAX_TOKENS = 126
Ids = Integer[np.ndarray, " _"]


def run_of_sentences(corpus: TokenizedCorpus, first: int, number: int) -> Ids:
    """Return the ids of consecutive sentences, at most MAX_TOKENS. Example: `run_of_sentences(corpus, 7, 2)`."""
    last = min(first + number, len(corpus.sentence_starts) - 1)
    return corpus.ids[corpus.sentence_starts[first] : corpus.sentence_starts[last]][:MAX_TOKENS]


class TextMixture:
    """Texts of a recipe in their shares, in batches of about as many tokens each: pool n is drawn by n alone.

    Example: `next(TextMixture(recipe, corpora, tokenizer).batches())["input_ids"]`
    """

    def __init__(
        self,
        recipe: Recipe,
        corpora: Mapping[str, TokenizedCorpus],
        tokenizer: PreTrainedTokenizerBase,
        tokens: int = 4096,
        seed: int = 0,
        pool: int = POOL,
    ):
        self.tokenizer, self.tokens, self.seed = tokenizer, tokens, seed
        listed, running = ([text for text in recipe.texts if getattr(text, kind)] for kind in ("singles", "pairs"))
        singles = round(SINGLES * pool) if listed else 0
        quotas = share_out([text.singles for text in listed], singles) if listed else []
        self.sources = [(corpora[text.name], n, 1) for text, n in zip(listed, quotas, strict=True)]
        quotas = share_out([text.pairs for text in running], pool - singles)
        self.sources += [(corpora[text.name], n, LONGEST_RUN) for text, n in zip(running, quotas, strict=True)]

    def draw(self, rng: np.random.Generator) -> list[Ids]:
        """Return the texts of one pool, those of a single token left out."""
        texts = [
            run_of_sentences(corpus, int(first), int(rng.integers(1, longest + 1)))
            for corpus, quota, longest in self.sources
            for first in rng.integers(len(corpus.sentence_starts) - 1, size=quota)
        ]
        return [text for text in texts if len(text) > 1]

    def batches(self, skip: int = 0) -> Iterator[dict[str, Tensor]]:
        """Yield batches forever, from the `skip`-th on."""
        number = 0
        while True:
            rng = np.random.default_rng([self.seed, number])
            groups = group_by_tokens(self.draw(rng), self.tokens)
            order = rng.permutation(len(groups))
            for place in order[skip:]:
                yield lay_out_texts(groups[place], self.tokenizer)
            skip, number = max(0, skip - len(groups)), number + 1


def group_by_tokens(texts: list[Ids], tokens: int) -> list[list[Ids]]:
    """Sort texts by length and cut them into groups that fill about so many tokens, padding and special ones included.

    Example: `group_by_tokens([np.arange(3), np.arange(5)], tokens=10)` has two groups.
    """
    groups: list[list[Ids]] = [[]]
    for text in sorted(texts, key=len):
        if groups[-1] and (len(groups[-1]) + 1) * (len(text) + 2) > tokens:
            groups.append([])
        groups[-1].append(text)
    return groups


def lay_out_texts(texts: list[Ids], tokenizer: PreTrainedTokenizerBase) -> dict[str, Tensor]:
    """Lay texts out as `[CLS] text [SEP]`, padded to the longest. Example: `lay_out_texts([ids], tokenizer)`."""
    rows = [[tokenizer.cls_token_id, *text.tolist(), tokenizer.sep_token_id] for text in texts]
    return dict(tokenizer.pad({"input_ids": rows}, return_tensors="pt"))
