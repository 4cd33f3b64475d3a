"""What `study` and `test` start: JupyterLab at the first notebook, and pytest over the tests and the notebooks.

Example: `bootstrap.hand_over(lab_command(browser=False), environment())`

Both run on the Python that runs this, and so do the kernels that they start.
"""

import os
import sys
import tempfile
from pathlib import Path

from bertlab.launch import bootstrap
from bertlab.launch.bootstrap import ROOT

FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


def environment() -> dict[str, str]:
    """Give the environment variables for JupyterLab and its kernels.

    Example: `environment()["OMP_WAIT_POLICY"]` is "PASSIVE"

    Kernels find `bertlab`, wherever their notebook lies; JupyterLab takes its defaults (no popup that asks about news)
    from `bertlab/jupyter`, and this Python's own kernel rather than one once installed for the user.

    Threads that wait give their core away: on a machine that five learners share, an answer takes 55-69 ms, where
    waiting threads that spin make it 666-1,210 ms; and one learner alone loses nothing.
    """
    return {
        "OMP_WAIT_POLICY": "PASSIVE",
        **os.environ,
        "PYTHONPATH": joined(ROOT, os.environ.get("PYTHONPATH")),
        "JUPYTER_CONFIG_PATH": joined(ROOT / "bertlab" / "jupyter", os.environ.get("JUPYTER_CONFIG_PATH")),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def joined(folder: Path, others: str | None) -> str:
    """Put a folder before the others of a search path. Example: `joined(ROOT, None) == str(ROOT)`."""
    return os.pathsep.join(filter(None, [str(folder), others]))


def lab_command(*, port: int | None = None, browser: bool = True) -> list[str]:
    """Spell out the start of JupyterLab. Example: `lab_command(port=9000)[-1]` is "--ServerApp.port=9000"."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--ServerApp.ip=127.0.0.1",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--ServerApp.allow_root=True")  # in a container everyone is root
    if not browser:
        command.append("--ServerApp.open_browser=False")
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    return command


def study(*, port: int | None = None, browser: bool = True) -> int:
    """Open JupyterLab at the first notebook; return its exit status. Example: `study(port=9000, browser=False)`."""
    return bootstrap.hand_over(lab_command(port=port, browser=browser), environment())


def pytest_command(arguments: list[str]) -> list[str]:
    """Spell out the test run. Example: `pytest_command(["-k", "wordpiece"])`.

    pytest takes the two folders where the arguments name no file; in notebooks, outputs are compared in the cells that
    say so (`# NBVAL_CHECK_OUTPUT`).
    """
    folders = ["-o", "testpaths=tests notebooks"]
    return [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", *folders, *arguments]


def test(arguments: list[str]) -> int:
    """Run the tests and every notebook; return pytest's exit status. No run touches the learner's own progress.

    Example: `test(["-k", "wordpiece"])`
    """
    with tempfile.TemporaryDirectory() as folder:
        progress = str(Path(folder, "progress.sqlite"))
        return bootstrap.wait_for(pytest_command(arguments), {**environment(), "BERTLAB_PROGRESS": progress})
