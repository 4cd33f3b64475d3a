"""Look for what may keep the course from working, and say what to do about each thing that is wrong.

Example: `python3 -m bertlab doctor`, with exit status 1 if anything is wrong.

It works without the course's packages too: it reports them missing, and installs nothing.
"""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from bertlab import checkpoints
from bertlab.launch import bootstrap
from bertlab.launch.bootstrap import COMMAND, ROOT, shorten
from bertlab.launch.commands import environment

MEMORY_GB = 1.5
"""Free memory for JupyterLab, a browser tab and one kernel with PyTorch and the embedded BERT."""
DISK_GB = {True: 1.0, False: 4.0}
"""Free disk space: once the course is installed, and before."""
WIDGETS = {"jupyterlab-widgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
"""The packages that bring a part of their own into JupyterLab, and how it is called there."""


class Finding(NamedTuple):
    """What was looked at, what was seen, and what to do; nothing to do means that all is well."""

    subject: str
    seen: str
    todo: str = ""


def report() -> int:
    """Print every finding; return 1 if anything is wrong, else 0."""
    findings = [look() for look in CHECKS]
    for finding in findings:
        print(f"{'WRONG' if finding.todo else 'ok':5}  {finding.subject:10}  {finding.seen}")
        if finding.todo:
            print(f"{'':19}What to do: {finding.todo}")
    wrong = sum(bool(finding.todo) for finding in findings)
    print(f"\n{wrong} of {len(findings)} things are wrong." if wrong else "\nAll is well.")
    return int(wrong > 0)


def python() -> Finding:
    """Look at the interpreter; `__main__` has refused a version that is too old or too new."""
    return Finding("Python", f"{platform.python_version()}, {sys.executable}")


def packages() -> Finding:
    """Compare the installed packages with `constraints.txt`.

    A pinned package that is not installed is only wrong where the course itself asks for it: others are for other
    platforms.
    """
    if missing := bootstrap.missing():
        todo = f"run `{COMMAND} study`: it installs them, or repairs an installation that did not finish"
        return Finding("packages", f"{len(missing)} are missing: {shorten(missing)}", todo)
    if other := bootstrap.other_versions():
        names = " ".join(text.split()[0] for text in other)
        todo = f"{sys.executable} -m pip install -c constraints.txt {names}"
        return Finding("packages", f"{len(other)} differ from the tested versions: {shorten(other)}", todo)
    found = sum(bootstrap.installed(name) is not None for name in bootstrap.pins())
    return Finding("packages", f"{found} in the tested versions")


def memory() -> Finding:
    """Look at the memory that is free now."""
    if bootstrap.installed("psutil") is None:
        return Finding("memory", "not known before the installation")
    import psutil

    free, whole = psutil.virtual_memory().available / 1e9, psutil.virtual_memory().total / 1e9
    todo = "" if free >= MEMORY_GB else f"close other programs and unused notebooks: {MEMORY_GB} GB should be free"
    return Finding("memory", f"{free:.1f} GB free of {whole:.1f} GB", todo)


def disk() -> Finding:
    """Look at the disk that the repository lies on."""
    free, needed = shutil.disk_usage(ROOT).free / 1e9, DISK_GB[not bootstrap.missing()]
    todo = "" if free >= needed else f"make room: {needed:.0f} GB should be free"
    return Finding("disk", f"{free:.1f} GB free at {ROOT}", todo)


def checkpoint() -> Finding:
    """Compare the embedded BERT with its SHA-256."""
    problems = checkpoints.damaged()
    todo = "bring it back with `git checkout -- data/checkpoints`, or download the repository again"
    return Finding(
        "checkpoint", *(("; ".join(problems), todo) if problems else ("bertlab-mini, SHA-256 as published",))
    )


def progress() -> Finding:
    """Try to write where the learner's progress is kept."""
    try:
        from bertlab.exercises.progress import path
    except ModuleNotFoundError:
        return Finding("progress", "not known before the installation")
    file = path()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            writable = not file.exists() or os.access(file, os.W_OK)
    except OSError:
        writable = False
    todo = "" if writable else "allow writing there, or name another file in the environment variable BERTLAB_PROGRESS"
    return Finding("progress", f"{'kept in' if writable else 'cannot be written to'} {file}", todo)


def widgets() -> Finding:
    """Look whether JupyterLab takes the widgets' own parts from these very packages.

    A stale copy in the user's own folder makes it say "Error displaying widget".
    """
    if bootstrap.missing():
        return Finding("widgets", "not known before the installation")
    from jupyter_core.paths import jupyter_path

    os.environ.update(environment())  # which decides where JupyterLab looks first
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


CHECKS: tuple[Callable[[], Finding], ...] = (python, packages, memory, disk, checkpoint, progress, widgets)
