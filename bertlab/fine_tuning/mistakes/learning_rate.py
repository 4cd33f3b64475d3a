"""What goes wrong on the way up to the peak and down again. See `bertlab.exercises.mistakes`."""

import math

from bertlab.fine_tuning.optimizer import warmup_then_decay


def moves_once_per_epoch(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate stays the same for a whole epoch, and so hardly leaves the start of the warm-up. The schedule counts
    steps, not epochs: in a loop, call the scheduler after each batch."""
    return peak * warmup_then_decay(step // steps_per_epoch, *_lengths(steps_per_epoch, epochs, warmup_share))


def does_not_round_the_warmup(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your warm-up is no whole number of steps, 11.1 for example, so that no step is at the peak. Round the number of
    its steps up, with `math.ceil` (`int`, `//` and `round` would cut it short)."""
    steps = steps_per_epoch * epochs
    warmup = warmup_share * steps
    return peak * (step / warmup if step < warmup else (steps - step) / (steps - warmup))


def starts_above_zero(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your warm-up is one step ahead: it starts above 0 and reaches the peak in its last step. Step 0 has the rate 0,
    and the first step *after* the warm-up is at the peak: `step / warmup`."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * ((step + 1) / warmup if step < warmup else (steps - step) / (steps - warmup))


def reaches_zero_in_the_last_step(
    step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float
) -> float:
    """Your rate is 0 in the last step, whose batch would teach nothing. Steps count from 0, so that the last is
    `steps - 1`; the rate would be 0 one step after it, in `steps`."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * (step / warmup if step < warmup else (steps - 1 - step) / (steps - 1 - warmup))


def counts_the_fall_from_step_0(
    step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float
) -> float:
    """Your rate jumps down where the warm-up ends, and is below 0 at the end: the fall takes `steps - warmup` steps,
    but you count them from step 0. Count from the end of the warm-up, `step - warmup`."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * (step / warmup if step < warmup else 1 - step / (steps - warmup))


def falls_over_all_steps(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate jumps where the warm-up ends: the fall is spread over all steps, so that it is below the peak before it
    begins. Let it run from the peak to 0 over the steps that are left, `steps - warmup`."""
    steps, warmup = _lengths(steps_per_epoch, epochs, warmup_share)
    return peak * (step / warmup if step < warmup else (steps - step) / steps)


def restarts_each_epoch(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """Your rate rises and falls anew in each epoch. There is one warm-up and one fall in all: `steps` is
    `steps_per_epoch * epochs`, and `step` goes on counting from epoch to epoch."""
    return peak * warmup_then_decay(step % steps_per_epoch, *_lengths(steps_per_epoch, 1, warmup_share))


def returns_a_share(step: int, steps_per_epoch: int, epochs: int, warmup_share: float, peak: float) -> float:
    """That is the share of the peak, between 0 and 1. Multiply it by `peak`: a step of 1 instead of 0.00005 would
    destroy what the model knows."""
    return warmup_then_decay(step, *_lengths(steps_per_epoch, epochs, warmup_share))


def _lengths(steps_per_epoch: int, epochs: int, warmup_share: float) -> tuple[int, int]:
    """Return the number of all steps, and of those of the warm-up."""
    steps = steps_per_epoch * epochs
    return steps, math.ceil(warmup_share * steps)
