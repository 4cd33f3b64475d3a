"""Make `.venv` and install the pinned packages into it, saying beforehand what is going to happen.

Example: `install()`

Standard library only. Interrupted at any moment, the next call repairs what is there: `bootstrap.MARKER` is written
last, and says `UNFINISHED` while an environment is being made from nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bertlab.launch import bootstrap
from bertlab.launch.bootstrap import COMMAND, MARKER, ROOT, VENV, WINDOWS
from bertlab.launch.pip_progress import PipFailedError, run_pip

UNFINISHED = "unfinished"
LOCK = VENV / "install.lock"
LOG = VENV / "install.log"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
"""PyTorch's own index of builds without CUDA, for Linux; elsewhere the ordinary build is already without."""
BUILDS = {"linux": ("x86_64", "aarch64"), "darwin": ("arm64",), "win32": ("amd64",)}
"""The processors for which the pinned PyTorch has wheels, by `sys.platform`."""
TORCH_MB = {"linux": 190, "darwin": 110, "win32": 120}
"""The size of its wheel without CUDA."""


class InstallError(Exception):
    """The installation cannot go on; the message says what to do."""


def install() -> None:
    """Bring `.venv` to what `pyproject.toml` and `constraints.txt` ask for; return when it is.

    Raises:
        InstallError: with what went wrong and what to do; calling again repairs what was left.
    """
    check_machine()
    VENV.mkdir(exist_ok=True)
    with lock() as held:
        if bootstrap.finished():  # by the start that held the lock until now
            return
        os.set_inheritable(held.fileno(), True)  # a pip that outlives this process goes on holding the lock
        try:
            make_environment()
            install_torch()
            pip("Packages", "-c", str(ROOT / "constraints.txt"), *bootstrap.dependencies())
        except PipFailedError as error:
            raise InstallError(f"\nThe installation failed.\n{error}\n{advice(str(error))}") from error
        except KeyboardInterrupt:
            raise InstallError("\nStopped. The same command starts the installation again.") from None
        # For editors that start a kernel from .venv themselves. `site` reads it in the locale's encoding.
        (site_packages() / "bertlab.pth").write_text(str(ROOT))
        MARKER.write_text(bootstrap.digest(), encoding="utf-8")


def check_machine(system: str = sys.platform, machine: str = platform.machine(), *, bits: int = 0) -> None:
    """Refuse, before anything is downloaded, a machine for which there is no PyTorch.

    Example: `check_machine("darwin", "x86_64")` raises InstallError: the last PyTorch for Intel Macs is of 2024.
    """
    bits = bits or (64 if sys.maxsize > 2**32 else 32)
    if bits == 32 or machine.lower() not in BUILDS.get(system, ()):
        raise InstallError(
            f"There is no PyTorch {bootstrap.pins()['torch']} for a {bits}-bit Python on {system} ({machine}). There is"
            " for 64-bit Python on Linux (x86-64, ARM), on Apple-silicon Macs (macOS 14 or newer) and on Windows (x64)."
        )


@contextmanager
def lock() -> Iterator[IO[str]]:
    """Hold the right to install: one start at a time. It ends with the process, however that ends."""
    with LOCK.open("a") as file:
        waiting = False
        while not locked(file):
            if not waiting:
                print("Another start is installing BERT Lab at this moment: waiting for it.", flush=True)
            waiting = True
            time.sleep(0.5)
        yield file


def locked(file: IO[str]) -> bool:
    """Try to lock a file for this process; say whether that worked."""
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
    """Make `.venv`, or keep one that works; one that was never finished is made again from nothing."""
    state = MARKER.read_text(encoding="utf-8") if MARKER.is_file() else None
    if state != UNFINISHED and works():
        print(f"Bringing {VENV} up to date with the list of packages.", flush=True)
        return
    strangers = [path.name for path in VENV.iterdir() if path not in (LOCK, LOG)]
    if state is None and strangers:
        raise InstallError(f"{VENV} is there, but is no environment that works: rename or delete it, then start again.")
    if bootstrap.inside_venv():
        raise InstallError(f"{VENV} is to be made anew: start with the Python outside it, `{COMMAND} study`.")
    print(announcement(), flush=True)
    MARKER.write_text(UNFINISHED, encoding="utf-8")
    for path in VENV.iterdir():
        if path not in (LOCK, MARKER):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    base = getattr(sys, "_base_executable", sys.executable)  # not another environment's Python
    made = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode != 0:
        raise InstallError(
            f"Python could not make an environment:\n{made.stdout}{made.stderr}\n"
            "On Debian and Ubuntu the package python3-venv is needed: sudo apt install python3-venv"
        )


def works() -> bool:
    """Say whether `.venv` has a Python that the course runs on, with pip."""
    check = "import pip, sys; sys.path.insert(0, sys.argv[1]); from bertlab.launch import bootstrap; "
    check += "sys.exit(bootstrap.unsupported() is not None)"
    try:
        return subprocess.run([bootstrap.venv_python(), "-c", check, str(ROOT)], capture_output=True).returncode == 0
    except OSError:
        return False


def announcement() -> str:
    """Say what is going to be done, and how much is downloaded."""
    cuda = " (2.7 GB where only the build with CUDA can be had)" if sys.platform == "linux" else ""
    return f"""BERT Lab is not installed yet. What happens now, once:
  1. a Python environment is made in {VENV}
  2. PyTorch is downloaded into it: about {TORCH_MB[sys.platform]} MB{cuda}
  3. some {len(bootstrap.pins())} other packages are downloaded into it: about 220 MB
It takes a few minutes and 2 GB of disk. Nothing else on this computer is changed; deleting that folder undoes it.
Ctrl+C stops."""


def install_torch() -> None:
    """Install PyTorch alone and first: on Linux, the ordinary build brings gigabytes of CUDA with it.

    A build of the pinned version on this machine is taken as it is; then, where no NVIDIA card is seen, PyTorch's own
    CPU build, tried once. Where neither is to be had, the ordinary build comes with the other packages.
    """
    pin = f"torch=={bootstrap.pins()['torch']}"
    try:
        pip("PyTorch from this machine", "--no-index", "--no-deps", pin)
        return
    except PipFailedError:
        pass
    if sys.platform != "linux" or nvidia():
        return
    try:
        source = ["--index-url", CPU_WHEELS, "--timeout", "10", "--retries", "0"]
        pip("PyTorch without CUDA", "--no-deps", *source, f"{pin}+cpu")
    except PipFailedError:
        print("PyTorch's build without CUDA can't be had: the ordinary one is taken, 2.7 GB with CUDA (5 GB on disk).")


def nvidia() -> bool:
    """Say whether this machine has an NVIDIA card, as far as can be seen without its software."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def pip(title: str, *arguments: str) -> None:
    """Run pip in `.venv`, with a progress line."""
    total = len(bootstrap.pins())
    run_pip(bootstrap.venv_python(), list(arguments), title=title, total=total, into=site_packages(), log=LOG)


def site_packages() -> Path:
    """Locate the folder of `.venv` in which Python looks for packages."""
    where = {"base": str(VENV), "platbase": str(VENV)}
    return Path(sysconfig.get_path("purelib", "venv", where))


def advice(reason: str) -> str:
    """Say what to do after pip failed with this reason."""
    if "No space left" in reason:
        return f"Free some disk space near {ROOT}, then start the same command again."
    return f"Look at the internet connection, then start the same command again.\nAll that pip said: {LOG}"
