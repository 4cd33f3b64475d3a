"""Gradient accumulation: when many small batches give the gradient of one large batch, and when they do not.

    whole = accumulated_gradient(model, loss, [batch], [1.0])
    parts = split_batch(batch, size=4)
    same = accumulated_gradient(model, loss, parts, shares_of([count(part) for part in parts]))

They agree if the loss is a mean of terms that do not depend on each other, and each part counts by its share of these
terms: texts, or the tokens that are predicted. Counted equally, parts with few tokens weigh too much; Hugging Face's
Trainer did that until October 2024 (transformers 4.46), and now gives the model the count, which BERT's heads ignore.
Nothing helps if a term depends on the whole batch, as with negatives from the batch or BatchNorm. Dropout must be off
for a comparison, since it is drawn anew for each part.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

Batch = Mapping[str, Tensor]


def split_batch(batch: Batch, size: int) -> list[dict[str, Tensor]]:
    """Cut a batch into micro-batches of `size` rows; the last may be smaller.

    Example: `len(split_batch({"labels": torch.zeros(7)}, size=3))` is `3`.
    """
    rows = len(next(iter(batch.values())))
    return [{name: value[start : start + size] for name, value in batch.items()} for start in range(0, rows, size)]


def shares_of(counts: Sequence[int]) -> list[float]:
    """Return the share of each micro-batch in what the loss is averaged over. Example: `shares_of([3, 1])` is
    `[0.75, 0.25]`.

    ValueError if there is nothing at all.
    """
    if not sum(counts):
        raise ValueError("there is nothing to average over: count the texts, or the labels that are not -100")
    return [count / sum(counts) for count in counts]


def accumulated_gradient(
    model: nn.Module,
    loss: Callable[[nn.Module, Batch], Tensor],
    micro_batches: Sequence[Batch],
    weights: Sequence[float],
) -> dict[str, Tensor]:
    """Return the gradient of Σ weight · loss(model, micro-batch) by parameter, one micro-batch in memory at a time.

    Example: `accumulated_gradient(model, loss, parts, [1 / len(parts)] * len(parts))` is the mean of means.

    A micro-batch of weight 0 is passed over: the mean over none of its tokens would be nan. Parameters without a
    gradient are left out; the model's own `.grad` is empty before and after. ValueError if weights are missing.
    """
    if len(micro_batches) != len(weights):
        raise ValueError(f"give one weight for each micro-batch, not {len(weights)} for {len(micro_batches)}")
    model.zero_grad(set_to_none=True)
    for batch, weight in zip(micro_batches, weights, strict=True):
        if weight:
            (weight * loss(model, batch)).backward()  # adds to what the earlier ones left in .grad
    found = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    model.zero_grad(set_to_none=True)
    return found


def contrastive_loss(
    first: Float[Tensor, "texts hidden"], second: Float[Tensor, "texts hidden"], temperature: float = 0.05
) -> Float[Tensor, ""]:
    """Return how hard it is to tell the partner of each vector from all others of the batch, in nats.

    Example: `contrastive_loss(torch.eye(2), torch.eye(2))`

    Cross-entropy over cosines / temperature, the partner being the right class (van den Oord et al. 2018, InfoNCE; as
    in Gao et al. 2021, SimCSE). The others of the batch are the negatives: a smaller batch asks an easier question.
    """
    cosines = normalize(first, dim=-1) @ normalize(second, dim=-1).T  # (texts, texts)
    return cross_entropy(cosines / temperature, torch.arange(len(first)))
