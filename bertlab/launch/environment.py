"""Make the environment `.venv`, or make it again where it does not work, one start at a time. Standard library only.

Example: `with lock(): make_environment()`
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from bertlab.launch import bootstrap
from bertlab.launch.bootstrap import COMMAND, MARKER, VENV, WINDOWS, ask_venv
from bertlab.launch.trouble import FULL, InstallError, free_space, says

UNFINISHED = "unfinished"
LOCK = VENV / "install.lock"
LOG = VENV / "install.log"
TORCH_MB = {"linux": 190, "darwin": 110, "win32": 120}
"""The size of its wheel without CUDA."""


def make_folder() -> None:
    """Make the folder `.venv`; what stands in its place is not touched. Example: `make_folder()`."""
    if not VENV.is_dir() and (VENV.exists() or VENV.is_symlink()):
        raise InstallError(f"{VENV} is there, but is no folder: rename or delete it, then start again.")
    VENV.mkdir(exist_ok=True)


@contextmanager
def lock() -> Iterator[IO[str]]:
    """Hold the right to install: one start at a time. It ends with the process, however that ends.

    Example: `with lock(): ...`
    """
    with LOCK.open("a") as file:
        waiting = False
        while not locked(file):
            if not waiting:
                print("Another start is installing BERT Lab at this moment: waiting for it.", flush=True)
            waiting = True
            time.sleep(0.5)
        yield file


def locked(file: IO[str]) -> bool:
    """Try to lock a file for this process; say whether that worked.

    Example: `while not locked(file): time.sleep(0.5)`
    """
    try:
        if WINDOWS:
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def make_environment() -> None:
    """Make `.venv`, or keep one that works; one that was never finished is made again from nothing.

    Example: `make_environment()`
    """
    state = bootstrap.state()
    if state != UNFINISHED and works():
        print(f"Bringing {VENV} up to date with the list of packages.", flush=True)
        return
    strangers = [path.name for path in VENV.iterdir() if path not in (LOCK, LOG)]
    if state is None and strangers:
        raise InstallError(f"{VENV} is there, but is no environment that works: rename or delete it, then start again.")
    if bootstrap.inside_venv():
        raise InstallError(
            f"{VENV} has to be made again, which its own Python can't do: run `deactivate`, then `{COMMAND} study`."
        )
    print(announcement(repair=state not in (None, UNFINISHED)), flush=True)
    MARKER.write_text(UNFINISHED, encoding="utf-8")
    clear()
    base = getattr(sys, "_base_executable", None) or sys.executable  # not another environment's Python
    made = subprocess.run(
        [base, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=bootstrap.own_environment(),
        close_fds=False,  # it holds the installation's lock, so that nobody clears the folder while it still writes
    )
    if made.returncode != 0:
        todo = "On Debian and Ubuntu the package python3-venv is needed: sudo apt install python3-venv"
        raise InstallError(
            f"Python could not make an environment:\n{made.stdout}\n{free_space() if says(FULL, made.stdout) else todo}"
        )


def clear() -> None:
    """Delete what an unfinished installation left in `.venv`. Example: `clear()`."""
    for path in VENV.iterdir():
        if path in (LOCK, MARKER):
            continue
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except OSError as error:
            raise InstallError(
                f"{path} can't be deleted ({error}). Close the programs that use {VENV}, delete it, then start again."
            ) from error


def works() -> bool:
    """Say whether `.venv` has a Python that the course runs on, with pip. Example: `if not works(): clear()`."""
    return ask_venv("bootstrap.unsupported() is None and bool(__import__('pip'))") is True


def announcement(*, repair: bool = False) -> str:
    """Say what is going to be done, and how much is downloaded. Example: `print(announcement())`."""
    why = f"The Python in {VENV} does not work any more." if repair else "BERT Lab is not installed yet."
    cuda = " (2.7 GB where only the build with CUDA can be had)" if sys.platform == "linux" else ""
    return f"""{why} What happens now, once:
  1. a Python environment is made in {VENV}
  2. PyTorch is downloaded into it: about {TORCH_MB[sys.platform]} MB{cuda}
  3. some {len(bootstrap.pins())} other packages are downloaded into it: about 220 MB
It takes a few minutes and 2 GB of disk. Nothing else on this computer is changed; deleting that folder undoes it.
Ctrl+C stops."""
