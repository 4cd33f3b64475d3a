"""The exercises of notebook 08: early stopping, micro F1, a threshold, calibration, and a loop to be mended."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bertlab.constants import IGNORED
from bertlab.diagnosing_fine_tuning.mistakes import calibration_error as wrong_errors
from bertlab.diagnosing_fine_tuning.mistakes import early_stopping as wrong_stops
from bertlab.diagnosing_fine_tuning.mistakes import mend as wrong_loops
from bertlab.diagnosing_fine_tuning.mistakes import micro_f1 as wrong_scores
from bertlab.diagnosing_fine_tuning.mistakes import threshold as wrong_thresholds
from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.fine_tuning.small_classifier import BATCHES, SmallClassifier, waves


def best_and_last(losses: list[float], patience: int) -> tuple[int, int]:
    """Return the evaluation whose weights are kept, and the last that takes place, both counted from 0.

    Example: `best_and_last([0.5, 0.3, 0.4, 0.3, 0.2], patience=2)` is `(1, 3)`.
    """
    best = 0
    for number, loss in enumerate(losses):
        if loss < losses[best]:
            best = number
        if number - best == patience:
            return best, number
    return best, len(losses) - 1


early_stopping = Exercise(
    id="diagnosing_fine_tuning.early_stopping",
    title="Early stopping",
    reference=best_and_last,
    cases=[
        *(Case(losses, 2) for losses in ([0.5, 0.4], [0.7, 0.6, 0.65], [0.5, 0.5, 0.5, 0.4], [0.6, 0.5, 0.55, 0.52])),
        Case([0.9, 0.7, 0.8, 0.6, 0.65, 0.62, 0.61, 0.5], 3),
        Case([0.9, 0.8, 0.8, 0.7, 0.75, 0.7, 0.6, 0.61, 0.62, 0.6, 0.7, 0.5], 4),
    ],
    hints=[
        "Go through the losses in order, as training does. What must you remember from one to the next?",
        "The index of the lowest loss so far, and how many came since. Only `loss < losses[best]` is a new lowest.",
        "First update `best`, then `return best, number` if `number - best == patience`. And after the last loss?",
    ],
    mistakes=mistakes.of(wrong_stops),
)


def pooled_f1(predicted: Int[Tensor, "texts labels"], labels: Int[Tensor, "texts labels"]) -> float:
    """Return the F1 of all decisions, each text having any number of labels; 0 if there is nothing to find or found.

    Example: `pooled_f1(torch.tensor([[1, 1], [0, 0]]), torch.tensor([[1, 0], [0, 1]]))` is `0.5`.
    """
    right = int((predicted * labels).sum())
    given_or_real = int(predicted.sum() + labels.sum())  # true positives are in both sums
    return 2 * right / given_or_real if given_or_real else 0.0


# Each text and each label has something to count, so that no mean depends on what 0/0 is taken for.
_LABELS = torch.tensor([[1, 0, 0, 1], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1]])
_PREDICTED = torch.tensor([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 1]])

micro_f1 = Exercise(
    id="diagnosing_fine_tuning.micro_f1",
    title="Micro F1 of several labels",
    reference=pooled_f1,
    cases=[
        Case(torch.tensor([[1, 1], [1, 0]]), torch.tensor([[1, 0], [1, 1]])),
        Case(0 * _PREDICTED[:3, :2], 0 * _LABELS[:3, :2]),
        *(Case(_PREDICTED[:texts, :kinds], _LABELS[:texts, :kinds]) for texts, kinds in ((5, 3), (6, 4))),
    ],
    hints=[
        "Three numbers over the whole table are enough. Which decisions are a true positive, a false alarm, a miss?",
        "True positives are 1 in both tables. What else is 1 in `predicted` is a false alarm, in `labels` a miss.",
        "`tp = (predicted * labels).sum().item()`, and `fp = predicted.sum().item() - tp`. All 0? Then return 0.0.",
    ],
    mistakes=mistakes.of(wrong_scores),
)


def chosen_threshold(
    validation_scores: Float[Tensor, " validation"],
    validation_labels: Int[Tensor, " validation"],
    test_scores: Float[Tensor, " test"],
    test_labels: Int[Tensor, " test"],
) -> tuple[float, float]:
    """Return the threshold with the highest F1 on validation, the lowest if several have it, and its F1 on test.

    Example: `chosen_threshold(torch.tensor([0.75, 0.25]), torch.tensor([1, 0]), torch.tensor([0.75, 0.5]),
    torch.tensor([1, 1]))` is `(0.75, 2 / 3)`.
    """

    def f1(from_score: float, scores: Tensor, labels: Tensor) -> float:
        called = scores >= from_score
        return 2 * int((called & (labels == 1)).sum()) / int(called.sum() + labels.sum())

    # Lowest first: of several that are equally good, max takes the first.
    best = max(sorted(validation_scores.tolist()), key=lambda score: f1(score, validation_scores, validation_labels))
    return best, f1(best, test_scores, test_labels)


# 32nds and 16ths are the same number in single and in double precision.
_FIVE = torch.tensor([2, 14, 10, 6, 9]) / 16
_VALIDATION = torch.tensor([19, 23, 1, 18, 26, 2, 12, 9, 22]) / 32, torch.tensor([0, 0, 0, 1, 1, 0, 1, 0, 0])
_TEST = torch.tensor([9, 31, 19, 7, 22, 17]) / 32, torch.tensor([0, 1, 0, 1, 1, 0])

threshold = Exercise(
    id="diagnosing_fine_tuning.threshold",
    title="A threshold, chosen and tested",
    reference=chosen_threshold,
    cases=[
        Case(_FIVE[:4], torch.tensor([0, 1, 1, 0]), _FIVE[:4], torch.tensor([0, 1, 1, 1])),
        Case(_FIVE, torch.tensor([0, 1, 0, 1, 0]), _FIVE.flip(0), torch.tensor([0, 0, 1, 1, 0])),  # two are best
        Case(*_VALIDATION, *_TEST),
    ],
    hints=[
        "Which scores and labels may have a say in the threshold? And which in the F1 that you report?",
        "Go through `validation_scores.sort().values.tolist()`, and keep a threshold whose F1 is above all before it.",
        "With `called = scores >= threshold`: `2 * (called & (labels == 1)).sum() / (called.sum() + labels.sum())`.",
    ],
    mistakes=mistakes.of(wrong_thresholds),
)


def gap_of_bins(probabilities: Float[Tensor, " texts"], right: Bool[Tensor, " texts"], bins: int) -> float:
    """Return by how much confidence and accuracy differ in a bin, on average over the texts.

    Example: `gap_of_bins(torch.tensor([0.75, 1.0]), torch.tensor([True, False]), bins=2)` is `0.375`.
    """
    # A probability at an edge goes to the lower bin.
    places = torch.bucketize(probabilities.double(), torch.arange(1, bins).double() / bins)
    error = 0.0
    for place in places.unique():  # bins without texts do not occur here
        inside = places == place
        gap = probabilities[inside].double().mean() - right[inside].double().mean()
        error += inside.double().mean().item() * abs(gap.item())
    return error


_SURE = torch.tensor([62, 59, 58, 63, 52, 50, 42, 36, 34, 28, 61, 59.5, 53]) / 64
_IS_RIGHT = torch.tensor([1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0]) == 1

calibration_error = Exercise(
    id="diagnosing_fine_tuning.calibration_error",
    title="The expected calibration error",
    reference=gap_of_bins,
    cases=[
        Case(torch.tensor([0.375, 0.75, 0.875]), torch.tensor([False, True, False]), 2),
        Case(torch.tensor([0.75, 1.0, 0.5, 0.9375]), torch.tensor([True, False, True, True]), 2),
        Case(torch.tensor([0.25, 0.5, 0.5, 0.75, 1.0, 0.0, 0.875]), _IS_RIGHT[[0, 2, 1, 1, 1, 1, 2]], 4),
        Case(_SURE, _IS_RIGHT, 10),
    ],
    hints=[
        "For one bin: which texts are in it, what is their mean probability, and which share of them is right?",
        "Weigh `abs(confidence - accuracy)` by the bin's share of the texts, and add up. Pass over bins without texts.",
        "`inside = (probabilities > low) & (probabilities <= high)` is a bin, `inside.double().mean()` its share.",
    ],
    mistakes=mistakes.of(wrong_errors),
)


def train_in_parts(model: nn.Module, micro_batches: list[tuple[Tensor, Tensor]], lr: float, steps: int) -> list[float]:
    """Take steps on the same micro-batches as if they were one large batch; return the mean loss before each step.

    Example: `train_in_parts(model, [(inputs, labels)], lr=0.1, steps=2)`
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    labeled = sum(int((labels != IGNORED).sum()) for _, labels in micro_batches)
    model.train()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        losses.append(0.0)
        for inputs, labels in micro_batches:
            loss = cross_entropy(model(inputs), labels, reduction="sum") / labeled
            loss.backward()
            losses[-1] += loss.item()
        optimizer.step()
    return losses


_PADDED = [(waves(4, 3).cos(), torch.tensor([0, -100, -100, -100])), (waves(3, 3) ** 2, torch.tensor([1, 2, -100]))]

mend = Exercise(
    id="diagnosing_fine_tuning.mend",
    title="A loop to be mended",
    reference=train_in_parts,
    cases=[
        Case(SmallClassifier(3, 4, 3).eval(), BATCHES[1:2], 0.5, 1),
        Case(SmallClassifier(3, 4, 3).eval(), BATCHES[:2], 0.5, 3),
        Case(SmallClassifier(3, 6, 3).eval(), [BATCHES[0], *_PADDED], 0.5, 3),
        Case(SmallClassifier(3, 6, 3).eval(), [BATCHES[0], (waves(2, 3), torch.tensor([-100] * 2)), *_PADDED], 0.2, 2),
    ],
    hints=[
        "Which mode is the model in? What does `cross_entropy` take? When are gradients cleared? Divided by what?",
        "`model.train()`; no softmax; `zero_grad()` once per step; each text weighs the same, not each micro-batch.",
        '`reduction="sum"`, divided by the number of labels that are not −100, counted in *all* micro-batches before.',
    ],
    mistakes=mistakes.of(wrong_loops),
    seconds=30.0,  # PyTorch loads a good part of itself when the first optimizer is made
)
