"""Every notebook, opened and run from top to bottom by a person who has just installed the course."""

import pytest

from bertlab.launch.bootstrap import ROOT
from tests.browser.jupyterlab import cells, errors, open_notebook, run_all

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_without_an_error(page, lab, screenshot, name):
    open_notebook(page, lab, f"notebooks/{name}")
    run_all(page)
    assert errors(page) == []
    code = [cell for cell in cells(page) if cell["cell_type"] == "code" and cell["source"].strip()]
    assert code
    assert all(cell["execution_count"] for cell in code)
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0  # no question about news, no choice of a kernel
    screenshot(page, name.removesuffix(".ipynb"))
