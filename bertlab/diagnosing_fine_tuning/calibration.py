"""Is 90 % sure right nine times in ten? Reliability, its error in one number, and the temperature that mends it.

Source: Guo et al. 2017 (arXiv:1706.04599), sections 2 and 4.2.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Bin(NamedTuple):
    """The texts whose probability lies above `low` and at most at `high`; the means are nan if there are none.

    Example: `Bin(0.9, 1.0, confidence=0.97, accuracy=0.88, texts=50)`
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    texts: int


def reliability(probabilities: Float[Tensor, " texts"], right: Bool[Tensor, " texts"], bins: int = 10) -> list[Bin]:
    """Sort texts into bins of equal width by the probability of the label that was given, and compare.

    Example: `reliability(torch.tensor([0.75, 1.0]), torch.tensor([True, False]), bins=2)[1]` is
    `(0.5, 1.0, 0.875, 0.5, 2)`.

    `probabilities, given = logits.softmax(-1).max(-1)`, and `right = given == labels`. With k labels none is below
    1 / k. A probability at an edge belongs to the lower bin. ValueError for probabilities outside 0 to 1, or no bin.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("a probability lies between 0 and 1: give logits.softmax(-1).max(-1).values, not logits")
    edges = [number / bins for number in range(bins + 1)]
    places = torch.bucketize(probabilities.double(), torch.tensor(edges[1:-1], dtype=torch.double))
    found: list[Bin] = []
    for place in range(bins):
        inside = places == place
        confidence, accuracy = (values[inside].double().mean().item() for values in (probabilities, right))
        found.append(Bin(edges[place], edges[place + 1], confidence, accuracy, int(inside.sum())))
    return found


def expected_calibration_error(
    probabilities: Float[Tensor, " texts"], right: Bool[Tensor, " texts"], bins: int = 10
) -> float:
    """Return by how much confidence and accuracy differ, on average over the texts: equation 3 of the paper.

    Example: `expected_calibration_error(torch.tensor([0.75, 1.0]), torch.tensor([True, False]), bins=2)` is `0.375`.

    Few texts have an error above 0 by chance alone, and more bins a larger one: compare with the same number of both.
    """
    filled = [found for found in reliability(probabilities, right, bins) if found.texts]
    return sum(found.texts * abs(found.confidence - found.accuracy) for found in filled) / max(1, len(right))


def slope(logits: Float[Tensor, "texts classes"], labels: Int[Tensor, " texts"], sharpness: float) -> float:
    """Return the derivative of the mean loss of `sharpness * logits` with respect to the sharpness, 1 / temperature.

    Example: `slope(torch.tensor([[0.0, 2.0]]), torch.tensor([0]), sharpness=0.0)` is `1.0`.

    It is Σ P(k) zₖ − z at the label, and grows with the sharpness, so that the loss has a single lowest point.
    """
    expected = (logits * (sharpness * logits).softmax(-1)).sum(-1)  # (texts,)
    return (expected - logits.gather(1, labels[:, None])[:, 0]).mean().item()


def fit_temperature(logits: Float[Tensor, "texts classes"], labels: Int[Tensor, " texts"]) -> float:
    """Return the temperature with which `logits / temperature` has the lowest loss: section 4.2 of the paper.

    Example: `fit_temperature(validation_logits, validation.labels)` is above 1 for a model that is too sure.

    Found by halving an interval of 1 / temperature, at whose ends the loss falls and rises. It is positive, so the
    largest logit stays the largest and accuracy stays the same. Fit it on texts that were not trained on.

    Raises:
        ValueError: no text is wrong, so that the loss would fall for ever as the temperature goes to 0; or the logits
            are no better than chance, so that it would fall for ever as the temperature grows.
    """
    logits = logits.detach().double()
    if (logits.gather(1, labels[:, None]) == logits.amax(-1, keepdim=True)).all():
        raise ValueError("no text is wrong, so no temperature is best: fit it on more, or on harder, held-out texts")
    if slope(logits, labels, 0.0) >= 0:
        raise ValueError("the logits at the labels are no higher than the others: train the model, or check the labels")
    low, high = 0.0, 1.0
    while slope(logits, labels, high) < 0:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(logits, labels, middle) < 0 else (low, middle)
    return 1 / high
