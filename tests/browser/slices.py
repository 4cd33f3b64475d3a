"""Which cells of a notebook its views depend on, by the names that they use: the rest need not run to draw them."""

import ast
import re
from collections.abc import Sequence

VIEW = re.compile(r"^(?:\w+ = )?(?:live_\w+|head_view|model_view|neuron_view|course_map)\(", re.MULTILINE)


def is_view(source: str) -> bool:
    """Say whether a cell draws something that a person can use. Example: `is_view("live_fill_mask(model)")`."""
    return bool(VIEW.search(source))


def defined_and_used(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell gives a value to, and those whose value it needs."""
    plain = "\n".join("" if re.match(r"\s*[%!]", line) else line for line in source.splitlines())
    defined, used = set(), set()
    for node in ast.walk(ast.parse(plain)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else defined).add(node.id)
        elif isinstance(node, ast.alias):
            defined.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            used.add(node.target.id)
    return defined, used


def needed(sources: Sequence[str]) -> list[int]:
    """Return the numbers of the views among these cells, and of all cells that they depend on, in order.

    Example: `needed(["x = 1", "train()", "live_view(x)"])` is `[0, 2]`.
    """
    names = [defined_and_used(source) for source in sources]
    found: set[int] = set()
    waiting = [number for number, source in enumerate(sources) if is_view(source)]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            for name in names[number][1]:
                waiting += [earlier for earlier in range(number) if name in names[earlier][0]][-1:]
    return sorted(found)
