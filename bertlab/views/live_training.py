"""A training run to watch: its curve falls towards a floor while it runs, and stays in the notebook afterwards."""

import time

from IPython.display import HTML, display

from bertlab.live_training import LiveTraining
from bertlab.views.figures import show, subplots

REDRAW_SECONDS = 3.0


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
    """Draw the loss over the steps, in nats, and a line at the lowest loss that any model can reach, if it is known.

    Example: `draw_curve(training, floor=0.82)`
    """
    figure, axes = subplots(width=7, height=3)
    if training.losses:
        axes.plot(*zip(*training.losses, strict=True), color="#ABABAB", marker="", linewidth=0.7, label="each batch")
    if training.held_out:
        axes.plot(*zip(*training.held_out, strict=True), color="#006BA4", label="held out")
    if floor is not None:
        axes.axhline(floor, color="#C85200", linestyle="--", label="floor: no model can be lower")
    axes.set(xlabel="step", ylabel="loss (nats)", xlim=(0, training.steps), title=progress_line(training, floor))
    if axes.get_legend_handles_labels()[1]:
        axes.legend()
    return show(figure, f"Loss against training steps, falling: {progress_line(training, floor)}.")


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
