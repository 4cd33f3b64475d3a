"""List the benchmarks: `python -m benchmarks`."""

import ast
from pathlib import Path


def describe() -> dict[str, str]:
    """Return each benchmark's name and the first line of its docstring, without importing it."""
    paths = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    docstrings = {path.stem: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in paths}
    return {name: docstring.split("\n")[0] for name, docstring in docstrings.items()}


def main() -> None:
    """Print the command of each benchmark and what it measures."""
    for name, summary in describe().items():
        print(f"python -m benchmarks.{name}\n    {summary}")


if __name__ == "__main__":
    main()
