"""Wrong answers that people really give: each function is wrong in the one way that its docstring explains.

The docstring is what a learner reads whose function does the same, so it is written to them.
"""

from collections.abc import Callable

from bertlab.exercises.task import Mistake


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
