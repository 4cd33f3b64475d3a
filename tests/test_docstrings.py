"""Every example in a docstring that can be evaluated gives what the docstring says: a walk over the whole package."""

import ast
import builtins
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import torch

import bertlab

SKIPPED = re.compile(r"\.mistakes|\.__main__$|^bertlab\.training\.(?:pretrain|warm_start)$")
MODULES = [
    module.name for module in pkgutil.walk_packages(bertlab.__path__, "bertlab.") if not SKIPPED.search(module.name)
]


def documented(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring of what a module defines: functions, classes and their methods."""
    own = {name: thing for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__}
    for name, thing in own.items():
        yield name, getattr(thing, "__doc__", None) or ""
        if inspect.isclass(thing):
            for method, value in vars(thing).items():
                yield f"{name}.{method}", getattr(value, "__doc__", None) or ""


def examples(docstring: str) -> list[tuple[str, str]]:
    """Return each `expression` that a docstring says `is` some `value`, in the paragraph of its example."""
    paragraph = re.search(r"Example: .*?(?:\n\s*\n|\s*$)", docstring, re.DOTALL)
    return re.findall(r"`([^`]+)` is\s+`([^`]+)`", paragraph[0]) if paragraph else []


def can_be_evaluated(code: str, names: dict[str, Any]) -> bool:
    """Say whether code is Python whose names are all known; examples may speak of a model that is not there."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:
        return False
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    return all(name in names or name in own or hasattr(builtins, name) for name in used)


def as_plain(value: Any) -> Any:
    """Make tensors comparable with lists, and floats with what is written of them."""
    value = value.tolist() if isinstance(value, torch.Tensor) else value
    return pytest.approx(value) if isinstance(value, float) else value


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name):
    module = import_module(name)
    names = {"torch": torch, **vars(module)}
    for owner, docstring in documented(module):
        for expression, value in examples(docstring):
            if can_be_evaluated(f"{expression}\n{value}", names):
                found, expected = eval(expression, dict(names)), eval(value, dict(names))
                assert as_plain(found) == as_plain(expected), f"{name}.{owner}: {expression}"


def test_a_wrong_example_is_found_and_one_about_a_model_is_left_alone():
    assert examples("Do.\n\nExample: `f(1)` is `2`, `f(2)` is\n`4`.\n\n`f(3)` is `0`.") == [
        ("f(1)", "2"),
        ("f(2)", "4"),
    ]
    assert can_be_evaluated("f(1)\n2", {"f": None})
    assert not can_be_evaluated("f(model)\n2", {"f": None})
    assert not can_be_evaluated("a picture\n2", {})


def test_many_examples_are_evaluated():
    """The walk is of no use if it evaluates nothing."""
    found = 0
    for name in MODULES:
        names = {"torch": torch, **vars(import_module(name))}
        pairs = [pair for _, docstring in documented(import_module(name)) for pair in examples(docstring)]
        found += sum(can_be_evaluated(f"{expression}\n{value}", names) for expression, value in pairs)
    assert found >= 50
