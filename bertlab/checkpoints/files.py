"""Is a file of a checkpoint what it should be: not empty, not a stand-in, not cut off?

Example: `check_file(Path("my-bert/model.safetensors"))`
"""

import json
import struct
from pathlib import Path

WEIGHTS = "model.safetensors"
INDEX = f"{WEIGHTS}.index.json"
"""Where weights in several files ("shards") are listed."""
POINTER = b"version https://git-lfs"
"""How the small text file begins that Git LFS leaves in place of a large one."""


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says what to do."""


def again(file: Path) -> str:
    """Say how to get a broken file again: one of the Hub lies in a cache, which would hand out the same one.

    Example: `again(Path("my-bert/config.json")) == "Copy or download it again."`
    """
    if file.parent.parent.name == "snapshots":
        return f"Delete {file.parents[2]} and call again: it is downloaded again."
    return "Copy or download it again."


def check_file(file: Path) -> None:
    """Refuse a file that is empty, a stand-in, cut off, or the list of files that are not all there.

    Example: `check_file(Path("my-bert/config.json"))`
    """
    with open(file, "rb") as stream:
        beginning = stream.read(len(POINTER))
    if not beginning:
        raise CheckpointError(f"{file} is empty. {again(file)}")
    if beginning == POINTER:
        raise CheckpointError(
            f"{file} is not the file itself but a pointer of Git LFS to it. Run `git lfs install` once, then"
            f" `git lfs pull` in {file.parent}."
        )
    if file.name == INDEX:
        for shard in read_index(file):
            if not shard.is_file():
                raise CheckpointError(f"{shard} is missing: {file.name} lists it. {again(shard)}")
            check_file(shard)
    elif file.suffix == ".safetensors":
        check_length(file)


def read_index(file: Path) -> list[Path]:
    """List the files that hold weights together. Example: `read_index(Path("my-bert", INDEX))`."""
    try:
        names = set(json.loads(file.read_text(encoding="utf-8"))["weight_map"].values())
        return [file.parent / name for name in sorted(names)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{file} can't be read: {error!r}. {again(file)}") from error


def check_length(file: Path) -> None:
    """Compare the length of a safetensors file with what its own header says (8 bytes of length, JSON, the numbers).

    Example: `check_length(Path("my-bert", WEIGHTS))`
    """
    size = file.stat().st_size
    try:
        with open(file, "rb") as stream:
            length = struct.unpack("<Q", stream.read(8))[0]
            header = json.loads(stream.read(min(length, size)))
        header.pop("__metadata__", None)
        expected = 8 + length + max(tensor["data_offsets"][1] for tensor in header.values())
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{file} is cut off or no safetensors file at all. {again(file)}") from error
    if size < expected:
        raise CheckpointError(f"{file} is cut off: it has {size:,} of {expected:,} bytes. {again(file)}")
