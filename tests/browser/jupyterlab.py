"""A real JupyterLab, as `study` starts it: open a notebook, run it, read what it shows, save it."""

import secrets
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

from bertlab.launch import commands

START = 180_000
"""Milliseconds that JupyterLab or a kernel may take to start on a busy machine."""


class Lab(NamedTuple):
    """A running server: its address, its token and the folder it serves."""

    url: str
    token: str
    root: Path


def environment(private: Path, token: str) -> dict[str, str]:
    """Return `study`'s environment, but with Jupyter's and the course's files in `private`, not among the user's."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "BERTLAB_PROGRESS": "progress.sqlite",
    }
    own = {name: str(private / folder) for name, folder in folders.items()}
    return commands.environment() | own | {"JUPYTER_TOKEN": token}


@contextmanager
def serve(root: Path, private: Path) -> Iterator[Lab]:
    """Run JupyterLab as `study` does, but on the folder `root` and with its own files in `private`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), root)
    command = commands.lab_command(port=port, browser=False)
    command = [f"--ServerApp.root_dir={root}" if "root_dir=" in word else word for word in command]
    command += ["--ServerApp.port_retries=0", "--expose-app-in-browser"]
    # A test run that is killed leaves no server behind for long.
    command += ["--ServerApp.shutdown_no_activity_timeout=600", "--MappingKernelManager.cull_idle_timeout=600"]
    log, env = private / "server.log", environment(private, lab.token)
    with log.open("w") as out, subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT) as server:
        try:
            wait_for(lab, server, log)
            yield lab
        finally:
            server.terminate()


def wait_for(lab: Lab, server: subprocess.Popen, log: Path) -> None:
    """Wait until the server answers, or say why it does not."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the machine is set to
    deadline = monotonic() + START / 1000
    while server.poll() is None and monotonic() < deadline:
        try:
            with direct.open(f"{lab.url}/api/status?token={lab.token}", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


def open_notebook(page: Any, lab: Lab, name: str) -> None:
    """Open a notebook by its path below the served folder, and wait until its kernel is idle."""
    page.goto(f"{lab.url}/lab/workspaces/{secrets.token_hex(4)}?token={lab.token}", timeout=START)
    page.wait_for_function("window.jupyterapp !== undefined", timeout=START)
    page.evaluate(
        """name => {
            jupyterapp.restored.then(() => jupyterapp.commands.execute("docmanager:open", {path: name}))
                .then(panel => window.panel = panel);
        }""",
        name,
    )
    page.wait_for_function("window.panel?.sessionContext.session?.kernel?.status === 'idle'", timeout=START)
    page.wait_for_timeout(2000)  # a Run All sent as soon as the kernel is idle is sometimes lost


def open_again(page: Any, lab: Lab, name: str) -> None:
    """Open a notebook that was saved with its widgets; once more if JupyterLab lost them (see `RESTORED_TOO_SOON`)."""
    for _ in range(3):
        open_notebook(page, lab, name)
        page.wait_for_function("!document.body.innerText.includes('Loading widget...')", timeout=START)
        if not page.get_by_text("Error displaying widget: model not found").count():
            return


def run_all(page: Any, timeout: float = 600_000) -> None:
    """Run every cell and wait until the last one has finished and the kernel is idle."""
    page.evaluate(
        """() => {
            window.ran = false;
            jupyterapp.commands.execute("notebook:run-all-cells").finally(() => window.ran = true);
        }"""
    )
    page.wait_for_function("ran && panel.sessionContext.session.kernel.status === 'idle'", timeout=timeout)


def run_cells(page: Any, numbers: list[int], timeout: float = 600_000) -> None:
    """Run some cells, one after the other, and wait until the last one has finished and the kernel is idle."""
    page.evaluate(
        """async numbers => {
            for (const number of numbers) {
                panel.content.activeCellIndex = number;
                panel.content.deselectAll();
                await jupyterapp.commands.execute("notebook:run-cell");
            }
        }""",
        numbers,
    )
    page.wait_for_function("panel.sessionContext.session.kernel.status === 'idle'", timeout=timeout)


def cells(page: Any) -> list[dict[str, Any]]:
    """Return the notebook's cells as they stand, as nbformat stores them, those off the screen too."""
    return page.evaluate("panel.content.model.toJSON().cells")


def errors(page: Any) -> list[str]:
    """Return the errors that cells ended in, as one line each."""
    outputs = [output for cell in cells(page) for output in cell.get("outputs", [])]
    return [f"{out['ename']}: {out['evalue']}" for out in outputs if out["output_type"] == "error"]


def scroll_to(page: Any, index: int) -> Any:
    """Bring a cell onto the screen (JupyterLab draws only those near it) and return it."""
    page.evaluate("index => panel.content.scrollToItem(index, 'start')", index)
    return page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")


def change_theme(page: Any, theme: str) -> None:
    """Change to "JupyterLab Light" or "JupyterLab Dark"."""
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    light = str(theme.endswith("Light")).lower()
    page.wait_for_function(f"document.body.dataset.jpThemeLight === '{light}'", timeout=START)


def save(page: Any) -> None:
    """Save the notebook."""
    page.evaluate("panel.context.save()")


def shut_kernel(page: Any) -> None:
    """Shut down the kernel of the open notebook, if there is one."""
    page.evaluate("window.panel?.sessionContext.shutdown()")
