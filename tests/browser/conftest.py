"""The browser tests' fixtures: one JupyterLab and one Chromium for the session, a watched page for each test."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from bertlab.launch.bootstrap import ROOT
from tests.browser import widgets
from tests.browser.browser import chromium, watched_page
from tests.browser.jupyterlab import Lab, serve, shut_kernel

RESULTS = ROOT / "test-results"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for all tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all tests, on a copy of the notebooks: the committed ones stay as they are."""
    root = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with serve(root, tmp_path_factory.mktemp("jupyter")) as lab:
        yield lab


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of the test's own, watched for errors; its kernel goes with it, for the next one needs the memory."""
    with watched_page(browser) as page:
        yield page
        shut_kernel(page)


@pytest.fixture(scope="session")
def notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with one notebook in which every widget has been run, for all tests of widgets."""
    with widgets.run_notebook(browser, lab, "widgets.ipynb", widgets.CODE) as page:
        yield page


@pytest.fixture
def widget(notebook: Any) -> Callable[[int], Any]:
    """Return the widget of a cell, brought onto the screen."""

    return partial(widgets.find_widget, notebook)


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Any, str], None]:
    """Take a picture of a page or of a part of it into `test-results/`, which git ignores."""
    RESULTS.mkdir(exist_ok=True)
    return lambda target, name: target.screenshot(path=RESULTS / f"{name}.png", animations="disabled")
