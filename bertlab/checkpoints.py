"""Which trained weights the course runs on: the embedded BERT, a folder, or a model of the Hugging Face Hub.

Example: `AutoTokenizer.from_pretrained(checkpoint())`

Whatever is asked for, the answer is a folder on this machine that was looked at: `from_pretrained` never has to reach
for the network with it, and never gets half a checkpoint.
"""

import hashlib
import json
import os
import queue
import threading
from functools import cache
from pathlib import Path

from bertlab.constants import CHECKPOINTS, ROOT, SUMS

EMBEDDED = CHECKPOINTS / "bertlab-mini"
REACH_SECONDS = 3.0
"""How long the Hub may take to answer before it counts as out of reach."""
PARTS = {
    "config.json": ["config.json"],
    "weights as safetensors (the course loads no other kind: pickled weights can run code)": ["*.safetensors"],
    "a tokenizer (tokenizer.json or the files it is made from)": ["tokenizer.json", "vocab.*", "*.model"],
}
"""What a checkpoint consists of, each with the patterns of the files that can hold it."""


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says what to do."""


def checkpoint(name: str | None = None) -> str:
    """Return what goes into `from_pretrained`: the embedded BERT, or what is asked for.

    Example: `checkpoint()` is ".../data/checkpoints/bertlab-mini"; `checkpoint("bert-base-uncased")` is the folder of
    the Hub's model, downloaded the first time.

    Args:
        name: a folder, or a model's name on the Hub; None takes the environment variable BERTLAB_CHECKPOINT, and where
            that is unset or empty, the embedded BERT, "bertlab-mini".

    Raises:
        CheckpointError: it is not to be had, incomplete or damaged; at once, not after minutes of retries.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()  # that of loading weights is a widget, which a saved notebook shows as an error
    name = name or os.environ.get("BERTLAB_CHECKPOINT") or EMBEDDED.name
    if name == EMBEDDED.name:
        if problems := damaged():
            raise CheckpointError("\n".join([*problems, "Bring it back with: git checkout -- data/checkpoints"]))
        return str(EMBEDDED)
    folder = local_folder(name) or hub_folder(name)
    check(folder)
    return str(folder)


def is_embedded(folder: str | Path | None = None) -> bool:
    """Say whether a checkpoint is the embedded one, for claims that hold for its weights only; it loads nothing.

    Example: `if bertlab.is_embedded(): assert accuracy > 0.5`

    Args:
        folder: what `checkpoint` takes or returns; None is the one that `checkpoint()` chooses.
    """
    name = str(folder or os.environ.get("BERTLAB_CHECKPOINT") or EMBEDDED.name)
    return name == EMBEDDED.name or any(path.resolve() == EMBEDDED for path in places(name))


def places(name: str) -> tuple[Path, Path]:
    """List where a folder of that name can lie: from where we are, then from the repository's root."""
    path = Path(name).expanduser()
    return path, ROOT / path


def damaged(folder: Path = EMBEDDED) -> list[str]:
    """Name each file of an embedded checkpoint that is missing or differs from its SHA-256; none is as it should be.

    Example: `damaged()` is `[]`, or `["model.safetensors is missing (expected SHA-256 53aa...)"]`.
    """
    if not (folder / SUMS).is_file():
        return [f"{folder / SUMS} is missing"]
    found = []
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        expected, name = line.split(maxsplit=1)
        file = folder / name
        if not file.is_file():
            found.append(f"{file} is missing (expected SHA-256 {expected})")
        elif sha256(file, file.stat().st_size, file.stat().st_mtime_ns) != expected:
            found.append(f"{file} is damaged (expected SHA-256 {expected})")
    return found


@cache
def sha256(file: Path, size: int, changed: int) -> str:
    """Hash a file, once for each state that it is seen in. Example: `sha256(file, stat.st_size, stat.st_mtime_ns)`."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def local_folder(name: str) -> Path | None:
    """Find the folder that a name means, from where we are or from the repository's root; None for a Hub name."""
    path = Path(name).expanduser()
    for folder in places(name):
        if folder.is_dir():
            return folder.resolve()
    if path.is_absolute() or name.startswith(("~", ".")) or "\\" in name or name.count("/") > 1:
        raise CheckpointError(f"There is no folder {name}. Give a folder that is there, or a model's name on the Hub.")
    return None


def hub_folder(name: str) -> Path:
    """Find a Hub model among what was downloaded earlier, or download it now.

    Example: `hub_folder("bert-base-uncased")` is ".../models--bert-base-uncased/snapshots/86b5e09...".
    """
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = snapshot(name, local_files_only=True)
        if not lacking(folder):
            return folder
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise CheckpointError(f"{name!r} is neither a folder nor a name that a model on the Hub can have.") from error
    reach(name)
    try:
        return snapshot(name)
    except Exception as error:
        raise CheckpointError(f"{name} could not be downloaded: call again to go on with it. {error}") from error


def snapshot(name: str, *, local_files_only: bool = False) -> Path:
    """Get a Hub model's folder with the kinds of files that the course loads."""
    from huggingface_hub import snapshot_download

    return Path(
        snapshot_download(
            name,
            local_files_only=local_files_only,
            allow_patterns=["*.json", "*.txt", "*.model", "*.safetensors"],
            ignore_patterns=["onnx/*", "openvino/*", "coreml/*"],
        )
    )


def reach(name: str) -> None:
    """Ask the Hub whether it has a model, and wait no longer than `REACH_SECONDS`.

    A thread does the asking, because the look-up of an address has no time-out of its own.
    """
    from huggingface_hub import HfApi, is_offline_mode
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    answers: queue.Queue[Exception | None] = queue.Queue()

    def ask() -> None:
        try:
            HfApi().model_info(name, timeout=REACH_SECONDS)
            answers.put(None)
        except Exception as error:
            answers.put(error)

    if is_offline_mode():
        raise CheckpointError(out_of_reach(name, "HF_HUB_OFFLINE is set"))
    threading.Thread(target=ask, daemon=True).start()
    try:
        problem = answers.get(timeout=REACH_SECONDS)
    except queue.Empty:
        raise CheckpointError(out_of_reach(name, f"it gave no answer within {REACH_SECONDS:.0f} seconds")) from None
    if isinstance(problem, GatedRepoError):
        raise CheckpointError(f"{name} is only given to those whom its authors let in: log in with `hf auth login`.")
    if isinstance(problem, RepositoryNotFoundError):
        raise CheckpointError(f"The Hub has no model {name!r}, and there is no such folder: look at the spelling.")
    if problem is not None:
        raise CheckpointError(out_of_reach(name, str(problem))) from problem


def out_of_reach(name: str, reason: str) -> str:
    """Say what to do where a model is not on this machine and the Hub cannot be reached."""
    return (
        f"{name} is not on this machine, and the Hugging Face Hub can't be asked for it: {reason}.\n"
        "Go online and call again (it is downloaded once), or work with the embedded BERT: unset BERTLAB_CHECKPOINT."
    )


def lacking(folder: Path) -> list[str]:
    """List the parts of a checkpoint that a folder does not have."""
    return [part for part, patterns in PARTS.items() if not any(any(folder.glob(p)) for p in patterns)]


@cache
def check(folder: Path) -> None:
    """Refuse a folder that is no whole checkpoint, or whose tokenizer was not made for its model.

    transformers makes a tokenizer of five pieces, for which every word is [UNK], where it finds no vocabulary. A model
    may have up to a tenth more embeddings than pieces: their number is often rounded up.
    """
    if parts := lacking(folder):
        raise CheckpointError(
            f"{folder} is no whole checkpoint. It lacks:\n" + "\n".join(f"- {part}" for part in parts)
        )
    from transformers import AutoTokenizer

    try:
        expected = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
        size = len(AutoTokenizer.from_pretrained(folder, local_files_only=True))
    except Exception as error:
        raise CheckpointError(f"The tokenizer or config.json in {folder} can't be read: {error}") from error
    if not 0.9 * expected <= size <= expected:
        raise CheckpointError(
            f"The tokenizer in {folder} has {size:,} pieces, its model expects {expected:,}: their files don't belong"
            " together, or the vocabulary is missing. Copy or download the folder again."
        )
