"""The exercises: one module per notebook, each holding `Exercise` objects under the name that the notebook uses."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from bertlab.exercises.framework import Exercise


def iter_exercises(topic: str | None = None) -> Iterator[Exercise]:
    """Yield the exercises of one topic, or of all, in the order in which their modules define them.

    Example: `[exercise.id for exercise in iter_exercises("start_here")] == ["start_here.mask_token_id"]`
    """
    topics = [topic] if topic else [module.name for module in pkgutil.iter_modules(__path__)]
    for name in topics:
        for value in vars(import_module(f"{__name__}.{name}")).values():
            if isinstance(value, Exercise):
                yield value
