"""Find the Python that has the course's packages: this one, the one in `.venv`, or none yet.

Example: `python = ready() or sys.executable`

Standard library only, and no syntax newer than Python 3.8: this runs before anything is installed, and under a Python
that is too old it must still be able to say so.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from bertlab.constants import ROOT

VENV = ROOT / ".venv"
MARKER = VENV / "bertlab-installed.txt"
"""Written last: what `digest()` was when the installation finished."""

OLDEST = (3, 11)
"""The oldest Python for which every pinned package has a wheel."""
NEWEST = (3, 13)
"""The newest Python that the course is tested on."""
WINDOWS = os.name == "nt"
COMMAND = "python -m bertlab" if WINDOWS else "python3 -m bertlab"


def unsupported(version: tuple[int, ...] = sys.version_info[:3]) -> str | None:
    """Say what to do about a Python that the course cannot run on; None where it can.

    Example: `unsupported((3, 12, 1))` is None; `unsupported((3, 9, 18))` names a Python that works.
    """
    if version >= OLDEST and version[:2] <= NEWEST:
        return None
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    starts = [["py", f"-3.{minor}"] if WINDOWS else [f"python3.{minor}"] for minor in minors]
    found = next(filter(runs, starts), None)
    return (
        f"BERT Lab runs on Python {dotted(OLDEST)} to {dotted(NEWEST)}; this is {dotted(version)} ({sys.executable}).\n"
        + ("Another one is on this machine: s" if found else f"Install Python {dotted(NEWEST)} from python.org, then s")
        + f"tart with\n    {' '.join(found or starts[0])} -m bertlab study"
    )


def runs(start: list[str]) -> bool:
    """Say whether a command starts a Python: a name on the search path may be a stand-in for one that is not there.

    Example: `runs(["python3.12"])`
    """
    if not shutil.which(start[0]):
        return False
    try:
        return subprocess.run([*start, "-c", ""], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def uprooted() -> str | None:
    """Say what to do where the package was installed without the notebooks and data beside it; None where they are.

    Example: `print(uprooted() or "all is there")`
    """
    if (ROOT / "pyproject.toml").is_file() and (ROOT / "constraints.txt").is_file():
        return None
    return (
        f"BERT Lab was installed into {ROOT} without its notebooks and data.\nGet the whole folder of the course (clone"
        f" it, or download and unpack it), and run there `{COMMAND} study`, or `pip install -e .` with the -e."
    )


def anchor(names: tuple[str, ...] = ("BERTLAB_CHECKPOINT", "BERTLAB_PROGRESS")) -> None:
    """Make paths in the environment absolute: they mean the folder where the person stands, and kernels run elsewhere.

    Example: `BERTLAB_PROGRESS=mine.sqlite` becomes "/home/me/mine.sqlite".

    A checkpoint that is no folder here stays as it is: it is a model's name on the Hub.
    """
    for name in names:
        value = os.environ.get(name, "")
        if value and not value.startswith("~") and (name != "BERTLAB_CHECKPOINT" or os.path.isdir(value)):
            os.environ[name] = os.path.abspath(value)


def dotted(version: tuple[int, ...]) -> str:
    """Write a version as people do. Example: `dotted((3, 11, 5))` is "3.11.5"."""
    return ".".join(str(part) for part in version)


def dependencies() -> list[str]:
    """List what the course needs, as `pyproject.toml` states it. Example: `["accelerate", "anywidget", ...]`."""
    import tomllib  # new in Python 3.11

    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["dependencies"]


def pins() -> dict[str, str]:
    """Map each package to its pinned version, from `constraints.txt`. Example: `pins()["torch"]` is "2.13.0"."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {canonical(name): version.strip() for name, version in pairs}


def canonical(name: str) -> str:
    """Normalize a package's name (PEP 503). Example: `canonical("Typing_Extensions")` is "typing-extensions"."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def installed(name: str) -> str | None:
    """Tell a package's installed version without importing it; None where it is missing.

    Example: `installed("torch")` is "2.13.0": the label of a build ("2.13.0+cpu") is left off.
    """
    try:
        return metadata.version(name).split("+")[0]
    except metadata.PackageNotFoundError:
        return None


def missing() -> list[str]:
    """List the direct dependencies that this Python lacks, or has lost. Example: `["torch", "transformers"]`.

    A dependency for some platforms only (with a `;` marker) is not counted: deciding it needs more than the standard
    library.
    """
    return [name for name in dependencies() if ";" not in name and installed(name) is None] + lost()


def lost() -> list[str]:
    """List the direct dependencies that count as installed, but whose files are gone: pip would take them to be there.

    Example: `lost()` names "numpy" after the folder `numpy` was deleted.
    """
    return [name for name in dependencies() if ";" not in name and installed(name) and not has_files(name)]


def has_files(name: str) -> bool:
    """Say whether the first module that an installed package lists is there. Example: `has_files("numpy")`."""
    package = metadata.distribution(name)
    paths = (line.split(",")[0] for line in (package.read_text("RECORD") or "").splitlines())
    first = next((path for path in paths if path.endswith("/__init__.py")), None)
    return first is None or Path(str(package.locate_file(first))).exists()


def other_versions() -> list[str]:
    """List what is installed in another version than the pinned one. Example: `["numpy 1.26.4 instead of 2.4.6"]`."""
    found = {name: (installed(name), version) for name, version in pins().items()}
    return [
        f"{name} {here} instead of {pinned}" for name, (here, pinned) in found.items() if here not in (None, pinned)
    ]


def shorten(names: list[str], most: int = 4) -> str:
    """Write out the first few of a list. Example: `shorten(["a", "b", "c"], most=2)` is "a, b and 1 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def digest() -> str:
    """Fingerprint what `.venv` must hold, and where: another list, other pins or a moved folder make it stale.

    Example: `digest()` begins with "3f5a", say
    """
    wanted = [str(ROOT), *dependencies(), *sorted(f"{name}=={version}" for name, version in pins().items())]
    return hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def finished() -> bool:
    """Say whether `.venv` was installed to the end, with the pins as they are now. Example: `if finished(): ...`."""
    return state() == digest()


def state() -> str | None:
    """Read what `MARKER` says; None where there is none. Example: `state() == digest()`."""
    try:
        return MARKER.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def sound() -> bool:
    """Say whether `.venv` was installed to the end, and still runs and has every package.

    Example: `if not sound(): install()`
    """
    return finished() and ask_venv("bootstrap.unsupported() is None and not bootstrap.missing()") is True


def ask_venv(question: str) -> object:
    """Let the Python in `.venv` evaluate an expression; None where it can't.

    Example: `ask_venv("bootstrap.missing()")`
    """
    code = "import json, sys; sys.path.insert(0, sys.argv[1]); from bertlab.launch import bootstrap; "
    command = [str(venv_python()), "-c", f"{code}print(json.dumps({question}))", str(ROOT)]
    try:
        asked = subprocess.run(command, capture_output=True, timeout=60, env=own_environment())
        return json.loads(asked.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def own_environment() -> dict[str, str]:
    """Give the variables for a Python that is to see the packages of `.venv`, and none from elsewhere.

    Example: `"PYTHONPATH" in own_environment()` is never true
    """
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def venv_python(venv: Path = VENV, *, windows: bool = WINDOWS) -> Path:
    """Locate the interpreter of a virtual environment. Example: `.venv/bin/python`, or `.venv\\Scripts\\python.exe`."""
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def inside_venv() -> bool:
    """Say whether the running Python is the one in `.venv`.

    Example: `inside_venv()` is true after `source .venv/bin/activate`
    """
    return Path(sys.prefix).resolve() == VENV


def ready() -> str | None:
    """Name the Python that can run the course as things are; None where it must be installed first.

    Example: `python = ready() or sys.executable`

    The running one is taken where somebody prepared it (conda, a classroom image).
    """
    if inside_venv():
        return sys.executable if finished() and not missing() else None
    if not missing():
        return sys.executable
    return str(venv_python()) if sound() else None


def hand_over(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Let another program take this one's place, in the repository's root; return its exit status.

    Example: `hand_over([python, "-m", "bertlab", "study"])`
    """
    if WINDOWS:  # its exec gives the console back before the new program has finished
        return wait_for(command, environment)
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(command[0], command, environment or dict(os.environ))


def wait_for(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a program in the repository's root to its end, whatever is pressed; return its exit status.

    Example: `wait_for([python, "-m", "pytest"])`
    """
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program got the same Ctrl+C: what happens now is its decision
            continue
