"""Rules of style that a machine can check: length of modules and functions, and an example in each public docstring."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from bertlab.constants import ROOT

MODULE_LINES, FUNCTION_LINES = 150, 30
PATHS = sorted([*(ROOT / "bertlab").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
each_module = pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(source: str) -> set[int]:
    """The numbers of the lines that hold code: no blank lines, comments or strings that stand alone."""
    tree = ast.parse(source)
    prose: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines - prose


def too_long(source: str) -> list[str]:
    """Name what has more lines of code than it may."""
    lines = code_lines(source)
    found = [f"the module has {len(lines)} lines of code"] if len(lines) > MODULE_LINES else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            own = {line for line in lines if node.lineno <= line <= (node.end_lineno or node.lineno)}
            found += [f"{node.name} has {len(own)} lines of code"] if len(own) > FUNCTION_LINES else []
    return found


def without_example(source: str) -> list[str]:
    """Name the public functions, and methods that are no override, whose docstring shows no example."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, Function) and not node.name.startswith("_") and node.name != "main":
            doc = ast.get_docstring(node) or ""
            if not re.search(r"Example|^    \S", doc, re.MULTILINE):
                found.append(node.name)
    return found


@each_module
def test_length(path: Path):
    assert too_long(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path",
    [path for path in PATHS if path.is_relative_to(ROOT / "bertlab") and "mistakes" not in path.parts],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_each_public_function_shows_an_example(path: Path):
    assert without_example(path.read_text(encoding="utf-8")) == []


class TestTheRulesThemselves:
    def test_prose_and_blank_lines_do_not_count(self):
        source = '"""Prose.\n\nMore."""\n\n# why\nx = 1\n"""What x is."""\n\n\n'
        source += 'def f():\n    """Doc."""\n    return """a\nb"""\n'
        assert code_lines(source) == {6, 10, 12, 13}

    def test_a_long_function_is_named(self):
        source = "def f():\n" + "    x = 1\n" * 30
        assert too_long(source) == ["f has 31 lines of code"]
        assert too_long(source.removesuffix("    x = 1\n")) == []

    def test_a_long_module_is_named(self):
        assert too_long("x = 1\n" * 151) == ["the module has 151 lines of code"]

    def test_a_docstring_without_example_is_named(self):
        assert without_example('def f():\n    """Do it."""\n\n\ndef _g():\n    pass\n') == ["f"]
        assert without_example('def f():\n    """Do it. Example: `f()`."""\n') == []
