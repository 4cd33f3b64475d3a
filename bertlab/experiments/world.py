"""The tiny world that all experiments share, and the seed of what none of them is trained on."""

from functools import cache

from bertlab.tinyworld import World

HELD_OUT_SEED = 10**9


@cache
def world() -> World:
    """Return the tiny world, built once. Example: `world().sentences`"""
    return World.default()
