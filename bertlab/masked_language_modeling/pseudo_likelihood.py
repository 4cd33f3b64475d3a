"""Score a sentence with a model that only fills blanks: hide each token in turn, and ask for it.

Source: Salazar et al. 2020 (arXiv:1910.14659), *Masked Language Model Scoring*.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.constants import DATA
from bertlab.masked_language_modeling.masking import whole
from bertlab.models import device, encoder, evaluating, mlm_logits

AGREEMENT = DATA / "agreement.tsv"
TOKENS_AT_ONCE = 4_096
"""Tokens that go through the model in one batch: a long sentence has as many rows as tokens, too many for one."""


class TokenScore(NamedTuple):
    """A token of a sentence, and log P(token | all other tokens) in nats. Example: `TokenScore("cat", -2.3)`."""

    token: str
    log_prob: float


def hide_each(
    input_ids: Int[Tensor, " seq"], special_tokens_mask: Bool[Tensor, " seq"], mask_token_id: int
) -> Int[Tensor, "ordinary seq"]:
    """Return one copy of the sentence for each ordinary token, with [MASK] in its place.

    Example: `hide_each(torch.tensor([2, 7, 8, 3]), torch.tensor([True, False, False, True]), 4)` is
    `[[2, 4, 8, 3], [2, 7, 4, 3]]`, as a tensor.
    """
    places = (~special_tokens_mask).nonzero()[:, 0]  # (ordinary)
    copies = input_ids.repeat(len(places), 1)
    copies[torch.arange(len(places)), places] = mask_token_id
    return copies


@torch.inference_mode()
def log_probs_at(
    input_ids: Int[Tensor, "batch seq"], places: Int[Tensor, " batch"], model: nn.Module
) -> Float[Tensor, "batch vocab"]:
    """Return log P(token) at one place of each row; rows have the same length, without padding.

    Example: `log_probs_at(copies, torch.arange(1, 8), model)[0, word]`

    Rows go through the model `TOKENS_AT_ONCE` tokens at a time. Dropout is off.
    """
    rows = max(1, TOKENS_AT_ONCE // input_ids.shape[1])
    parts = []
    with evaluating(model):
        for ids, here in zip(input_ids.split(rows), places.split(rows), strict=True):
            where = torch.nn.functional.one_hot(here, ids.shape[1]).bool()
            parts.append(mlm_logits(model, {"input_ids": ids}, where).log_softmax(-1))
    return torch.cat(parts)


def pseudo_log_likelihood(text: str, model: nn.Module, tokenizer: PreTrainedTokenizerFast) -> list[TokenScore]:
    """Return log P(token | the rest) for each ordinary token; their sum is the pseudo-log-likelihood (PLL).

    Example: `sum(score.log_prob for score in pseudo_log_likelihood("The cat sleeps.", model, tokenizer))`

    As many rows go through the model as there are tokens. Section 2.1 of the paper. The sum is no log-probability of
    the sentence: the factors of a product that is one condition on the left only (notebook 06). ValueError for a text
    that the model cannot read whole: the score of its beginning would look like the score of all of it.
    """
    encoded = tokenizer(whole(text), return_special_tokens_mask=True, return_tensors="pt", verbose=False)
    length, most = encoded.input_ids.shape[1], encoder(model).config.max_position_embeddings
    if length > most:
        raise ValueError(f"the text has {length:,} tokens and the model reads {most:,}: score it sentence by sentence")
    encoded = encoded.to(device(model))
    ids, special = encoded.input_ids[0], encoded.special_tokens_mask[0].bool()
    places = (~special).nonzero()[:, 0]
    if not len(places):
        return []
    scores = log_probs_at(hide_each(ids, special, tokenizer.mask_token_id), places, model)
    wanted = ids[places]
    found = scores.gather(1, wanted[:, None])[:, 0].tolist()
    return list(map(TokenScore, tokenizer.convert_ids_to_tokens(wanted.tolist()), found))


class AgreementPair(NamedTuple):
    """Two sentences that differ in one verb; `between` says what stands between it and its subject."""

    between: str
    right: str
    wrong: str


def agreement_pairs() -> list[AgreementPair]:
    """Read the hand-written minimal pairs for agreement.

    Example: `agreement_pairs()[0]` is `("nothing", "The dog sleeps.", "The dog sleep.")`.
    """
    lines = AGREEMENT.read_text(encoding="utf-8").splitlines()[1:]  # without the header
    return [AgreementPair(*line.split("\t")) for line in lines]


def hide_side(input_ids: Int[Tensor, " seq"], place: int, hidden: str, mask_token_id: int) -> Int[Tensor, " seq"]:
    """Put [MASK] at a place, and at all ordinary tokens on one side of it, or on none.

    Example: `hide_side(ids, 5, "left", tokenizer.mask_token_id)` leaves [CLS], what is right of place 5, and [SEP].

    Args:
        input_ids: one sentence, `[CLS] … [SEP]`, without padding.
        hidden: "left", "right" or "nothing".
    """
    sides = {"nothing": slice(place, place + 1), "left": slice(1, place + 1), "right": slice(place, -1)}
    if hidden not in sides:
        raise ValueError(f"there is no side {hidden!r}: choose one of {', '.join(sides)}")
    copy = input_ids.clone()
    copy[sides[hidden]] = mask_token_id
    return copy
