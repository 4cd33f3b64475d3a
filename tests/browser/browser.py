"""A real browser: find one, start it, and open pages that notice every error."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

import pytest

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


def no_browser(reason: str) -> NoReturn:
    """Skip with the reason, or fail where a browser is required (`BERTLAB_REQUIRE_BROWSER=1`, as in CI)."""
    if os.environ.get("BERTLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and BERTLAB_REQUIRE_BROWSER=1 asks for one")
    pytest.skip(f"{reason}: browser tests need Playwright and Chromium or Chrome", allow_module_level=True)


def sync_api() -> ModuleType:
    """Return `playwright.sync_api`, which not every platform can install, with patience for a busy machine."""
    try:
        from playwright import sync_api
    except ImportError:
        no_browser("Playwright is not installed")
    sync_api.expect.set_options(timeout=30_000)
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


RESTORED_TOO_SOON = "console: Error: widget model not found"
"""If the kernel's connection comes back while JupyterLab's widget manager still loads the states that a notebook was
saved with, it takes them for loaded and gives up on its widgets. `open_again` opens such a notebook once more."""


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
    seen = [problem for problem in problems if not problem.startswith(RESTORED_TOO_SOON)]
    context.close()  # what this breaks off is no fault of the page
    assert not seen, "\n".join(seen)
