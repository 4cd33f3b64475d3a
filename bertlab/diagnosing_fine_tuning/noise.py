"""Wrong labels: planted on purpose, and looked for among the texts with the highest loss.

Sources: Northcutt et al. 2021 (arXiv:1911.00068, confident learning), who judge each text by a model that was not
trained on it; Swayamdipta et al. 2020 (arXiv:2009.10795, dataset cartography), who watch each text during the training.
"""

import random
from collections.abc import Callable, Collection, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy


def flip_labels(labels: Sequence[int], share: float, classes: int, seed: int) -> tuple[tuple[int, ...], list[int]]:
    """Give a share of the texts another label, each of the others equally likely; also return which texts these are.

    Example: `flip_labels((1, 0), share=1.0, classes=2, seed=0)` is `((0, 1), [0, 1])`.

    Labels are numbers from 0. The number of texts is rounded. With the same seed, the texts of a smaller share are
    among those of a larger one and get the same wrong label. ValueError for a share outside 0 to 1, for fewer than two
    classes, and for a label that is not among them.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie between 0 and 1, not at {share}: for 10 % give 0.1")
    if classes < 2 or any(not 0 <= label < classes for label in labels):
        raise ValueError(f"there must be two classes or more, and labels from 0 to classes - 1, here {classes - 1}")
    drawn = random.Random(seed)
    others = [(label + drawn.randrange(1, classes)) % classes for label in labels]
    order = drawn.sample(range(len(labels)), len(labels))
    flipped = sorted(order[: round(share * len(labels))])
    chosen = set(flipped)
    return tuple(others[i] if i in chosen else label for i, label in enumerate(labels)), flipped


def losses_of(logits: Float[Tensor, "texts classes"], labels: Int[Tensor, " texts"]) -> Float[Tensor, " texts"]:
    """Return the cross-entropy of each text by itself, in nats. Example: `suspects(losses_of(logits, train.labels))`.

    −log P(its label): how surprised the model is by the label that stands there.
    """
    return cross_entropy(logits, labels, reduction="none")


def suspects(losses: Float[Tensor, " texts"]) -> list[int]:
    """Return the numbers of the texts, highest loss first: the order in which to read them again.

    Example: `suspects(torch.tensor([0.1, 3.0, 0.7]))` is `[1, 2, 0]`.

    Equal losses stay in the order of the texts; a loss that is no number comes first.
    """
    return losses.argsort(descending=True, stable=True).tolist()


def found_among(order: Sequence[int], flipped: Collection[int], first: int = 50) -> int:
    """Count the flipped texts among the first of an order. Example: `found_among([4, 2, 7], [7, 4], first=2)` is `1`.

    By chance it would be `first` times the share that was flipped.
    """
    return len(set(order[:first]) & set(flipped))


def deal_folds(labels: Sequence[int], folds: int = 5, seed: int = 0) -> list[list[int]]:
    """Deal texts into folds of equal size with equal shares of each label, give or take one text.

    Example: `sorted(len(fold) for fold in deal_folds([0, 0, 0, 1, 1, 1, 1], folds=3))` is `[2, 2, 3]`.

    ValueError for fewer than two folds, or more than there are texts.
    """
    if not 2 <= folds <= len(labels):
        raise ValueError(f"{len(labels)} texts can be dealt into 2 to {len(labels)} folds, not {folds}")
    order = random.Random(seed).sample(range(len(labels)), len(labels))
    by_label = sorted(order, key=lambda number: labels[number])  # a stable sort: still shuffled within each label
    return [sorted(by_label[start::folds]) for start in range(folds)]


def out_of_fold_losses(
    fit_predict: Callable[[list[int], list[int]], Tensor], labels: Sequence[int], folds: int = 5, seed: int = 0
) -> Float[Tensor, " texts"]:
    """Return the loss of each text under a model that was not trained on it, in nats.

    Example: `suspects(out_of_fold_losses(fit_predict, train.labels))`

    `fit_predict(train_numbers, held_out_numbers)` trains from the beginning on the first texts, and returns logits for
    the others, (held_out, classes). A model that was trained on a wrong label may have learned it by heart, so that its
    loss there is low; this one cannot. It costs a training for each fold.
    """
    found = torch.empty(len(labels))
    for held_out in deal_folds(labels, folds, seed):
        away = set(held_out)
        logits = fit_predict([i for i in range(len(labels)) if i not in away], held_out)
        found[held_out] = losses_of(logits, torch.tensor([labels[i] for i in held_out])).detach().to(found.dtype)
    return found
