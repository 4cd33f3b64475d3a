"""Static masking, BERT's, against dynamic masking, RoBERTa's: how often does a sentence pose a new question?

BERT's data were masked once, before training: each text ten times over (`dupe_factor`), so that in 40 epochs it comes
back four times with the same gaps. RoBERTa draws the gaps anew at each visit. The model and the loss are the same.
Source: Liu et al. 2019 (arXiv:1907.11692), section 4.1; google-research/bert, `create_pretraining_data.py`.
"""

from math import comb, expm1, log1p

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling import mask_tokens

DUPE_FACTOR = 10
"""How many maskings of each text BERT's data were made with."""


def maskings(
    input_ids: Int[Tensor, " seq"],
    special_tokens_mask: Bool[Tensor, " seq"],
    epochs: int,
    dupe_factor: int | None = DUPE_FACTOR,
    *,
    mask_token_id: int,
    vocab_size: int,
    rate: float = 0.15,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "epochs seq"], Int[Tensor, "epochs seq"]]:
    """Mask one sentence for each epoch: `dupe_factor` maskings taken in turn (static), or None for a new one each time.

    Example: `corrupted, labels = maskings(ids, ids < 5, 40, None, mask_token_id=4, vocab_size=100)`

    Returns what is read in each epoch, and the labels, both as `mask_tokens` gives them. ValueError for less than one.
    """
    if min(epochs, dupe_factor or 1) < 1:
        raise ValueError(f"{epochs} epochs of {dupe_factor} maskings: give at least one of each")
    drawn = min(epochs, dupe_factor or epochs)
    corrupted, labels = mask_tokens(
        input_ids.repeat(drawn, 1),
        special_tokens_mask.repeat(drawn, 1),
        mask_token_id=mask_token_id,
        vocab_size=vocab_size,
        rate=rate,
        generator=generator,
    )
    turn = torch.arange(epochs) % drawn
    return corrupted[turn], labels[turn]


def count_distinct(labels: Int[Tensor, "epochs seq"]) -> int:
    """Count how many different sets of tokens were to be guessed.

    Example: `count_distinct(torch.tensor([[7, -100], [-100, 8], [7, -100]]))` is `2`.
    """
    return len((labels != IGNORED).unique(dim=0))


def expected_distinct(tokens: int, draws: int, rate: float = 0.15) -> float:
    """Return how many different sets `draws` maskings of a sentence are expected to select: Σ_S 1 − (1 − P(S))^draws.

    Example: `expected_distinct(1, 2, rate=0.5)` is `1.5`.

    Static masking has `min(epochs, DUPE_FACTOR)` draws, dynamic has `epochs`. Of `tokens` ordinary tokens each is
    selected on its own, so a set of k has the probability rᵏ (1 − r)ⁿ⁻ᵏ, and there are n over k of them.
    """
    expected = 0.0
    for k in range(tokens + 1):
        chance = rate**k * (1 - rate) ** (tokens - k)
        missed = draws * log1p(-chance) if chance < 1 else -float("inf")  # log (1 − P)^draws, exact for tiny P
        expected += comb(tokens, k) * -expm1(missed)
    return expected


def asked_share(labels: Int[Tensor, "epochs seq"], special_tokens_mask: Bool[Tensor, " seq"]) -> float:
    """Return the share of the ordinary tokens that were to be guessed at least once.

    Example: `asked_share(torch.tensor([[7, -100], [7, -100]]), torch.tensor([False, False]))` is `0.5`.
    """
    asked = (labels != IGNORED).any(0)
    return asked[~special_tokens_mask].double().mean().item()


def expected_asked(draws: int, rate: float = 0.15) -> float:
    """Return the share of tokens that at least one of `draws` maskings is expected to select: 1 − (1 − rate)^draws.

    Example: `expected_asked(2, rate=0.5)` is `0.75`.

    With ten draws it is 80 %: a static masking never asks for a fifth of all tokens, however long one trains.
    """
    return 1 - (1 - rate) ** draws
