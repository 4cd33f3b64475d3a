"""Values and calls as a learner reads them: short, exact, never thousands of entries long."""

import inspect
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import islice
from numbers import Number
from types import CodeType
from typing import Any

from bertlab.exercises.runner import Case

ERROR_LIMIT = 500
"""Characters shown of an error's message."""


class _Shortened(reprlib.Repr):
    """`repr`, cut off where it gets long; dictionaries keep their order, so that a vocabulary starts with id 0."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = 40
        self.maxdict = 8
        self.maxset = self.maxfrozenset = 20
        self.maxstring = self.maxother = 300

    def repr_int(self, value: int, level: int) -> str:
        try:
            return super().repr_int(value, level)
        except ValueError:  # Python writes no number of more than 4,300 digits
            return f"<an int of some {int(value.bit_length() * 0.30103) + 1:,} digits>"

    def repr_dict(self, value: dict, level: int) -> str:
        if level <= 0:
            return "{...}"
        items = [
            f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in islice(value.items(), self.maxdict)
        ]
        left = len(value) - len(items)
        return "{" + ", ".join([*items, f"... {left:,} more"] if left else items) + "}"


_SHORTENED = _Shortened()


def show(value: object) -> str:
    """Write a value as Python would, shortened where it is long.

    Example: `show({n: n for n in range(10)})` ends in `7: 7, ... 2 more}`.
    """
    return _SHORTENED.repr(value)


def named_arguments(function: Callable, case: Case) -> dict[str, Any]:
    """Return the arguments of a call under the names of their parameters, or numbered where there are no names.

    Example: `named_arguments(lambda n: n, Case(3)) == {"n": 3}`
    """
    try:
        return inspect.signature(function).bind(*case.args, **case.kwargs).arguments
    except Exception:  # a built-in may have no signature, and an object that is odd may raise anything
        return {f"argument_{number}": value for number, value in enumerate(case.args, 1)} | case.kwargs


def show_error(error: BaseException) -> str:
    """Write an error as the last line of a traceback does. Example: `KeyError: 'hug'`."""
    return "".join(traceback.format_exception_only(error)).strip()[:ERROR_LIMIT]


def message_of(error: BaseException | None) -> str:
    """Return an error's message, or nothing where that itself is an error. Example: `message_of(KeyError("a"))`."""
    try:
        return str(error)
    except Exception:
        return ""


def code_of(function: object) -> CodeType | None:
    """Return the code of a function that was written in Python; None for anything else. Example: `code_of(len)`."""
    try:
        code = getattr(function, "__code__", None)
    except Exception:
        return None
    return code if isinstance(code, CodeType) else None


def kind(value: object) -> str:
    """Name what sort of thing a value is. Example: `kind([1]) == "a list"`, `kind(7) == "an int"`."""
    if value is None:
        return "None"
    name = "tensor" if is_tensor(value) else type(value).__name__ or "nameless object"
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def is_tensor(value: object) -> bool:
    """Say whether a value is a PyTorch tensor, without importing PyTorch for it.

    Example: `is_tensor([1.0])` is false
    """
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def advice(expected: object, got: object) -> str:
    """Add how to turn what came back into what was asked for, where that is known.

    Example: `advice([1], iter([1]))` speaks of `list(...)`
    """
    if isinstance(got, Iterator):
        return f" ({kind(got)} makes its items only when asked: wrap it in `list(...)`)"
    if is_tensor(got) and isinstance(expected, Number | list):
        return " (`.item()` takes a number, `.tolist()` a list out of a tensor)"
    if callable(got):
        return " (call it: a function's name without parentheses is the function, not what it returns)"
    return ""
