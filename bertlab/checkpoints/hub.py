"""A model of the Hugging Face Hub as a folder: downloaded once, and nobody waits long where there is no network.

Example: `hub_folder("bert-base-uncased")` is ".../models--bert-base-uncased/snapshots/86b5e09...".
"""

import os
import queue
import threading
from pathlib import Path

from bertlab.checkpoints.folder import CheckpointError, lacking

REACH_SECONDS = 3.0
"""How long the Hub may take to answer before it counts as out of reach, unless HF_HUB_ETAG_TIMEOUT says another."""


def hub_folder(name: str) -> Path:
    """Find a Hub model among what was downloaded earlier, or download it now.

    Example: `hub_folder("bert-base-uncased")` is ".../models--bert-base-uncased/snapshots/86b5e09...".

    Raises:
        CheckpointError: there is no such model, or it can't be downloaded.
    """
    if folder := downloaded(name):
        return folder
    reach(name)
    try:
        return snapshot(name)
    except Exception as error:
        raise CheckpointError(f"{name} could not be downloaded: call again to go on with it. {error}") from error


def downloaded(name: str) -> Path | None:
    """Find a Hub model that is on this machine already, without asking the network; None where it is not, or not whole.

    Example: `downloaded("bert-base-uncased")`
    """
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = snapshot(name, local_files_only=True)
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise CheckpointError(f"{name!r} is neither a folder nor a name that a model on the Hub can have.") from error
    return None if lacking(folder) else folder


def snapshot(name: str, *, local_files_only: bool = False) -> Path:
    """Get a Hub model's folder with the kinds of files that the course loads.

    Example: `snapshot("bert-base-uncased", local_files_only=True)`
    """
    from huggingface_hub import snapshot_download

    return Path(
        snapshot_download(
            name,
            local_files_only=local_files_only,
            allow_patterns=["*.json", "*.txt", "*.model", "*.safetensors"],
            ignore_patterns=["onnx/*", "openvino/*", "coreml/*"],
        )
    )


def patience() -> float:
    """Say how many seconds the Hub may take to answer: what the user has set for its own library, or our few.

    Example: `patience()` is 20 after `export HF_HUB_ETAG_TIMEOUT=20`
    """
    from huggingface_hub import constants

    return float(constants.HF_HUB_ETAG_TIMEOUT) if os.environ.get("HF_HUB_ETAG_TIMEOUT") else REACH_SECONDS


def reach(name: str) -> None:
    """Ask the Hub whether it has a model, and wait no longer than `patience()`.

    Example: `reach("bert-base-uncased")`

    A thread does the asking, because the look-up of an address has no time-out of its own.
    """
    from huggingface_hub import HfApi, is_offline_mode
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    answers: queue.Queue[Exception | None] = queue.Queue()
    seconds = patience()

    def ask() -> None:
        try:
            HfApi().model_info(name, timeout=seconds)
            answers.put(None)
        except Exception as error:
            answers.put(error)

    if is_offline_mode():
        raise CheckpointError(out_of_reach(name, "HF_HUB_OFFLINE is set"))
    threading.Thread(target=ask, daemon=True).start()
    try:
        problem = answers.get(timeout=seconds)
    except queue.Empty:
        raise CheckpointError(out_of_reach(name, f"it gave no answer within {seconds:g} seconds")) from None
    if isinstance(problem, GatedRepoError):
        raise CheckpointError(f"{name} is only given to those whom its authors let in: log in with `hf auth login`.")
    if isinstance(problem, RepositoryNotFoundError):
        raise CheckpointError(f"The Hub has no model {name!r}, and there is no such folder: look at the spelling.")
    if problem is not None:
        raise CheckpointError(out_of_reach(name, str(problem))) from problem


def out_of_reach(name: str, reason: str) -> str:
    """Say what to do where a model is not on this machine and the Hub cannot be reached.

    Example: `out_of_reach("bert-base-uncased", "no answer")`
    """
    return (
        f"{name} is not on this machine, and the Hugging Face Hub can't be asked for it: {reason}.\n"
        "Go online and call again (it is downloaded once), or work with the embedded BERT: unset BERTLAB_CHECKPOINT."
    )
