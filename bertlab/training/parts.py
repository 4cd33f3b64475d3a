"""A large file as parts that travel one by one, and the file again.

python -m bertlab.training.parts split runs/tokens.tar.xz runs/parts/
python -m bertlab.training.parts join runs/parts/ runs/tokens.tar.xz
"""

import argparse
import hashlib
from pathlib import Path

MEBIBYTE = 2**20
PART = 15 * MEBIBYTE
"""Bytes of one part: under the 16 MiB that some ways of transport allow a file."""


def split_file(path: Path, folder: Path, size: int = PART) -> list[Path]:
    """Write a file as numbered parts, and its SHA-256 beside them.

    Example: `split_file(Path("runs/tokens.tar.xz"), Path("runs/parts"))[0].name == "tokens.tar.xz.000"`
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    parts: list[Path] = []
    with open(path, "rb") as file:
        while piece := file.read(size):
            digest.update(piece)
            parts.append(folder / f"{path.name}.{len(parts):03d}")
            parts[-1].write_bytes(piece)
    (folder / f"{path.name}.sha256").write_text(digest.hexdigest() + "\n")
    return parts


def join_file(folder: Path, path: Path) -> Path:
    """Put the parts of a file of this name together.

    Raises:
        ValueError: a part is missing or damaged.
    """
    digest, partial = hashlib.sha256(), path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(partial, "wb") as file:
        for part in sorted(folder.glob(f"{path.name}.[0-9][0-9][0-9]")):
            piece = part.read_bytes()
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != (folder / f"{path.name}.sha256").read_text().strip():
        raise ValueError(f"{folder}: the parts of {path.name} do not give the file that was split; send them again")
    return partial.replace(path)


def main() -> None:
    """Split a file, or join one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["split", "join"])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    if args.action == "split":
        split_file(args.source, args.target)
    else:
        join_file(args.source, args.target)


if __name__ == "__main__":
    main()
