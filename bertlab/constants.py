"""What several files must agree on: folders, special tokens, the ignored label.

Standard library only, and no syntax newer than Python 3.8: the launcher reads it before anything is installed.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
CHECKPOINTS = DATA / "checkpoints"
RESULTS = DATA / "results"
NOTEBOOKS = ROOT / "notebooks"

SUMS = "SHA256SUMS"
"""In a checkpoint's folder: one line `<SHA-256>  <file>` for each file, as the program `sha256sum` writes them."""

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
IGNORED = -100
"""The label of a position that takes no part in a loss (PyTorch's own `ignore_index`)."""
