"""Make `.venv` and install the pinned packages into it, saying beforehand what is going to happen.

Example: `install()`

Standard library only. Interrupted at any moment, the next call repairs what is there: `bootstrap.MARKER` is written
last, and says so while an environment is being made from nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from bertlab.launch import bootstrap
from bertlab.launch.bootstrap import MARKER, ROOT, VENV, ask_venv
from bertlab.launch.environment import LOG, lock, make_environment, make_folder
from bertlab.launch.pip_progress import PipFailedError, run_pip, start_pip
from bertlab.launch.trouble import FULL, OFFLINE, InstallError, explain, free_space, says

CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
"""PyTorch's own index of builds without CUDA, for Linux; elsewhere the ordinary build is already without."""
BUILDS = {"linux": ("x86_64", "aarch64"), "darwin": ("arm64",), "win32": ("amd64",)}
"""The processors for which the pinned PyTorch has wheels, by `sys.platform`."""
REACH_SECONDS = 15
"""How long pip may take to find one package before the network counts as out of reach."""


def install() -> None:
    """Bring `.venv` to what `pyproject.toml` and `constraints.txt` ask for; return when it is.

    Raises:
        InstallError: with what went wrong and what to do; calling again repairs what was left.
    """
    check_machine()
    make_folder()
    with lock() as held:
        if bootstrap.sound():  # thanks to the start that held the lock until now
            return
        os.set_inheritable(held.fileno(), True)  # a pip that outlives this process goes on holding the lock
        try:
            make_environment()
            install_packages()
            # For editors that start a kernel from .venv themselves. `site` reads it in the locale's encoding.
            (site_packages() / "bertlab.pth").write_text(str(ROOT))
            MARKER.write_text(bootstrap.digest(), encoding="utf-8")
        except PipFailedError as error:
            raise InstallError(f"\nThe installation failed.\n{error}\n{advice(str(error))}") from error
        except OSError as error:
            raise InstallError(f"\nThe installation failed.\n{explain(error)}") from error
        except KeyboardInterrupt:
            raise InstallError("\nStopped. The same command starts the installation again.") from None


def install_packages() -> None:
    """Install the pinned packages into `.venv`: from this machine where it has them all, else from the network.

    Example: `install_packages()`
    """
    constraints = ["-c", str(ROOT / "constraints.txt")]
    packages = [*constraints, *bootstrap.dependencies()]
    lost: Any = ask_venv("bootstrap.lost()") or []
    again = ["--force-reinstall", "--no-deps", *constraints, *lost]
    try:
        pip("Packages", "--no-index", *packages)
        if lost:
            pip("Packages", "--no-index", *again)
    except PipFailedError:
        ask_the_network()
        install_torch()
        pip("Packages", *packages)
        if lost:
            pip("Packages", *again)


def ask_the_network() -> None:
    """Ask for one small package, once and with little patience, so that nobody waits for a network that is not there.

    Example: `ask_the_network()`

    pip does the asking, because it knows its own index, proxy and certificates.
    """
    print("Looking whether packages can be downloaded.", flush=True)
    name = next(name for name in reversed(bootstrap.dependencies()) if ";" not in name)
    arguments = ["--dry-run", "--no-deps", "--ignore-installed", "--retries", "0", "--timeout", "5", "-vv"]
    process = start_pip(bootstrap.venv_python(), [*arguments, "-c", str(ROOT / "constraints.txt"), name])
    try:
        said, _ = process.communicate(timeout=REACH_SECONDS)
    except subprocess.TimeoutExpired:
        said = OFFLINE[0]
    finally:
        process.kill()
    if process.returncode != 0 and says(OFFLINE, said):
        raise InstallError(
            "\nThe packages are not on this machine, and the network can't be reached to download them.\nConnect to the"
            " internet (behind a proxy: set HTTPS_PROXY), then start the same command again. Once installed, the course"
            " needs no network."
        )


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


def install_torch() -> None:
    """Install PyTorch alone and first: on Linux, the ordinary build brings gigabytes of CUDA with it.

    Example: `install_torch()`

    A build of the pinned version on this machine is taken as it is; then, where no NVIDIA card is seen, PyTorch's own
    CPU build, tried once. Where neither can be found, the ordinary build comes with the other packages.
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
    """Say whether this machine has an NVIDIA card, as far as can be seen without its software.

    Example: `nvidia()` is false on most laptops
    """
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def pip(title: str, *arguments: str) -> None:
    """Run pip in `.venv`, with a progress line. Example: `pip("Packages", "numpy")`."""
    total = len(bootstrap.pins())
    run_pip(bootstrap.venv_python(), list(arguments), title=title, total=total, into=site_packages(), log=LOG)


def site_packages() -> Path:
    """Locate the folder of `.venv` in which Python looks for packages.

    Example: `site_packages()` is ".venv/lib/python3.11/site-packages"
    """
    where = {"base": str(VENV), "platbase": str(VENV)}
    return Path(sysconfig.get_path("purelib", "venv", where))


def advice(reason: str) -> str:
    """Say what to do after pip failed with this reason. Example: `advice("No space left on device")` asks for space."""
    if says(FULL, reason):
        return free_space()
    return f"Look at the internet connection, then start the same command again.\nAll that pip said: {LOG}"
