"""The notebook of all views of attention, run once for all test files that name this module in `pytest_plugins`."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.attention import CODE
from tests.browser.browser import watched_page
from tests.browser.jupyterlab import Lab, errors, open_notebook, run_all, shut_kernel
from tests.browser.widgets import write_notebook


@pytest.fixture(scope="session")
def attention_notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page with the notebook `attention.ipynb`, in which every view of attention has been run."""
    write_notebook(lab, "attention.ipynb", CODE)
    with watched_page(browser) as page:
        open_notebook(page, lab, "attention.ipynb")
        run_all(page)
        assert errors(page) == []
        yield page
        shut_kernel(page)
