"""BM25: rare words count more, the second occurrence of a word less than the first, and long texts are held back.

Formulas and names of the variants: Kamphuis et al. 2020, "Which BM25 do you mean?"; BM25 itself: Robertson et al. 1994.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

IDF: dict[str, Callable[[int, int], float]] = {
    "robertson": lambda texts, having: max(0.0, math.log((texts - having + 0.5) / (having + 0.5))),
    "lucene": lambda texts, having: math.log(1 + (texts - having + 0.5) / (having + 0.5)),
    "atire": lambda texts, having: math.log(texts / having),
}
"""What a word weighs, from the number of texts and of those having it. Robertson's is cut off at 0: it would turn
negative for a word that is in more than half of the texts."""


def words_of(text: str) -> list[str]:
    """Cut a text into lower-case words. Example: `words_of("The [CLS] token, eq. 12")` is
    `["the", "cls", "token", "eq", "12"]`.
    """
    return re.findall(r"\w+", text.lower())


class BM25:
    """Scores of texts for a query, word by word, from an inverted index.

    Example: `BM25([["a", "b"], ["b"]]).scores(["a"]).argmax().item()` is `0`.

    Attributes:
        postings: for each word, the numbers of the texts that have it, and how often each does.
        lengths: the number of words of each text.
    """

    def __init__(
        self, texts: Sequence[Sequence[str]], variant: str = "lucene", k1: int | float = 1.2, b: int | float = 0.75
    ) -> None:
        """Count the words of texts, each a list of words.

        Args:
            texts: the words of each text.
            variant: "robertson", "lucene" or "atire", which differ in a word's weight; ATIRE's scores are also k1 + 1
                times as large, which changes no ranking.
            k1: how much further occurrences of a word add; with 0, only whether it is there counts.
            b: how much long texts are held back, from 0 (not at all) to 1.

        Raises:
            ValueError: there is no word, no such variant, or k1 or b are out of bounds.
        """
        if variant not in IDF:
            raise ValueError(f"there is no variant {variant!r}: take one of {', '.join(IDF)}")
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"k1={k1}, b={b}: k1 must not be negative, and b lies between 0 and 1")
        if not any(texts):
            raise ValueError("the texts hold no words: there is nothing to search")
        self.variant, self.k1, self.b = variant, k1, b
        self.lengths = [len(text) for text in texts]
        self.postings: dict[str, dict[int, int]] = {}
        for number, text in enumerate(texts):
            for word, count in Counter(text).items():
                self.postings.setdefault(word, {})[number] = count

    def contributions(self, word: str) -> dict[int, float]:
        """Return what a word adds to the score of each text that has it.

        Example: `BM25([["a"], ["b"]], "atire").contributions("a")` is `{0: math.log(2)}`.
        """
        found = self.postings.get(word, {})
        average = sum(self.lengths) / len(self.lengths)
        scale = self.k1 + 1 if self.variant == "atire" else 1
        weight = scale * IDF[self.variant](len(self.lengths), len(found)) if found else 0.0
        norm = {text: self.k1 * (1 - self.b + self.b * self.lengths[text] / average) for text in found}
        return {text: weight * count / (count + norm[text]) for text, count in found.items()}

    def scores(self, query: Sequence[str]) -> Float[Tensor, " texts"]:
        """Add up the contributions of a query's words; a word asked for twice counts twice.

        Example: `BM25([["a"], ["b"]]).scores(["c"]).tolist()` is `[0.0, 0.0]`.
        """
        total = [0.0] * len(self.lengths)
        for word in query:
            for text, share in self.contributions(word).items():
                total[text] += share
        return torch.tensor(total)
