"""A copy of the course in which tiny packages stand in for the real ones: what a bare machine sees, in seconds."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from bertlab.constants import ROOT

GUARD = ROOT / "tests" / "offline"
MODULES = ("__init__.py", "__main__.py", "constants.py", "checkpoints", "launch")


def make_copy(folder: Path, pins: dict[str, str]) -> Path:
    """Copy the commands into a folder, as a course that needs these packages in these versions."""
    (folder / "bertlab").mkdir(parents=True)
    for name in MODULES:
        source, target = ROOT / "bertlab" / name, folder / "bertlab" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    write_pins(folder, pins)
    return folder


def write_pins(folder: Path, pins: dict[str, str]) -> None:
    names = ", ".join(f'"{name}"' for name in pins)
    (folder / "pyproject.toml").write_text(f'[project]\nname = "course"\nversion = "0"\ndependencies = [{names}]\n')
    (folder / "constraints.txt").write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))


def make_wheel(folder: Path, name: str, version: str, main: str = "") -> None:
    """Write an installable package whose `python -m NAME` runs `main`."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n",
        f"{name}/__main__.py": main,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def environment(wheels: Path | None = None) -> dict[str, str]:
    """Give the variables of a process that has the copy as its only course, no index, and these wheels."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "BERTLAB_"))}
    own = {"PYTHONPATH": str(GUARD), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    return kept | own | ({"PIP_FIND_LINKS": str(wheels)} if wheels else {})


def start(folder: Path, *arguments: str, wheels: Path | None = None, **variables: str) -> subprocess.Popen:
    """Start `python -m bertlab` in the copy, with these environment variables too."""
    return subprocess.Popen(
        [sys.executable, "-m", "bertlab", *arguments],
        cwd=folder,
        env=environment(wheels) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(folder: Path, *arguments: str, wheels: Path | None = None, **variables: str) -> tuple[int, str]:
    """Run `python -m bertlab` in the copy; return its exit status and all that it wrote."""
    process = start(folder, *arguments, wheels=wheels, **variables)
    written, _ = process.communicate(timeout=300)
    return process.returncode, written
