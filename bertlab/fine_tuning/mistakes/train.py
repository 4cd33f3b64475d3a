"""What goes wrong in a loop of gradient descent. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, AdamW, Optimizer

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
    return _train(model.train(), batches, lr, optimizer_of=partial(SGD, maximize=True))


def takes_adamw(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """Your steps are those of AdamW, which divides by the size of past gradients and adds weight decay. Here each
    weight moves by −`lr` times its gradient, and by nothing else: `torch.optim.SGD` does that."""
    return _train(model.train(), batches, lr, optimizer_of=AdamW)


def never_moves_the_weights(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """Your weights never move: all losses are those of the model as it came. Either the gradients are cleared between
    `backward` and the step (clear them before `backward`), or there is no step, or you wrote `p = p - lr * p.grad`,
    which makes a new tensor and leaves the model's own as it is: `p -= lr * p.grad`, under `torch.no_grad()`, changes
    it."""
    return _train(model.train(), batches, lr=0.0)


def records_its_own_steps(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """PyTorch would have to record your change of the weights as if it were a part of the model, and refuses. Move them
    inside `with torch.no_grad():`, or leave it to `torch.optim.SGD` and its `step()`."""
    inputs, labels = batches[0]
    cross_entropy(model.train()(inputs), labels).backward()
    weights: Any = model.parameters()
    for weight in weights:
        weight -= lr * weight.grad
    return []


def has_no_gradients_left(model: nn.Module, batches: Batches, lr: float) -> list[float]:
    """There is no gradient when you move the weights, `.grad` is None: it was cleared between `backward` and the move,
    or `backward` was not called yet. First clear, then `backward`, then move."""
    model.zero_grad()
    weights: Any = model.parameters()
    for weight in weights:
        weight.data -= lr * weight.grad
    return []


def _train(
    model: nn.Module,
    batches: Batches,
    lr: float,
    loss_of: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    optimizer_of: Callable[..., Optimizer] = SGD,
) -> list[float]:
    """Take steps in the right order, with another loss or optimizer, in the mode that the model is in."""
    optimizer, losses = optimizer_of(model.parameters(), lr=lr), []
    for inputs, labels in batches:
        loss = loss_of(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
