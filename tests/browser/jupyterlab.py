"""A real JupyterLab and a real browser: start them, open a notebook, run it, read what it shows."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import pytest

from bertlab import commands

START = 180_000
"""Milliseconds that JupyterLab or a kernel may take to start on a busy machine."""

FLAGS = [
    "--no-sandbox",  # root, as in most containers, cannot have the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OUTSIDE = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")


class Lab(NamedTuple):
    """A running server: its address, its token and the folder it serves."""

    url: str
    token: str
    root: Path


def no_browser(reason: str) -> NoReturn:
    """Skip with the reason, or fail where a browser is required (`BERTLAB_REQUIRE_BROWSER=1`, as in CI)."""
    if os.environ.get("BERTLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and BERTLAB_REQUIRE_BROWSER=1 asks for one")
    pytest.skip(f"{reason}: browser tests need Playwright and Chromium or Chrome", allow_module_level=True)


def sync_api() -> ModuleType:
    """Return `playwright.sync_api`, which not every platform can install."""
    try:
        from playwright import sync_api
    except ImportError:
        no_browser("Playwright is not installed")
    return sync_api


def find_chromium() -> str:
    """Return the browser that `BERTLAB_CHROMIUM` names, or the first Chromium or Chrome on the path."""
    named = os.environ.get("BERTLAB_CHROMIUM")
    found = filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"]))
    return named or next(found, None) or no_browser("no Chromium on the path, and none named in BERTLAB_CHROMIUM")


@contextmanager
def chromium() -> Iterator[Any]:
    """Run a headless browser until the block ends."""
    with sync_api().sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS, timeout=120_000)
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Any) -> Iterator[Any]:
    """Open a page; fail on any error in it, failed request, or request beyond this machine, when the block ends."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    problems: list[str] = []

    def refuse(route: Any) -> None:
        problems.append(f"request beyond this machine: {route.request.url}")
        route.abort()

    def failed(request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # broken off by the page itself, as when a test opens another one
            problems.append(f"failed: {request.url} ({request.failure})")

    context.route(OUTSIDE, refuse)
    page.on("console", lambda message: message.type == "error" and problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on("requestfailed", failed)
    page.on("response", lambda answer: answer.status >= 400 and problems.append(f"{answer.status}: {answer.url}"))
    yield page
    seen = list(problems)  # what closing breaks off is no fault of the page
    page.evaluate("window.jupyterapp?.serviceManager.sessions.shutdownAll()")  # the next test needs the memory
    context.close()
    assert not seen, "\n".join(seen)


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


def run_all(page: Any, timeout: float = 600_000) -> None:
    """Run every cell and wait until the last one has finished and the kernel is idle."""
    page.evaluate(
        """() => {
            window.ran = false;
            jupyterapp.commands.execute("notebook:run-all-cells").finally(() => window.ran = true);
        }"""
    )
    page.wait_for_function("ran && panel.sessionContext.session.kernel.status === 'idle'", timeout=timeout)


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
