"""The exercises of notebook 12: nearest by cosine, two measures of a ranking, BM25, late interaction."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.retrieval.mistakes import bm25 as wrong_scores
from bertlab.retrieval.mistakes import maxsim as wrong_matches
from bertlab.retrieval.mistakes import ndcg_at_k as wrong_gains
from bertlab.retrieval.mistakes import recall_at_k as wrong_recalls
from bertlab.retrieval.mistakes import search as wrong_searches


def nearest_by_cosine(
    query: Float[Tensor, " hidden"], passages: Float[Tensor, "n hidden"], k: int
) -> tuple[Float[Tensor, " k"], Int[Tensor, " k"]]:
    """Return the cosines of the k passages most similar to the query, best first, and their rows.

    Example: `nearest_by_cosine(torch.tensor([2.0, 0.0]), torch.tensor([[3.0, 4.0], [5.0, 0.0]]), k=1)` is
    `(torch.tensor([1.0]), torch.tensor([1]))`.
    """
    dots = passages @ query  # (n)
    best = (dots / (passages.norm(dim=1) * query.norm())).topk(k)
    return best.values, best.indices


_ROWS = torch.tensor([[2.0, 3, 6], [-1, 2, 2], [8, -2, 3], [1, 1, -4], [-3, -4, -2], [1, 2, 1], [-4, 1, 1], [3, 0, 1]])

search = Exercise(
    id="retrieval.search",
    title="Search by cosine",
    reference=nearest_by_cosine,
    cases=[
        # n = hidden, so that norms without `keepdim` fit
        Case(torch.tensor([1.0, 2.0, 2.0]), torch.tensor([[2.0, 1.0, 2.0], [8.0, 4.0, 1.0], [0.0, 3.0, 4.0]]), 2),
        Case(torch.tensor([3.0, 4.0]), torch.tensor([[4.0, 3.0], [0.0, 2.0], [9.0, 0.0], [-6.0, -8.0]]), 3),
        Case(torch.tensor([4.0, 5.0, 2.0]), _ROWS / 2, 3),
        Case(torch.tensor([0.6, 0.0, 0.8]), _ROWS[1:7] / 4, 1),
        Case(torch.tensor([-2.0, 1.0, -1.0]), _ROWS[:4], 4),
    ],
    hints=[
        "A cosine is a dot product of two vectors of length 1. Which vectors have another length here?",
        "`passages @ query` are all dot products at once. Divide by `query.norm()` and by each `passages.norm(dim=1)`.",
        "`cosines.topk(k)` has `.values`, the largest first, and `.indices`: return both.",
    ],
    mistakes=mistakes.of(wrong_searches),
)


def share_of_relevant(ranked: list[str], relevant: set[str], k: int) -> float:
    """Return the share of the relevant ids that are among the first k.

    Example: `share_of_relevant(["c", "a", "b"], {"a", "d"}, k=2)` is `0.5`.
    """
    return len(relevant & set(ranked[:k])) / len(relevant)


recall_at_k = Exercise(
    id="retrieval.recall_at_k",
    title="Recall at k",
    reference=share_of_relevant,
    cases=[
        Case(["c", "a", "b"], {"a"}, 2),
        Case(["a", "b", "c", "d", "e"], {"b", "d", "f"}, 4),
        Case(["c", "a", "b"], {"a", "b", "c", "d"}, 2),
        Case(["c", "d", "a", "e", "b"], {"a", "b"}, 4),
        Case(["b", "a", "b", "c"], {"b", "c", "d"}, 3),  # b comes twice
        Case(["c", "d"], {"a"}, 5),  # nothing is found, so that it does not matter how empty places are counted
    ],
    hints=[
        "The question is: of what is relevant, how much was found? So what stands below the line?",
        "`ranked[:k]` are the first k. How many of `relevant` are among them, each counted once?",
        "`relevant & set(ranked[:k])` are those that are in both. Divide their number by `len(relevant)`.",
    ],
    mistakes=mistakes.of(wrong_recalls),
)


def gain_beside_ideal(ranked: list[str], grades: dict[str, int], k: int) -> float:
    """Return nDCG: the discounted grades of the first k, over those of the best k that there could be.

    Example: `gain_beside_ideal(["c", "a"], {"a": 2}, k=2)` is `1 / math.log2(3)`.
    """
    found = [grades.get(one, 0) for one in ranked[:k]]
    ideal = sorted(grades.values(), reverse=True)[:k]
    actual, best = (sum(gain / math.log2(place + 1) for place, gain in enumerate(row, 1)) for row in (found, ideal))
    return actual / best


# Each id comes once, and something relevant is always found, so that the best order of what was found has a gain.
ndcg_at_k = Exercise(
    id="retrieval.ndcg_at_k",
    title="nDCG at k",
    reference=gain_beside_ideal,
    cases=[
        Case(["b", "a"], {"a": 3, "b": 1}, 2),
        Case(["c", "a", "d"], {"a": 2, "b": 1}, 3),
        # What comes after k would not make the best order of what was found any better: all of it or k, it is the same.
        Case(["b", "a", "c", "d"], {"a": 3, "b": 1, "c": 1, "e": 2}, 2),
        Case(["d", "a", "c", "b", "f"], {"b": 3, "a": 1, "c": 2}, 4),
        Case(["a", "d"], {"e": 1, "a": 2, "c": 3}, 5),
    ],
    hints=[
        "Two sums of the same form: over the first k of the ranking, and over the best k grades that there are.",
        "`grades.get(id, 0)` is the gain of an id. The ideal is `sorted(grades.values(), reverse=True)`, cut at k too.",
        "`sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))`, once for each of the two.",
    ],
    mistakes=mistakes.of(wrong_gains),
)


def bm25_scores(query: list[str], texts: list[list[str]], k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Return the BM25 score of each text for the words of a query, in Lucene's form.

    Example: `bm25_scores(["a"], [["a"], ["b"]], k1=1.0)` is `[math.log(2) / 2, 0.0]`.
    """
    average = sum(len(text) for text in texts) / len(texts)
    scores = [0.0] * len(texts)
    for word in query:
        n = sum(word in text for text in texts)
        idf = math.log(1 + (len(texts) - n + 0.5) / (n + 0.5))
        for number, text in enumerate(texts):
            tf = text.count(word)
            scores[number] += idf * tf / (tf + k1 * (1 - b + b * len(text) / average))
    return scores


_TEXTS = [
    text.split()
    for text in [
        "bees make honey",
        "a bear likes honey and more honey and all the honey of all the bees",
        "the bear sleeps",
        "a beekeeper takes the honey",
        "the train leaves at noon",
    ]
]

bm25 = Exercise(
    id="retrieval.bm25",
    title="BM25",
    reference=bm25_scores,
    cases=[
        Case(["bees"], _TEXTS[:3]),
        Case(["the", "honey"], _TEXTS[:4]),
        Case(["bear", "honey", "picnic"], _TEXTS, k1=0.9, b=0.4),  # one word is in no text
        Case(["honey", "train", "honey"], _TEXTS[1:], k1=2.0),
        Case(["all", "the"], _TEXTS[::-1], b=0.0),
        Case(["bee", "train"], _TEXTS),  # bees and a beekeeper are other words
    ],
    hints=[
        "Two loops: over the words of the query, and over the texts. What depends on the word only, and what on both?",
        "For each word, n is the number of texts that have it: `sum(word in text for text in texts)`; then the idf.",
        "`tf = text.count(word)`; add `idf * tf / (tf + k1 * (1 - b + b * len(text) / average))` to the text's score.",
    ],
    mistakes=mistakes.of(wrong_scores),
)


def sum_of_best_matches(
    query: Float[Tensor, "q hidden"], passage: Float[Tensor, "p hidden"], mask: Bool[Tensor, " p"]
) -> Float[Tensor, ""]:
    """Return the sum, over the tokens of the query, of the largest product with a token of the passage.

    Example: `sum_of_best_matches(torch.eye(2), torch.eye(2), torch.tensor([True, False]))` is `1.0`.
    """
    products = query @ passage.T  # (q, p)
    return products.masked_fill(~mask, -torch.inf).amax(dim=1).sum()


# All of length 1.
_TOKENS = torch.tensor([[0.6, 0.8], [1, 0], [0, 1], [-0.8, 0.6], [-1, 0], [0.28, -0.96], [-0.6, -0.8], [0.96, 0.28]])

maxsim = Exercise(
    id="retrieval.maxsim",
    title="Late interaction",
    reference=sum_of_best_matches,
    cases=[
        Case(_TOKENS[[1, 2]], _TOKENS[[0, 4, 2]], torch.tensor([True, True, False])),
        Case(_TOKENS[[1, 0, 5]], _TOKENS[[7, 2, 5, 6]], torch.tensor([True, True, True, True])),
        Case(_TOKENS[[1, 2, 7]], _TOKENS[[4, 6, 1, 0]], torch.tensor([True, True, False, False])),
        Case(_TOKENS[[3, 5, 0, 6]], _TOKENS[[2, 6, 7, 4]], torch.tensor([False, True, True, False])),
    ],
    hints=[
        "Each token of the query with each of the passage: (q, p) products. Over which dimension is the maximum taken?",
        "Padding must not win: put −∞ where the mask is false, in all rows. 0 would win where products are negative.",
        "`(query @ passage.T).masked_fill(~mask, -torch.inf).amax(dim=1)`, and of that the sum.",
    ],
    mistakes=mistakes.of(wrong_matches),
)
