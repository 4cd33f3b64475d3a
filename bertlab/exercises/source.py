"""The source of a function as a learner can paste it into a cell: below the imports that it needs."""

import ast
import inspect
import textwrap
from collections.abc import Callable


def runnable_source(function: Callable) -> str:
    """Return the source of a function with the imports of its module that it uses, and what else it takes from there.

    Example: `runnable_source(wordpiece)` begins with `def wordpiece(` if it uses nothing from outside.
    """
    source = textwrap.dedent(inspect.getsource(function)).rstrip()
    module = inspect.getmodule(function)
    needed = free_names(ast.parse(source))
    lines, imported = [], set()
    for statement in ast.parse(inspect.getsource(module)).body if module else []:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names = {alias.asname or alias.name.partition(".")[0]: alias for alias in statement.names}
            imported |= set(names)
            statement.names = [alias for name, alias in names.items() if name in needed]
            lines += [ast.unparse(statement)] if statement.names else []
    own = sorted(name for name in needed - imported if module and hasattr(module, name))
    lines += [f"from {module.__name__} import {', '.join(own)}"] if module and own else []
    return "\n".join([*lines, "", "", source] if lines else [source])


def free_names(tree: ast.Module) -> set[str]:
    """Return the names that a piece of code reads, and neither assigns, defines nor takes as arguments.

    Example: `free_names(ast.parse("y = x + 1"))` is `{"x"}`
    """
    nodes = list(ast.walk(tree))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return read - assigned - defined - {node.arg for node in nodes if isinstance(node, ast.arg)}
