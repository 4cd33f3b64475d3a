"""BERT's masked language modeling objective: which tokens are hidden, and what is left in their place.

Source: Devlin et al. 2019 (arXiv:1810.04805), section 3.1, task 1.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.models import device, encoder, evaluating, mlm_logits


def mask_tokens(
    input_ids: Int[Tensor, "batch seq"],
    special_tokens_mask: Bool[Tensor, "batch seq"],
    *,
    mask_token_id: int,
    vocab_size: int,
    rate: float = 0.15,
    mask_share: float = 0.8,
    random_share: float = 0.1,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Select `rate` of the ordinary tokens; show 80 % of them as [MASK], 10 % as a random token, 10 % as they are.

    Example: `corrupted, labels = mask_tokens(ids, ids < 5, mask_token_id=4, vocab_size=100)`

    Args:
        input_ids: token ids; never changed in place.
        special_tokens_mask: True where a token must not be selected ([CLS], [SEP], [PAD]).
        mask_token_id: the id of [MASK].
        vocab_size: random replacements are drawn uniformly from `range(vocab_size)`, as in the original code.
        rate: the share of ordinary positions selected, each independently.
        mask_share, random_share: of the selected, how many become [MASK], how many a random token; the rest is kept.
        generator: a seeded source of randomness; None takes torch's global one.

    Returns:
        corrupted: what the model reads.
        labels: the original id at each selected position, `IGNORED` (-100) everywhere else.

    Raises:
        ValueError: `rate` is not between 0 and 1, or the shares add up to more than 1.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate is {rate}: give the share of tokens to select, between 0 and 1 (BERT: 0.15)")
    if min(mask_share, random_share) < 0 or mask_share + random_share > 1 + 1e-9:
        raise ValueError(f"{mask_share} masked and {random_share} random: shares from 0, together 1 at most")
    draw = torch.rand(input_ids.shape, generator=generator, device=input_ids.device)
    selected = (draw < rate) & ~special_tokens_mask
    labels = input_ids.masked_fill(~selected, IGNORED)

    fate = torch.rand(input_ids.shape, generator=generator, device=input_ids.device)
    random_ids = torch.randint(vocab_size, input_ids.shape, generator=generator, device=input_ids.device)
    corrupted = input_ids.masked_fill(selected & (fate < mask_share), mask_token_id)
    replaced = selected & (fate >= mask_share) & (fate < mask_share + random_share)
    corrupted = torch.where(replaced, random_ids, corrupted)
    return corrupted, labels


def outcomes(
    input_ids: Int[Tensor, "batch seq"],
    corrupted: Int[Tensor, "batch seq"],
    labels: Int[Tensor, "batch seq"],
    mask_token_id: int,
) -> Int[Tensor, " outcomes"]:
    """Count how many selected tokens are read as [MASK], as they were, and as something else.

    Example: `outcomes(ids, *mask_tokens(ids, ids < 5, mask_token_id=4, vocab_size=100), 4)`
    """
    read, original = corrupted[labels != IGNORED], input_ids[labels != IGNORED]
    masked, kept = read == mask_token_id, (read == original) & (read != mask_token_id)
    return torch.stack([masked.sum(), kept.sum(), (~masked & ~kept).sum()])


def select_whole_words(
    word_ids: list[int | None], draws: Float[Tensor, " words"], rate: float = 0.15
) -> Bool[Tensor, " seq"]:
    """Select all pieces of a word, or none, by one draw from [0, 1) for each word.

    Example: `select_whole_words([None, 0, 0, 1, None], torch.tensor([0.1, 0.9]))` selects both pieces of word 0.

    `word_ids` are a fast tokenizer's own, `tokenizer(text).word_ids()`: None for a special token, which is never
    selected. Source: google-research/bert, the Whole Word Masking models of May 2019.
    """
    words = torch.tensor([-1 if word is None else word for word in word_ids])
    return (draws[words] < rate) & (words >= 0)


class NothingToGuess(ValueError):
    """A text without [MASK] was given to something that fills blanks. Example: `except NothingToGuess: ...`."""


def whole(text: str) -> str:
    """Return a text that can be encoded, as it is. Example: `whole("a cat")` is `"a cat"`.

    ValueError for one with half a surrogate pair, such as `"\\ud800"`: tokenizers refuse it without a reason.
    """
    for place, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            raise ValueError(
                f"character {place} is {character!a}, half of a surrogate pair and no character: read the text with "
                'the right encoding, or drop it by text.encode("utf-8", "ignore").decode()'
            )
    return text


class Prediction(NamedTuple):
    """A token, and the probability that the model gives it. Example: `Prediction("paris", 0.413)`."""

    token: str
    probability: float


@torch.inference_mode()
def fill_mask(
    text: str,
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    top_k: int = 8,
) -> list[list[Prediction]]:
    """Return, for each [MASK] in the text, the `top_k` likeliest tokens, likeliest first.

    Example: `fill_mask("The capital of France is [MASK].", model, tokenizer)[0][0].token` may give `"paris"`.

    Each [MASK] is predicted on its own, whatever goes into the others. A text longer than the model's
    `max_position_embeddings` is cut off there, with the [MASK]s beyond. Dropout is off while predicting.

    Raises:
        NothingToGuess: there is no [MASK] in what the model reads of the text.
        ValueError: the text holds half a surrogate pair.
    """
    length = encoder(model).config.max_position_embeddings
    encoded = tokenizer(whole(text), truncation=True, max_length=length, return_tensors="pt").to(device(model))
    blanks = encoded["input_ids"] == tokenizer.mask_token_id
    if not blanks.any():
        mask = tokenizer.mask_token
        raise NothingToGuess(f"no {mask} within the first {length} tokens: write {mask} where a word is to be guessed")
    with evaluating(model):
        logits = mlm_logits(model, encoded, blanks)
    probabilities = logits.float().softmax(-1)  # (masks, vocab)
    likeliest = probabilities.topk(top_k)
    tokens = [tokenizer.convert_ids_to_tokens(ids) for ids in likeliest.indices.tolist()]
    return [list(map(Prediction, *column)) for column in zip(tokens, likeliest.values.tolist(), strict=True)]
