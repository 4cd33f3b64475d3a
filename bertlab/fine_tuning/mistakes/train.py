"""What goes wrong in a loop of gradient descent. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD

Batches = list[tuple[Tensor, Tensor]]


def takes_the_softmax_twice(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """You take the softmax twice: `cross_entropy` wants the logits as they are, and takes it itself. A loss of
    probabilities never comes near 0, and its gradients are small."""
    return _train(model.train(), batches, lr, lambda logits, labels: cross_entropy(logits.softmax(dim=1), labels))


def keeps_old_gradients(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """The first two losses are right, later ones are not: `backward` adds to the gradients that are there, so that each
    step follows those of all batches before as well. Clear them once per batch, with `zero_grad()`."""
    optimizer, losses = SGD(model.train().parameters(), lr), []
    for inputs, labels in batches:
        loss = cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def trains_in_evaluation_mode(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """You train with dropout off. The model comes in evaluation mode, as `from_pretrained` returns it: call
    `model.train()` before the loop."""
    return _train(model.eval(), batches, lr)


def climbs(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """You move the weights up the gradient, which raises the loss. Subtract `lr` times the gradient."""
    return _train(model.train(), batches, lr, maximize=True)


def moves_before_backward(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """Your weights move one batch too late, by the gradients of the batch before: the first batch moves nothing. Call
    `backward` first, then move."""
    optimizer, losses = SGD(model.train().parameters(), lr), []
    for inputs, labels in batches:
        loss = cross_entropy(model(inputs), labels)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


def clears_before_the_step(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """Your weights never move: all losses are those of the model as it came. Is there a step after `backward`, and are
    the gradients still there when it comes? Clear them before `backward` or after the step, not between the two."""
    return _train(model.train(), batches, lr=0.0)


def measures_after_the_step(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """Your losses come from weights that have just learned from this very batch, which flatters the model. Return the
    loss that you called `backward` on, from before the step."""
    optimizer, losses = SGD(model.train().parameters(), lr), []
    for inputs, labels in batches:
        optimizer.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        optimizer.step()
        losses.append(cross_entropy(model(inputs), labels).item())
    return losses


def adds_up(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """You add up the losses of the texts of a batch. Take the mean, as `cross_entropy` does unless told otherwise:
    with the sum, a batch with twice the texts takes a step twice as long."""
    return _train(model.train(), batches, lr, lambda logits, labels: cross_entropy(logits, labels, reduction="sum"))


def _train(
    model: nn.Module,
    batches: Batches,
    lr: float,
    loss_of: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    maximize: bool = False,
) -> list[float]:
    """Take the right steps, with another loss or in another direction, in the mode that the model is in."""
    optimizer, losses = SGD(model.parameters(), lr, maximize=maximize), []
    for inputs, labels in batches:
        loss = loss_of(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
