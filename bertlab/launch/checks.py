"""The single things that `doctor` looks at. Each may fail: `doctor.examine` makes a finding of that too.

Example: `print(disk().seen)`
"""

import os
import platform
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from bertlab import checkpoints
from bertlab.launch import bootstrap, commands
from bertlab.launch.bootstrap import COMMAND, ROOT, VENV, shorten

MEMORY_GB = 3
"""Free memory for JupyterLab, a browser tab and one kernel with PyTorch and the embedded BERT."""
DISK_GB = {True: 1.0, False: 4.0}
"""Free disk space: once the course is installed, and before."""
WIDGETS = {"jupyterlab-widgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
"""The packages that bring a part of their own into JupyterLab, and how it is called there."""
LATER = "not known before the installation"


class Finding(NamedTuple):
    """What was looked at, what was seen, and what to do; nothing to do means that all is well."""

    subject: str
    seen: str
    todo: str = ""


def python() -> Finding:
    """Look at the interpreter; `__main__` has refused a version that is too old or too new.

    Example: `python().todo`
    """
    return Finding("Python", f"{platform.python_version()}, {sys.executable}")


def folder() -> Finding:
    """Look whether notebooks can be saved where the course lies. Example: `folder().todo`."""
    place = ROOT / "notebooks" if (ROOT / "notebooks").is_dir() else ROOT
    if writable(place):
        return Finding("folder", str(ROOT))
    return Finding("folder", f"{place} can't be written to", "copy the course into a folder of your own")


def writable(place: Path) -> bool:
    """Say whether a file can be made in a folder, which is made where it is missing. Example: `writable(ROOT)`."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def environment() -> Finding:
    """Look whether `.venv` is the course's own and runs, where it is needed. Example: `environment().todo`."""
    if bootstrap.inside_venv():
        return Finding("environment", str(VENV))
    if not bootstrap.missing():
        return Finding("environment", "this Python has all that the course needs")
    if not VENV.exists() and not VENV.is_symlink():
        return Finding("environment", f"{VENV} is not made yet")
    if bootstrap.state() is not None:
        todo = f"run `{COMMAND} study`: it finishes or repairs the installation"
        return Finding("environment", f"{VENV} is not as the installation left it", todo)
    todo = f"rename or delete {VENV}, then run `{COMMAND} study`"
    return Finding("environment", f"{VENV} was not made by this course", todo)


def packages() -> Finding:
    """Compare the installed packages with `constraints.txt`.

    Example: `packages().todo`

    A pinned package that is not installed is only wrong where the course itself asks for it: others are for other
    platforms.
    """
    if missing := bootstrap.missing():
        todo = f"run `{COMMAND} study`: it installs them, or repairs an installation that did not finish"
        return Finding("packages", f"{len(missing)} are missing: {shorten(missing)}", todo)
    if other := bootstrap.other_versions():
        todo = pip_install(*(text.split()[0] for text in other))
        return Finding("packages", f"{len(other)} differ from the tested versions: {shorten(other)}", todo)
    found = sum(bootstrap.installed(name) is not None for name in bootstrap.pins())
    return Finding("packages", f"{found} in the tested versions")


def pip_install(*words: str) -> str:
    """Spell out an installation of the tested versions. Example: `pip_install("numpy")`."""
    return " ".join([sys.executable, "-m pip install -c constraints.txt", *words])


def memory() -> Finding:
    """Look at the memory that is free now. Example: `memory().todo`."""
    if bootstrap.missing():
        return Finding("memory", LATER)
    import psutil

    free, whole = psutil.virtual_memory().available / 1e9, psutil.virtual_memory().total / 1e9
    todo = "" if free >= MEMORY_GB else f"close other programs and unused notebooks: {MEMORY_GB} GB should be free"
    return Finding("memory", f"{free:.1f} GB free of {whole:.1f} GB", todo)


def disk() -> Finding:
    """Look at the disk that the repository lies on. Example: `disk().todo`."""
    free, needed = shutil.disk_usage(ROOT).free / 1e9, DISK_GB[not bootstrap.missing()]
    todo = "" if free >= needed else f"make room: {needed:.0f} GB should be free"
    return Finding("disk", f"{free:.1f} GB free at {ROOT}", todo)


def checkpoint() -> Finding:
    """Look at the embedded BERT, and at the one that BERTLAB_CHECKPOINT asks for; nothing is downloaded.

    Example: `checkpoint().todo`
    """
    if problems := checkpoints.damaged():
        return Finding("checkpoint", "; ".join(problems), checkpoints.REPAIR)
    name = checkpoints.chosen()
    try:
        if checkpoints.is_embedded(name):
            return Finding("checkpoint", "bertlab-mini, SHA-256 as published")
        if bootstrap.missing():
            return Finding("checkpoint", f"{name}: {LATER}")
        if found := checkpoints.on_this_machine(name):
            return Finding("checkpoint", f"{name}: a whole BERT, in {found}")
    except checkpoints.CheckpointError as error:
        todo = "do what it says, or unset the environment variable BERTLAB_CHECKPOINT: then the embedded BERT is used"
        return Finding("checkpoint", f"BERTLAB_CHECKPOINT={name}: {error}", todo)
    return Finding("checkpoint", f"{name} is not on this machine yet: the first use downloads it")


def progress() -> Finding:
    """Try to write where the learner's progress is kept. Example: `progress().todo`."""
    if bootstrap.missing():
        return Finding("progress", LATER)
    from bertlab.exercises.progress import path

    todo = "allow writing there, or name another file in the environment variable BERTLAB_PROGRESS"
    try:
        file = path()
    except ValueError as error:
        return Finding("progress", str(error), "name another file in the environment variable BERTLAB_PROGRESS")
    if writable(file.parent) and not file.is_dir() and (not file.exists() or os.access(file, os.W_OK)):
        return Finding("progress", f"kept in {file}")
    return Finding("progress", f"cannot be written to {file}", todo)


def jupyter() -> Finding:
    """Look whether JupyterLab can write where it keeps its own files. Example: `jupyter().todo`."""
    if bootstrap.missing():
        return Finding("Jupyter", LATER)
    from jupyter_core import paths

    folders = {
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir(),
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir(),
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir(),
    }
    for name, place in folders.items():
        if not writable(Path(place)):
            todo = f"allow writing there, or name another folder in the environment variable {name}"
            return Finding("Jupyter", f"its folder {place} can't be written to", todo)
    return Finding("Jupyter", f"its files are in {folders['JUPYTER_DATA_DIR']}")


def widgets() -> Finding:
    """Look whether JupyterLab takes the widgets' own parts from these very packages.

    Example: `widgets().todo`

    A stale copy in the user's own folder makes it say "Error displaying widget".
    """
    if bootstrap.missing():
        return Finding("widgets", LATER)
    from jupyter_core.paths import jupyter_path

    os.environ.update(commands.environment())  # which decides where JupyterLab looks first
    for package, extension in WIDGETS.items():
        place = f"labextensions/{extension}/package.json"
        own = [
            Path(str(file.locate())).resolve() for file in metadata.files(package) or [] if str(file).endswith(place)
        ]
        taken = next((found for base in jupyter_path() if (found := Path(base, place)).exists()), None)
        if own and (taken is None or taken.resolve() != own[0]):
            todo = f"delete {taken.parent}" if taken else f"{sys.executable} -m pip install --force-reinstall {package}"
            return Finding("widgets", f"{package}: JupyterLab finds {taken or 'nothing'} instead of {own[0]}", todo)
    versions = [f"{name} {bootstrap.installed(name)}" for name in ("ipywidgets", *WIDGETS)]
    return Finding("widgets", ", ".join(versions))
