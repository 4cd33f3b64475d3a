"""What `study` and `test` start: JupyterLab at the first notebook, and pytest over the tests and the notebooks.

Example: `bootstrap.hand_over(lab_command(browser=False), environment())`

Both run on the Python that runs this, and so do the kernels that they start.
"""

import os
import sys
import tempfile
from pathlib import Path

from bertlab import bootstrap
from bertlab.bootstrap import ROOT

FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


def environment() -> dict[str, str]:
    """Give the environment variables under which a kernel finds `bertlab`, wherever its notebook lies."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # Otherwise a `python3` kernel once installed for the user could take the place of this Python's own.
    return {**os.environ, "PYTHONPATH": path, "JUPYTER_PREFER_ENV_PATH": "1"}


def lab_command(*, port: int | None = None, browser: bool = True) -> list[str]:
    """Spell out the start of JupyterLab. Example: `lab_command(port=9000)[-1]` is "--ServerApp.port=9000"."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--ServerApp.ip=127.0.0.1",
        # No popup that asks about news, and no question about updates to a server that may be out of reach.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--ServerApp.allow_root=True")  # in a container everyone is root
    if not browser:
        command.append("--ServerApp.open_browser=False")
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    return command


def study(*, port: int | None = None, browser: bool = True) -> int:
    """Open JupyterLab at the first notebook; return its exit status."""
    return bootstrap.hand_over(lab_command(port=port, browser=browser), environment())


def pytest_command(arguments: list[str]) -> list[str]:
    """Spell out the test run. Example: `pytest_command(["-k", "wordpiece"])`.

    pytest takes the two folders where the arguments name no file; in notebooks, outputs are compared in the cells that
    say so (`# NBVAL_CHECK_OUTPUT`).
    """
    folders = ["-o", "testpaths=tests notebooks"]
    return [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", *folders, *arguments]


def test(arguments: list[str]) -> int:
    """Run the tests and every notebook; return pytest's exit status. No run touches the learner's own progress."""
    with tempfile.TemporaryDirectory() as folder:
        progress = str(Path(folder, "progress.sqlite"))
        return bootstrap.wait_for(pytest_command(arguments), {**environment(), "BERTLAB_PROGRESS": progress})
