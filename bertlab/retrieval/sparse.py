"""SPLADE: a text as weights over the vocabulary, words that it does not contain included, by the head of an MLM.

SPLADE v2, Formal et al. 2021 (arXiv:2109.10086).
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from bertlab.models import device, evaluating, mlm_logits


def splade(
    logits: Float[Tensor, "batch seq vocab"], mask: Bool[Tensor, "batch seq"] | Int[Tensor, "batch seq"]
) -> Float[Tensor, "batch vocab"]:
    """Turn the logits of masked language modeling into one weight for each entry of the vocabulary.

    Example: `splade(torch.tensor([[[-1.0, 0.0], [2.0, -3.0]]]), torch.ones(1, 2).bool()).tolist()[0][1]` is `0.0`.

    log(1 + relu(logit)), and the largest over the tokens; the first SPLADE took their sum. ReLU makes exact zeros, the
    logarithm keeps a single word from outweighing all others.
    """
    weights = torch.log1p(torch.relu(logits)) * mask[:, :, None]  # no weight is below 0, so padding may be 0
    return weights.amax(dim=1)


def flops(vectors: Float[Tensor, "batch vocab"]) -> Float[Tensor, ""]:
    """Return the sum over the vocabulary of the squared mean weight: what searching an inverted index costs, smoothed.

    Example: `flops(torch.tensor([[2.0, 0.0], [0.0, 0.0]])).item()` is `1.0`, and
    `flops(torch.tensor([[1.0, 0.0], [1.0, 0.0]])).item()` is `1.0`, but
    `flops(torch.tensor([[1.0, 0.0], [0.0, 1.0]])).item()` is `0.5`.

    Unlike the plain sum of weights (L1), it costs more to give all texts the same entry than to spread them. Paria et
    al. 2020 (arXiv:2004.05665).
    """
    return vectors.abs().mean(dim=0).square().sum()


def active(vectors: Float[Tensor, "batch vocab"]) -> Int[Tensor, " batch"]:
    """Count the entries that are not 0. Example: `active(torch.tensor([[0.0, 2.0, 1.0]])).tolist()` is `[2]`."""
    return (vectors != 0).sum(dim=1)


def top_terms(vector: Float[Tensor, " vocab"], tokenizer: Any, k: int = 10) -> list[tuple[str, float]]:
    """Return the pieces with the largest weights, at most k, none of them 0.

    Example: `top_terms(splade_vectors(model, tokenizer, ["a red bicycle"])[0], tokenizer)[0]`
    """
    weights, ids = vector.topk(min(k, len(vector)))
    pieces = tokenizer.convert_ids_to_tokens(ids.tolist())
    return [(piece, weight) for piece, weight in zip(pieces, weights.tolist(), strict=True) if weight > 0]


@torch.inference_mode()
def splade_vectors(
    model: nn.Module, tokenizer: Any, texts: Sequence[str], batch_size: int = 16, max_length: int = 256
) -> Float[Tensor, "texts vocab"]:
    """Encode texts with a model that has a head for masked language modeling.

    Example: `splade_vectors(model, tokenizer, ["a red bicycle"]) @ splade_vectors(model, tokenizer, passages).T`

    A plain BERT was never taught to leave words at 0: nearly all its weights are active, until SPLADE's training.
    """
    found = []
    with evaluating(model):
        for start in range(0, len(texts), batch_size):
            batch = list(texts[start : start + batch_size])
            inputs = tokenizer(batch, padding=True, truncation=True, max_length=max_length, return_tensors="pt")
            inputs = inputs.to(device(model))
            found.append(splade(mlm_logits(model, inputs), inputs["attention_mask"]))
    return torch.cat(found)
