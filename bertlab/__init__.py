"""BERT from the inside: the small package that the notebooks of this course are written on.

Example: `tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())`

Only the standard library is imported here, so that `python3 -m bertlab` starts where nothing is installed yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bertlab.checkpoints import checkpoint, is_embedded

__all__ = ["__version__", "checkpoint", "is_embedded"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name in ("checkpoint", "is_embedded"):
        from bertlab import checkpoints

        return getattr(checkpoints, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
