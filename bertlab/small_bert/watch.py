"""A training run to watch: its curve falls towards a floor while it runs, and stays in the notebook afterwards."""

import time
from typing import Any

from IPython.display import HTML, display

from bertlab.small_bert.training import LiveTraining
from bertlab.views.figures import show, subplots

REDRAW_SECONDS = 3.0
TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
"""Nats above the floor that are written on the logarithmic axis."""


def progress_line(training: LiveTraining, floor: float | None = None) -> str:
    """Say in words how far a run has come, how fast it is, and where its loss is.

    Example: `"step 350 of 700, 21,400 tokens/s, about 31 s left, held-out loss 1.42 nats, 0.31 above the floor"`
    """
    parts = [f"step {training.step:,} of {training.steps:,}"]
    if training.step:
        left = training.seconds / training.step * (training.steps - training.step)
        parts += [f"{training.tokens / training.seconds:,.0f} tokens/s", f"about {left:.0f} s left"]
    if training.held_out:
        loss = training.held_out[-1][1]
        parts.append(f"held-out loss {loss:.2f} nats")
        parts += [] if floor is None else [f"{loss - floor:.2f} above the floor"]
    return ", ".join(parts)


def draw_curve(training: LiveTraining, floor: float | None = None) -> HTML:
    """Draw the loss over the steps, in nats; if the lowest possible is known, also how far above it the model is.

    Example: `draw_curve(training, floor=0.82)`
    """
    figure, panels = subplots(1, 1 if floor is None else 2, width=9, height=3.2, squeeze=False)
    axes = panels[0, 0]
    if training.losses:
        axes.plot(*zip(*training.losses, strict=True), color="#ABABAB", marker="", linewidth=0.7, label="each batch")
    if training.held_out:
        axes.plot(*zip(*training.held_out, strict=True), color="#006BA4", label="held out")
    if floor is not None:
        axes.axhline(floor, color="#C85200", linestyle="--", label="floor")
        draw_gap(panels[0, 1], training, floor)
    axes.set(xlabel="step", ylabel="loss (nats)", xlim=(0, training.steps))
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="upper right")
    line = progress_line(training, floor)
    figure.suptitle(line, fontsize="medium")
    return show(figure, f"Loss against training steps, falling: {line}.")


def draw_gap(axes: Any, training: LiveTraining, floor: float) -> None:
    """Draw how far the held-out loss is above the floor, on a logarithmic scale: there the end can be seen, too.

    Example: `draw_gap(axes, training, floor=0.82)`
    """
    above = [(step, loss - floor) for step, loss in training.held_out if loss > floor]
    if above:
        axes.plot(*zip(*above, strict=True), color="#006BA4")
        axes.set_yscale("log")
        axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
        axes.minorticks_off()
    axes.set(xlabel="step", ylabel="nats above the floor (log scale)", xlim=(0, training.steps))


def watch(training: LiveTraining, floor: float | None = None) -> None:
    """Train to the end of the budget and redraw the curve every few seconds.

    Example: `watch(training, floor=best.loss)`

    Interrupt it (■ in the toolbar) whenever you like: what was learned is kept, and the same cell goes on from there.
    """
    curve = display(draw_curve(training, floor), display_id=True)
    drawn = time.monotonic()
    try:
        for _ in training:
            if time.monotonic() - drawn >= REDRAW_SECONDS:
                curve.update(draw_curve(training, floor))
                drawn = time.monotonic()
    except KeyboardInterrupt:
        print(f"Stopped at step {training.step:,}. Run this cell again to go on from here.")
    curve.update(draw_curve(training, floor))
