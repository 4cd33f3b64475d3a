"""What goes wrong when training stops as soon as it no longer helps. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable
from operator import le, lt

Found = tuple[int, int]


def keeps_the_last_weights(losses: list[float], patience: int) -> Found:
    """You stop in the right place, but keep the weights of the last evaluation. By then training has failed to improve
    `patience` times: keep those of the lowest loss."""
    _, stopped = _stop(losses, patience)
    return stopped, stopped


def looks_beyond_the_stop(losses: list[float], patience: int) -> Found:
    """You keep the lowest loss of the whole list, even one that comes after the stop. Those evaluations never took
    place: choose among the losses up to `stopped`, that one included."""
    return losses.index(min(losses)), _stop(losses, patience)[1]


def counts_bad_evaluations_in_all(losses: list[float], patience: int) -> Found:
    """You count all evaluations without a new lowest loss, from the start. They count in a row only: each new lowest
    loss sets the count back to 0."""
    best = bad = stopped = 0
    for number, loss in enumerate(losses):
        stopped = number
        if number and loss >= losses[best]:
            bad += 1
        else:
            best = number
        if bad == patience:
            break
    return best, stopped


def compares_with_the_loss_before(losses: list[float], patience: int) -> Found:
    """You compare each loss with the one just before it, so that any small fall after a rise counts as progress. New is
    only a loss below the *lowest* so far."""
    best = bad = stopped = 0
    for number, loss in enumerate(losses):
        stopped = number
        best, bad = (number, 0) if not number or loss < losses[number - 1] else (best, bad + 1)
        if bad == patience:
            break
    return best, stopped


def stops_one_late(losses: list[float], patience: int) -> Found:
    """You stop one evaluation too late. The last is the evaluation that makes it `patience` in a row: count it first,
    then ask whether the count has reached `patience` (`>=`, not `>`)."""
    return _stop(losses, patience + 1)


def stops_one_early(losses: list[float], patience: int) -> Found:
    """You stop one evaluation too early. The best evaluation is none of the `patience` without a new lowest loss: after
    it the count is 0, and `stopped - best` is `patience`."""
    return _stop(losses, patience - 1)


def takes_an_equal_loss_as_new(losses: list[float], patience: int) -> Found:
    """You take a loss that only equals the lowest as new. It is no improvement: it counts toward `patience`, and the
    earlier weights are kept. Compare with `<`, not `<=`."""
    return _stop(losses, patience, le)


def numbers_from_1(losses: list[float], patience: int) -> Found:
    """You number the evaluations from 1. Both numbers are indices into the list: the first evaluation is 0, as
    `enumerate` has it."""
    best, stopped = _stop(losses, patience)
    return best + 1, stopped + 1


def _stop(losses: list[float], patience: int, is_new: Callable[[float, float], bool] = lt) -> Found:
    best = stopped = 0
    for number, loss in enumerate(losses):
        stopped = number
        if is_new(loss, losses[best]):
            best = number
        if number - best >= patience:
            break
    return best, stopped
