"""What one piece of code changes in another: the lines that went, and those that came."""

import difflib
import inspect
from collections.abc import Callable
from typing import Any


def code_lines(piece: Callable[..., Any] | type) -> list[str]:
    """Return the code of a function or a class, without its docstrings and blank lines.

    Example: `code_lines(Embeddings.forward)[0]`
    """
    lines, quoted = [], False
    for line in inspect.cleandoc("\n" + inspect.getsource(piece)).splitlines():
        quotes = line.count('"""')
        if quotes == 0 and not quoted and line.strip():
            lines.append(line)
        quoted ^= quotes == 1
    return lines


def show_difference(before: Callable[..., Any] | type, after: Callable[..., Any] | type, around: int = 1) -> None:
    """Print which lines went (-) and which came (+), with some around them.

    Example: `show_difference(Embeddings.forward, RobertaEmbeddings.forward)`
    """
    changed = difflib.unified_diff(code_lines(before), code_lines(after), lineterm="", n=around)
    for line in list(changed)[2:]:
        print("..." if line.startswith("@@") else line)
