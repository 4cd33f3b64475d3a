"""Which cells of a notebook some of its cells depend on, by the names that they use: the rest need not run."""

import ast
import re
from collections.abc import Callable, Sequence

VIEW = re.compile(r"^(?:\w+ = )?(?:live_\w+|head_view|model_view|neuron_view|course_map)\(", re.MULTILINE)


def is_view(source: str) -> bool:
    """Say whether a cell draws something that a person can use. Example: `is_view("live_fill_mask(model)")`."""
    return bool(VIEW.search(source))


class _Names(ast.NodeVisitor):
    """Goes through a cell in the order in which Python does, and notes the names that it needs from outside."""

    def __init__(self) -> None:
        self.defined: set[str] = set()
        self.used: set[str] = set()
        self.imported: set[str] = set()

    def visit_in_order(self, *nodes: ast.AST | list[ast.stmt] | list[ast.expr] | None) -> None:
        for node in nodes:
            for child in node if isinstance(node, list) else [node]:
                if child is not None:
                    self.visit(child)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.defined.add(node.id)
        elif node.id not in self.defined:
            self.used.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit_in_order(node.value, node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit_in_order(node.value)
        if isinstance(node.target, ast.Name) and node.target.id not in self.defined:
            self.used.add(node.target.id)
        self.visit_in_order(node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit_in_order(node.iter, node.target, node.body, node.orelse)

    def visit_alias(self, node: ast.alias) -> None:
        self.imported.add((node.asname or node.name).split(".")[0])
        self.defined |= self.imported

    def visit_scope(self, node: ast.AST) -> None:
        """A function, a class or a comprehension: its own names stay inside."""
        inner = _Names()
        inner.defined = set(self.defined) | {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
        for part in getattr(node, "generators", []):
            inner.visit_in_order(part.iter, part.target, part.ifs)
        inner.generic_visit(node)
        self.used |= inner.used
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.defined.add(node.name)

    visit_FunctionDef = visit_ClassDef = visit_Lambda = visit_scope
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_scope


def names_of(source: str) -> _Names:
    """Read a cell, without IPython's own commands."""
    names = _Names()
    names.visit(ast.parse("\n".join("" if re.match(r"\s*[%!]", line) else line for line in source.splitlines())))
    return names


def defined_and_used(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell gives a value to, and those whose value it needs from earlier cells.

    Example: `defined_and_used("y = x + 1")` is `({"y"}, {"x"})`.
    """
    names = names_of(source)
    return names.defined, names.used


def needed(sources: Sequence[str], wanted: Callable[[str], bool] = is_view) -> list[int]:
    """Return the numbers of the wanted cells (the views) and of all cells that they depend on, in order.

    Example: `needed(["x = 1", "train()", "live_view(x)"])` is `[0, 2]`.
    """
    names = [defined_and_used(source) for source in sources]
    found: set[int] = set()
    waiting = [number for number, source in enumerate(sources) if wanted(source)]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            for name in names[number][1]:
                waiting += [earlier for earlier in range(number) if name in names[earlier][0]][-1:]
    return sorted(found)


def affected(sources: Sequence[str], cause: Callable[[str], bool]) -> list[int]:
    """Return the numbers of the cells that a cause reaches, through names, and of all that these depend on, in order.

    Example: `affected(["m = checkpoint()", "n = len(m)", "y = 1"], lambda source: "checkpoint" in source)` is `[0, 1]`.
    """
    reached: set[str] = set()
    touched = set()
    for source in sources:
        names = names_of(source)
        if cause(source) or names.used & reached:
            reached |= names.defined - names.imported
            touched.add(source)
        else:
            reached -= names.defined
    return needed(sources, touched.__contains__)
