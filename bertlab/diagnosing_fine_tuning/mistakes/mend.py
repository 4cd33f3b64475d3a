"""What is, or may get, wrong in a loop that gathers gradients. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from bertlab.constants import IGNORED

MicroBatches = list[tuple[Tensor, Tensor]]


def clears_for_each_micro_batch(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """The first loss is right, the step after it is not: it follows the last micro-batch alone, because the gradients
    of those before were cleared. `backward` adds to what is there: clear once per step, before the first
    micro-batch."""
    optimizer, labeled, losses = SGD(model.train().parameters(), lr), _labeled(micro_batches), []
    for _ in range(steps):
        losses.append(0.0)
        for inputs, labels in micro_batches:
            optimizer.zero_grad()
            loss = _sum(model(inputs), labels) / labeled
            loss.backward()
            losses[-1] += loss.item()
        optimizer.step()
    return losses


def takes_the_softmax_twice(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """One softmax too many: `cross_entropy` wants the logits as they are, and takes it itself. The loss of
    probabilities never comes near 0, and its gradients are small."""
    return _train(model.train(), micro_batches, lr, steps, lambda logits, labels: _sum(logits.softmax(-1), labels))


def averages_the_means(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """That is the mean of the micro-batches' means: a text weighs more where fewer texts are labeled. Add up the losses
    of single texts, `reduction="sum"`, and divide by the number of labeled texts in *all* micro-batches; then one
    without any does no harm either."""
    return _train(model.train(), micro_batches, lr, steps, cross_entropy, len(micro_batches))


def trains_in_evaluation_mode(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """You train with dropout off. The model comes in evaluation mode, and nothing in the loop changes that: call
    `model.train()` before it."""
    return _train(model.eval(), micro_batches, lr, steps)


def steps_for_each_micro_batch(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """You take a step after each micro-batch, so that the next one meets other weights already. As if they were one
    large batch means: gather the gradients of all, then take a single step."""
    optimizer, labeled, losses = SGD(model.train().parameters(), lr), _labeled(micro_batches), []
    for _ in range(steps):
        losses.append(0.0)
        for inputs, labels in micro_batches:
            optimizer.zero_grad()
            loss = _sum(model(inputs), labels) / labeled
            loss.backward()
            optimizer.step()
            losses[-1] += loss.item()
    return losses


def counts_padding(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """You divide by all rows, padding included, so that padding makes the loss and the step smaller. Divide by the
    number of texts whose label is not −100."""
    return _train(model.train(), micro_batches, lr, steps, _sum, sum(len(labels) for _, labels in micro_batches))


def keeps_old_gradients(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """The first two losses are right, later ones are not: the gradients are never cleared, so that each step follows
    those of all steps before as well. Clear them once per step, before the first micro-batch."""
    optimizer, labeled, losses = SGD(model.train().parameters(), lr), _labeled(micro_batches), []
    for _ in range(steps):
        losses.append(0.0)
        for inputs, labels in micro_batches:
            loss = _sum(model(inputs), labels) / labeled
            loss.backward()
            losses[-1] += loss.item()
        optimizer.step()
    return losses


def never_moves_the_weights(model: nn.Module, micro_batches: MicroBatches, lr: float, steps: int) -> list[float]:
    """Your weights never move: all losses are the first one. Either the gradients are cleared between `backward` and
    the step, or there is no step. Clear, then `backward` for each micro-batch, then step."""
    return _train(model.train(), micro_batches, 0.0, steps)


def _sum(logits: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(logits, labels, reduction="sum")


def _labeled(micro_batches: MicroBatches) -> int:
    return sum(int((labels != IGNORED).sum()) for _, labels in micro_batches)


def _train(
    model: nn.Module,
    micro_batches: MicroBatches,
    lr: float,
    steps: int,
    loss_of: Callable[[Tensor, Tensor], Tensor] = _sum,
    whole: int = 0,
) -> list[float]:
    """Take steps in the right order, with another loss or divisor, in the mode that the model is in."""
    optimizer, losses = SGD(model.parameters(), lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        losses.append(0.0)
        for inputs, labels in micro_batches:
            loss = loss_of(model(inputs), labels) / (whole or _labeled(micro_batches))
            loss.backward()
            losses[-1] += loss.item()
        optimizer.step()
    return losses
