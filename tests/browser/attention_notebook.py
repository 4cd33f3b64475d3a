"""The notebook of all views of attention, run once for all test files that name this module in `pytest_plugins`."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.attention import CODE
from tests.browser.jupyterlab import Lab
from tests.browser.widgets import run_notebook


@pytest.fixture(scope="session")
def attention_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the notebook `attention.ipynb`, in which every view of attention has been run."""
    with run_notebook(browser, lab, "attention.ipynb", CODE) as page:
        yield page
