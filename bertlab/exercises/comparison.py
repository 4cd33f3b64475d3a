"""Are two results alike, and if not, where do they first part: in words that tell the learner where to look."""

import math
from numbers import Number
from typing import Any

from bertlab.exercises.wording import advice, is_tensor, kind, show

FAMILIES = (str, bytes, list, tuple, dict, (set, frozenset), Number)
"""What is compared with its like only: a list is never like a tuple, but an int may be like a float."""


def difference(expected: object, got: object) -> str | None:
    """Say where `got` first departs from `expected`, or None where they are alike.

    Lists, tuples and dictionaries are compared item by item, numbers up to rounding, tensors by
    `torch.testing.assert_close` (shape and dtype included), everything else by equality.

    Example: `difference({"ids": [1, 2]}, {"ids": [1, 3]}) == "at ['ids'][1]: expected 2, got 3"`
    """
    try:
        return _difference(expected, got, place="")
    except Exception as error:  # a learner's object may do anything when it is compared, and a list may hold itself
        return f"it cannot be compared with what was expected ({type(error).__name__})"


def kind_difference(expected: object, got: object) -> str | None:
    """Say that two values are not of the same kind, if so. Example: `kind_difference([], ())` names list and tuple."""
    if _family(expected) == _family(got):
        return None
    return f"expected {kind(expected)}, got {kind(got)}{advice(expected, got)}"


def _difference(expected: Any, got: Any, place: str) -> str | None:
    here = f"at {place}: " if place else ""
    misfit = kind_difference(expected, got)
    if misfit:
        return here + misfit
    family = _family(expected)
    if family == "tensor":
        words = _tensor_difference(expected, got)
        return here + words if words else None
    if family in (list, tuple):
        return _sequence_difference(expected, got, place)
    if family is dict:
        return _dict_difference(expected, got, place)
    return None if _equal(expected, got) else f"{here}expected {show(expected)}, got {show(got)}"


def _family(value: object) -> object:
    if is_tensor(value):
        return "tensor"
    return next((family for family in FAMILIES if isinstance(value, family)), type(value))


def _equal(expected: Any, got: Any) -> bool:
    if isinstance(expected, float) or isinstance(got, float):
        both_nan = expected != expected and got != got
        return both_nan or math.isclose(expected, got, rel_tol=1e-6, abs_tol=1e-12)
    return bool(expected == got)


def _sequence_difference(expected: list | tuple, got: list | tuple, place: str) -> str | None:
    for index, (wanted, found) in enumerate(zip(expected, got, strict=False)):
        words = _difference(wanted, found, f"{place}[{index}]")
        if words:
            return words
    if len(expected) != len(got):
        return f"{f'at {place}: ' if place else ''}expected {len(expected)} items, got {len(got)}"
    return None


def _dict_difference(expected: dict, got: dict, place: str) -> str | None:
    here = f"at {place}: " if place else ""
    missing, extra = [k for k in expected if k not in got], [k for k in got if k not in expected]
    if missing:
        return f"{here}the key {show(missing[0])} is missing"
    if extra:
        return f"{here}the key {show(extra[0])} should not be there"
    return next(filter(None, (_difference(expected[k], got[k], f"{place}[{show(k)}]") for k in expected)), None)


def _tensor_difference(expected: Any, got: Any) -> str | None:
    import torch  # here, because most exercises need no tensor and should not wait for it

    if expected.shape != got.shape:
        return f"expected shape {tuple(expected.shape)}, got shape {tuple(got.shape)}"
    if expected.dtype != got.dtype:
        return f"expected dtype {expected.dtype}, got dtype {got.dtype}"
    try:
        torch.testing.assert_close(got, expected, equal_nan=True, check_device=False)
    except AssertionError as error:
        lines = [line for line in str(error).splitlines()[1:] if line and not line.startswith("Relative")]
        return "values differ. " + "; ".join(line.rstrip(".") for line in lines if "relative" not in line)
    return None
