"""Wrong answers that people really give: each function is wrong in the one way that its docstring explains.

The docstring is what a learner reads whose function does the same, so it is written to them.
"""

import inspect
from collections.abc import Callable
from types import ModuleType

from bertlab.exercises.task import Mistake


def of(module: ModuleType) -> list[Mistake]:
    """Make mistakes of the functions that a file of this folder defines, in their order; `_helpers` are none.

    Example: `of(fertility)[0].name`
    """
    functions = [function for function in vars(module).values() if inspect.isfunction(function)]
    return known(*(f for f in functions if f.__module__ == module.__name__ and not f.__name__.startswith("_")))


def known(*functions: Callable) -> list[Mistake]:
    """Make mistakes of wrong functions, each with its name and its docstring.

    Example: `known(takes_the_shortest)[0].name == "takes the shortest"`
    """
    return [
        Mistake(
            name=function.__name__.replace("_", " "),
            answer=function,
            message=" ".join((function.__doc__ or "").split()),
        )
        for function in functions
    ]
