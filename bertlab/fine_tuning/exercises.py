"""The exercises of notebook 07: the learning rate, who decays, the loop, accuracy beside padding, merging LoRA."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bertlab.constants import IGNORED
from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.fine_tuning.mistakes import accuracy as wrong_shares
from bertlab.fine_tuning.mistakes import decay_groups as wrong_groups
from bertlab.fine_tuning.mistakes import learning_rate as wrong_rates
from bertlab.fine_tuning.mistakes import merge as wrong_matrices
from bertlab.fine_tuning.mistakes import train as wrong_loops
from bertlab.fine_tuning.small_classifier import BATCHES, SmallClassifier, waves


def rate_of_step(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Return the learning rate of a step, counted from 0 over all epochs: up linearly to the peak, then down to zero.

    Example: `rate_of_step(55, 25, 4, 0.1, 0.5)` is `0.25`.
    """
    steps = steps_per_epoch * epochs
    warmup = math.ceil(warmup_share * steps)
    if step < warmup:
        return peak * (step / warmup)
    return peak * ((steps - step) / (steps - warmup))


_SHORT_RUN = {"steps_per_epoch": 10, "epochs": 2, "warmup_share": 0.25, "peak": 0.1}
_LONG_RUN = {"steps_per_epoch": 37, "epochs": 3, "warmup_share": 0.1, "peak": 5e-5}
_NO_WARMUP = {"steps_per_epoch": 7, "epochs": 1, "warmup_share": 0.0, "peak": 3e-4}

learning_rate = Exercise(
    id="fine_tuning.learning_rate",
    title="The learning rate of a step",
    reference=rate_of_step,
    cases=[
        *(Case(step, **_SHORT_RUN) for step in (3, 0, 5, 10, 19)),
        *(Case(step, **_LONG_RUN) for step in (0, 4, 11, 12, 13, 60, 110)),
        *(Case(step, **_NO_WARMUP) for step in (0, 5)),
    ],
    hints=[
        "How many steps are there in all, and how many of them are warm-up? In which step is the rate highest?",
        "`steps = steps_per_epoch * epochs` and `warmup = math.ceil(warmup_share * steps)`. Step 0 starts at 0, step"
        " `warmup` is at the peak, and a step number `steps`, one after the last, would be at 0 again.",
        "`peak * step / warmup` if `step < warmup`, and `peak * (steps - step) / (steps - warmup)` otherwise.",
    ],
    mistakes=mistakes.of(wrong_rates),
)


def names_by_decay(names: list[str]) -> tuple[list[str], list[str]]:
    """Return the names of the parameters that decay, and of those that don't: biases and the weights of LayerNorm.

    Example: `names_by_decay(["classifier.weight", "classifier.bias"])` is `(["classifier.weight"],
    ["classifier.bias"])`.
    """
    parts = {name: name.split(".") for name in names}
    spared = [name for name in names if parts[name][-1] == "bias" or parts[name][-2:] == ["LayerNorm", "weight"]]
    return [name for name in names if name not in spared], spared


def _weight_and_bias(*layers: str) -> list[str]:
    return [f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]


_LAYER = "bert.encoder.layer.0.attention"
_EMBEDDINGS = ["bert.embeddings.word_embeddings.weight", *_weight_and_bias("bert.embeddings.LayerNorm")]
_ATTENTION = _weight_and_bias(f"{_LAYER}.self.query", f"{_LAYER}.output.dense", f"{_LAYER}.output.LayerNorm")
_HEAD = _weight_and_bias("bert.pooler.dense", "classifier")
_LOOKALIKES = _weight_and_bias("bert.relative_attention_bias", "bert.LayerNormalizer", "bert.debias")

decay_groups = Exercise(
    id="fine_tuning.decay_groups",
    title="Who decays?",
    reference=names_by_decay,
    cases=[Case(_HEAD), Case(_EMBEDDINGS), Case(_EMBEDDINGS + _ATTENTION + _HEAD), Case(_LOOKALIKES + _HEAD)],
    hints=[
        "A name is a path with dots. Which part of it says that a parameter is a bias? Which two say that it is the"
        " weight of a LayerNorm?",
        "Look at the end of the name, not for a word somewhere in it: `relative_attention_bias.weight` is a matrix.",
        '`name.endswith((".bias", ".LayerNorm.weight"))` is true of those that don\'t decay.',
    ],
    mistakes=mistakes.of(wrong_groups),
)


def train_once(
    model: nn.Module, batches: list[tuple[Float[Tensor, "_ features"], Int[Tensor, " _"]]], lr: float
) -> list[float]:
    """Take one step of gradient descent for each batch, and return the loss of each, before its step.

    Example: `train_once(model, [(inputs, labels)], lr=0.1)`
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    model.train()
    losses = []
    for inputs, labels in batches:
        loss = cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


train = Exercise(
    id="fine_tuning.train",
    title="The loop",
    reference=train_once,
    cases=[
        Case(SmallClassifier(1, 2, 2).eval(), [(waves(2, 1), torch.tensor([0, 1]))], 0.5),
        Case(SmallClassifier(3, 4, 3).eval(), BATCHES[:3], 0.5),
        Case(SmallClassifier(3, 6, 3).eval(), BATCHES, 0.2),
    ],
    hints=[
        "Once before the loop: which mode does a model need, so that its dropout drops? Then four things for each"
        " batch: the loss, clear, backward, move.",
        "`torch.optim.SGD(model.parameters(), lr=lr)` clears with `zero_grad()` and moves with `step()`. Between the"
        " two comes `loss.backward()`.",
        "`torch.nn.functional.cross_entropy(model(inputs), labels)` takes logits and returns the mean; keep its"
        " `.item()`. Before the loop: `model.train()`.",
    ],
    mistakes=mistakes.of(wrong_loops),
    seconds=30.0,  # PyTorch loads a good part of itself when the first optimizer is made
)


def share_of_real_texts(logits: list[Float[Tensor, "_ classes"]], labels: list[Int[Tensor, " _"]]) -> float:
    """Return the share of texts whose largest logit is at their label, over all batches; -100 marks no text.

    Example: `share_of_real_texts([torch.eye(2), torch.eye(2)], [torch.tensor([0, 0]), torch.tensor([0, -100])])` is
    `2 / 3`.
    """
    predicted, wanted = torch.cat([batch.argmax(dim=1) for batch in logits]), torch.cat(labels)
    real = wanted != IGNORED
    return (predicted[real] == wanted[real]).double().mean().item()


# As many texts as classes, so that a maximum over the wrong axis is a wrong number and not an error that hides it.
_TWO = [torch.tensor([[2.0, -1.0], [0.5, 1.5]]), torch.tensor([[1.0, 3.0], [0.0, 0.25]])]
_THREE = [
    torch.tensor([[2.0, 1.75, 0.0], [0.0, 3.0, 1.0], [0.5, 1.0, 0.75]]),
    torch.tensor([[0.0, 0.25, 0.5], [1.0, 4.0, 2.0], [3.0, 0.0, 0.5]]),
    torch.tensor([[-1.0, 2.0, 2.5], [0.0, 1.0, -1.0], [0.0, 1.0, -1.0]]),
]

accuracy = Exercise(
    id="fine_tuning.accuracy",
    title="Accuracy, padding left out",
    reference=share_of_real_texts,
    cases=[
        Case(_TWO, [torch.tensor([0, 0]), torch.tensor([1, IGNORED])]),
        Case(_THREE[:2], [torch.tensor([0, 2, 1]), torch.tensor([2, 1, 0])]),
        Case(_THREE, [torch.tensor([0, 1, 1]), torch.tensor([1, 2, 1]), torch.tensor([2, IGNORED, IGNORED])]),
    ],
    hints=[
        "Two numbers over all batches together: how many texts are real, and how many of these are right?",
        "`batch.argmax(dim=1)` predicts a class for each text of a batch, and `torch.cat` makes one tensor of many.",
        "With `real = labels != -100`, for all labels in one tensor: `(predicted[real] == labels[real])`, and of that"
        " the mean, as a plain number.",
    ],
    mistakes=mistakes.of(wrong_shares),
)


def one_matrix(
    weight: Float[Tensor, "out in"], A: Float[Tensor, "rank in"], B: Float[Tensor, "out rank"], alpha: float
) -> Float[Tensor, "out in"]:
    """Return W + (alpha / rank) · BA, the one matrix that does what W and LoRA do together (Hu et al. 2021, 4.1).

    Example: `one_matrix(torch.eye(2), torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]), 2.0)` is
    `[[7.0, 12.0], [8.0, 17.0]]`.
    """
    rank = A.shape[0]
    return weight + alpha / rank * (B @ A)


_A = torch.tensor([[1.0, 0.0, 2.0, -1.0, 0.5], [0.0, 1.0, 0.0, 3.0, -2.0], [1.0, 1.0, -1.0, 0.0, 0.0]])
_B = torch.tensor([[1.0, 0.0, 2.0], [0.0, 2.0, 1.0], [1.0, 1.0, 0.0], [-1.0, 0.5, 0.0], [0.0, 0.0, 3.0]])
_WEIGHT = torch.arange(25.0).reshape(5, 5) / 10 - 1

merge = Exercise(
    id="fine_tuning.merge",
    title="LoRA, merged",
    reference=one_matrix,
    cases=[
        Case(_WEIGHT[:2, :3], _A[:1, :3], _B[:2, :1], 2.0),
        Case(_WEIGHT[:4, :4], _A[:1, :4], _B[:4, :1], 0.5),  # square, of rank 1: even `A @ B` gives something here
        Case(_WEIGHT[:4], _A[:2], _B[:4, :2], 3.0),
        Case(_WEIGHT, _A[[0, 1, 0]], _B[:, [0, 0, 1]], 12.0),  # directions that repeat count for the rank as well
    ],
    hints=[
        "Which of `B @ A` and `A @ B` has the shape of `weight`? And which axis of `A` is the rank?",
        "`A` has a row for each of its `rank` directions: `rank = A.shape[0]`.",
        "`weight + alpha / rank * (B @ A)`: a new tensor, since `+=` would change the one that you were given.",
    ],
    mistakes=mistakes.of(wrong_matrices),
)
