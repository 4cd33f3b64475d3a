"""What goes wrong on the way up to the peak and down again. See `bertlab.exercises.mistakes`."""

import math

from bertlab.fine_tuning.optimizer import warmup_then_decay


def moves_once_per_epoch(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate stays the same for a whole epoch, and so hardly leaves the start of the warm-up. The schedule counts
    steps, not epochs: in a loop, call the scheduler after each batch."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * warmup_then_decay(step // steps_per_epoch, steps, warmup)


def warms_up_for_a_share_of_one_epoch(
    step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float
) -> float:
    """Your warm-up is too short: `warmup_share` is a share of *all* steps, `steps_per_epoch * epochs`, and you took it
    of a single epoch."""
    steps, warmup = steps_per_epoch * epochs, math.ceil(warmup_share * steps_per_epoch)
    return peak * warmup_then_decay(step, steps, warmup)


def jumps_at_the_top(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate jumps where the warm-up ends: the fall counts from step 0, so that it is below the peak before it
    begins. Let it run from the peak to 0 over the steps that are left, `steps - warmup`."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * (step / warmup if step < warmup else (steps - step) / steps)


def is_one_step_ahead(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """You give each step the rate of the next one. Steps count from 0: with a warm-up, step 0 has the rate 0, and the
    last step still has a little more than 0."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * warmup_then_decay(step + 1, steps, warmup)


def forgets_the_warmup(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate starts at the peak and only falls. The first `warmup_share` of all steps lead up to the peak, from
    0."""
    steps, _ = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * (steps - step) / steps


def stays_at_the_peak(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate stays at the peak once it is there. After the warm-up it falls in a straight line, to 0 where the
    training ends."""
    _, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * (step / warmup if step < warmup else 1.0)


def returns_a_share(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """That is the share of the peak, between 0 and 1. Multiply it by `peak`: a step of 1 instead of 0.00005 would
    destroy what the model knows."""
    return warmup_then_decay(step, *_lengths(steps_per_epoch, epochs, warmup_share))


def rounds_the_warmup_down(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your warm-up is a step too short where the share is no whole number of steps. Round it up, with `math.ceil`:
    `int` and `//` cut off, and `round` takes the nearest."""
    steps = steps_per_epoch * epochs
    return peak * warmup_then_decay(step, steps, math.floor(warmup_share * steps))


def _lengths(steps_per_epoch: int, epochs: int, warmup_share: float) -> tuple[int, int]:
    """Return the number of all steps, and of those of the warm-up."""
    steps = steps_per_epoch * epochs
    return steps, math.ceil(warmup_share * steps)
