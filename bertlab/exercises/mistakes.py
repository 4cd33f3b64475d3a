"""Likely wrong answers: each function is wrong in the one way that its docstring explains.

The docstring is what a learner reads whose function does the same, so it is written to them.
"""

import inspect
from types import ModuleType

from bertlab.exercises.task import Mistake


def of(module: ModuleType) -> list[Mistake]:
    """Make mistakes of the functions that a file of this folder defines, in their order; `_helpers` are none.

    Example: `of(wordpiece)[0].name` is `"shows no marks"`

    Each has the name of its function, and its docstring for a message.
    """
    return [
        Mistake(name.replace("_", " "), function, " ".join((function.__doc__ or "").split()))
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    ]
