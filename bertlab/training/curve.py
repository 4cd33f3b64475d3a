"""Is the curve of a run flat? A line through the newest measurements says how much more training would bring."""

from collections.abc import Sequence

import numpy as np

NEWEST = 5
"""Measurements that the line is drawn through."""

FLAT = 0.01
"""Nats that the loss must still fall over as much training as those measurements span, or the curve is flat."""


def describe_curve(tokens: Sequence[float | int], losses: Sequence[float | int]) -> str:
    """Say how fast a held-out loss falls, from its newest measurements.

    Example: `describe_curve([1e6, 2e6, 3e6, 4e6, 5e6], [3.9, 3.8, 3.7, 3.6, 3.5])` is
    `"falling by 0.100 nats per million tokens"`.
    """
    if len(tokens) < NEWEST:
        return f"too early to say ({len(tokens)} of {NEWEST} measurements)"
    x, y = np.array(tokens[-NEWEST:]), np.array(losses[-NEWEST:])
    slope = float(np.polyfit((x - x[0]) / 1e6, y, 1)[0])
    fall = -slope * (x[-1] - x[0]) / 1e6
    if fall < FLAT:
        return f"flat: {fall:.3f} nats over the last {(x[-1] - x[0]) / 1e6:.1f} million tokens"
    return f"falling by {-slope:.3f} nats per million tokens"
