"""Ways of writing a sentence with a model that fills gaps: one after another, again and again, or all at once.

Each sampler is a generator: it yields the sentences after each pass through the network, so that one can watch. None of
them knows a model. They ask a function, `predict(input_ids, asked)`, for the distribution of the word at each position
that is asked for (`predictors.py`): a trained model, or the language itself. So the same sampler runs with a model
that errs and with one that does not, and what still goes wrong with the latter is the sampler's own fault.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.tinyworld import MASK
from bertlab.why_bert_cannot_generate.predictors import Predict

Sentences = Iterator[Int[Tensor, "batch seq"]]
Sampler = Callable[..., Sentences]
"""Takes `predict`, ids, which of them are gaps, and a generator; yields the ids after each pass."""


def draw_words(
    probabilities: Float[Tensor, "positions vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, " positions"]:
    """Draw a word from each distribution. Example: `draw_words(torch.eye(3)).tolist()` is `[0, 1, 2]`."""
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


def left_to_right(
    predict: Predict,
    input_ids: Int[Tensor, "batch seq"],
    gaps: Bool[Tensor, "batch seq"],
    generator: torch.Generator | None = None,
) -> Sentences:
    """Fill the gaps from the left, each by a draw that is final: the chain rule, if `predict` knows what is next.

    Example: `*_, written = left_to_right(predict, blanks, blanks == MASK, generator)`

    As many passes as the longest sentence has gaps.
    """
    input_ids = input_ids.clone()
    for position in range(input_ids.shape[1]):
        asked = torch.zeros_like(gaps)
        asked[:, position] = gaps[:, position]
        if asked.any():
            input_ids[asked] = draw_words(predict(input_ids, asked), generator)
            yield input_ids.clone()


def gibbs(
    predict: Predict,
    input_ids: Int[Tensor, "batch seq"],
    gaps: Bool[Tensor, "batch seq"],
    generator: torch.Generator | None = None,
    *,
    sweeps: int = 10,
    mask_token_id: int = MASK,
) -> Sentences:
    """Hide one word at a time and redraw it given all others: each once in a sweep, in a random order.

    Example: `*_, written = gibbs(predict, blanks, blanks == MASK, generator, sweeps=5)`

    Begins with what stands in the gaps: [MASK]s, as in Wang & Cho 2019 (arXiv:1902.04094), or a sentence. They draw
    each position at random; sweeps make sure that none is left out. A sweep takes as many passes as there are gaps.
    """
    input_ids, rows = input_ids.clone(), torch.arange(len(input_ids))
    for _ in range(sweeps):
        lots = torch.rand(gaps.shape, generator=generator).masked_fill(~gaps, 2.0)  # what is no gap comes last
        for places in lots.argsort(dim=1).T[: int(gaps.sum(1).max())]:
            asked = torch.zeros_like(gaps)
            asked[rows, places] = gaps[rows, places]
            input_ids[asked] = mask_token_id
            input_ids[asked] = draw_words(predict(input_ids, asked), generator)
            yield input_ids.clone()


def mask_predict(
    predict: Predict,
    input_ids: Int[Tensor, "batch seq"],
    gaps: Bool[Tensor, "batch seq"],
    generator: torch.Generator | None = None,
    *,
    iterations: int = 4,
    mask_token_id: int = MASK,
) -> Sentences:
    """Fill all gaps at once; then hide those that were least sure, and fill them at once again; fewer each time.

    Example: `*_, written = mask_predict(predict, blanks, blanks == MASK, iterations=10)`

    Ghazvininejad et al. 2019 (arXiv:1904.09324), section 3, take the likeliest word instead of drawing one: they want
    one good translation, not variety. A word stays as sure as it was when it was put there. One pass per iteration.
    """
    input_ids, hidden = input_ids.clone(), gaps
    sure = torch.full(gaps.shape, torch.inf, dtype=torch.float64)
    for iteration in range(1, iterations + 1):
        input_ids[hidden] = mask_token_id
        probabilities = predict(input_ids, hidden)
        words = draw_words(probabilities, generator)
        input_ids[hidden] = words
        sure[hidden] = probabilities.gather(1, words[:, None])[:, 0].double()
        yield input_ids.clone()
        hidden = hide_again(sure, gaps, iteration, iterations)
        if not hidden.any():
            return


def hide_again(
    sure: Float[Tensor, "batch seq"], gaps: Bool[Tensor, "batch seq"], iteration: int, iterations: int
) -> Bool[Tensor, "batch seq"]:
    """Return the n gaps of each sentence that are least sure: n = ⌊N · (1 − iteration / iterations)⌋ of its N gaps.

    Example: after iteration 1 of 4, a sentence of 8 gaps has 6 of them hidden again; after iteration 4, none.

    Ghazvininejad et al. 2019, section 3, where iterations are counted from 0.
    """
    count = gaps.sum(1) * (iterations - iteration) // iterations  # in whole numbers: 10 · (1 − 0.9) would be 0.99…
    order = sure.masked_fill(~gaps, torch.inf).argsort(dim=1, stable=True)
    return (order.argsort(dim=1) < count[:, None]) & gaps
