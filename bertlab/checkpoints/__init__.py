"""Which trained weights the course runs on: the embedded BERT, a folder, or a model of the Hugging Face Hub.

Example: `AutoTokenizer.from_pretrained(checkpoint())`

Whatever is asked for, the answer is a folder on this machine that was looked at: `from_pretrained` never has to reach
for the network with it, and never gets half a checkpoint.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

from bertlab.checkpoints.folder import CheckpointError, check
from bertlab.checkpoints.hub import downloaded, hub_folder
from bertlab.constants import CHECKPOINTS, ROOT, SUMS

EMBEDDED = CHECKPOINTS / "bertlab-mini"
REPAIR = (
    "Bring it back with `git checkout -- data/checkpoints` in the course's folder; without Git, download the course"
    " again."
)


def checkpoint(name: str | None = None) -> str:
    """Return what goes into `from_pretrained`: the embedded BERT, or what is asked for.

    Example: `checkpoint()` is ".../data/checkpoints/bertlab-mini"; `checkpoint("bert-base-uncased")` is the folder of
    the Hub's model, downloaded the first time.

    Args:
        name: a folder, or a model's name on the Hub; None takes the environment variable BERTLAB_CHECKPOINT, and where
            that is unset or empty, the embedded BERT, "bertlab-mini".

    Raises:
        CheckpointError: it can't be had, is incomplete or damaged; at once, not after minutes of retries.
    """
    name = chosen(name)
    if is_embedded(name):
        if problems := damaged():
            raise CheckpointError("\n".join([*problems, REPAIR]))
        folder = EMBEDDED
    else:
        folder = local_folder(name) or hub_folder(name)
        check(folder)
    from transformers.utils import logging

    logging.disable_progress_bar()  # that of loading weights is a widget, which a saved notebook shows as an error
    return str(folder)


def chosen(name: str | Path | None = None) -> str:
    """Say which checkpoint is asked for. Example: `chosen()` is "bertlab-mini" where nothing else is set."""
    return str(name or os.environ.get("BERTLAB_CHECKPOINT") or EMBEDDED.name)


def is_embedded(folder: str | Path | None = None) -> bool:
    """Say whether a checkpoint is the embedded one, for claims that hold for its weights only; it loads nothing.

    Example: `if bertlab.is_embedded(): assert accuracy > 0.5`

    Args:
        folder: what `checkpoint` takes or returns; None is the one that `checkpoint()` chooses.
    """
    name = chosen(folder)
    return name == EMBEDDED.name or any(path.resolve() == EMBEDDED for path in places(name))


def places(name: str) -> tuple[Path, Path]:
    """List where a folder of that name can lie: from where we are, then from the repository's root.

    Example: `places("my-bert")[1] == ROOT / "my-bert"`
    """
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        raise CheckpointError(f"{name}: this machine has no such user. Write the folder's whole path.") from None
    return path, ROOT / path


def local_folder(name: str) -> Path | None:
    """Find the folder that a name means, from where we are or from the repository's root; None for a Hub name.

    Example: `local_folder("data/checkpoints/bertlab-mini")`

    Raises:
        CheckpointError: the name is a path, and there is no such folder.
    """
    for folder in places(name):
        if os.path.isdir(folder):  # unlike Path's, it takes a name of any length
            return folder.resolve()
    if Path(name).is_absolute() or name.startswith(("~", ".")) or "\\" in name or name.count("/") > 1:
        raise CheckpointError(f"There is no folder {name}. Give a folder that is there, or a model's name on the Hub.")
    return None


def on_this_machine(name: str) -> Path | None:
    """Find a checkpoint other than the embedded one without asking the network, and check it; None if it isn't here.

    Example: `on_this_machine("bert-base-uncased")`

    Raises:
        CheckpointError: it is here, and can't be used, or it can be nowhere.
    """
    folder = local_folder(name) or downloaded(name)
    if folder:
        check(folder)
    return folder


def damaged(folder: Path = EMBEDDED) -> list[str]:
    """Name each file of an embedded checkpoint that is missing or differs from its SHA-256; none is as it should be.

    Example: `damaged()` is `[]`, or `["model.safetensors is missing (expected SHA-256 53aa...)"]`.
    """
    sums = folder / SUMS
    if not sums.is_file():
        return [f"{sums} is missing"]
    found = []
    for number, line in enumerate(sums.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        expected, _, name = line.partition("  ")
        file = folder / name
        if len(expected) != 64 or not name:
            found.append(f"{sums} is damaged: line {number} is not `<SHA-256>  <file>`")
        elif not os.path.isfile(file):
            found.append(f"{file} is missing (expected SHA-256 {expected})")
        elif sha256(file, file.stat().st_size, file.stat().st_mtime_ns) != expected:
            found.append(f"{file} is damaged (expected SHA-256 {expected})")
    return found or ([] if sums.stat().st_size else [f"{sums} is empty"])


def fingerprint() -> str:
    """Return the beginning of the SHA-256 of the embedded weights. Example: `fingerprint()` may be `"f33da3659eec"`.

    CheckpointError if their list of checksums does not name them.
    """
    for line in (EMBEDDED / SUMS).read_text(encoding="utf-8").splitlines():
        checksum, name = line.split(maxsplit=1)
        if name == "model.safetensors":
            return checksum[:12]
    raise CheckpointError(f"{EMBEDDED / SUMS} does not name model.safetensors. {REPAIR}")


@cache
def sha256(file: Path, size: int, changed: int) -> str:
    """Hash a file, once for each state that it is seen in. Example: `sha256(file, stat.st_size, stat.st_mtime_ns)`."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
