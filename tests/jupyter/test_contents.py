"""The server that `study` starts hands out no widgets that somebody else saved: JupyterLab would run their code."""

import json
import urllib.request

import nbformat
import pytest

from tests.browser.jupyterlab import serve

WIDGETS = {"application/vnd.jupyter.widget-state+json": {"version_major": 2, "version_minor": 0, "state": {}}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    root, private = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("private")
    with serve(root, private) as lab:
        yield lab


def make_notebook() -> dict:
    return nbformat.v4.new_notebook(metadata={"widgets": WIDGETS}, cells=[nbformat.v4.new_code_cell("1")])


def ask(lab, name: str, notebook: dict | None = None) -> dict:
    """Read a notebook as JupyterLab does, or save one."""
    body = None if notebook is None else json.dumps({"type": "notebook", "content": notebook}).encode()
    headers = {"Authorization": f"token {lab.token}", "Content-Type": "application/json"}
    address = f"{lab.url}/api/contents/{name}"
    request = urllib.request.Request(address, body, headers, method="GET" if body is None else "PUT")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=60) as answer:
        return json.load(answer)


def test_widgets_in_a_notebook_from_elsewhere_are_not_handed_out(lab):
    nbformat.write(make_notebook(), lab.root / "foreign.ipynb")
    assert "widgets" not in ask(lab, "foreign.ipynb")["content"]["metadata"]
    assert "widgets" in nbformat.read(lab.root / "foreign.ipynb", 4).metadata, "the file itself is left as it is"


def test_nor_those_of_one_that_is_uploaded_although_saving_it_signs_it(lab):
    ask(lab, "uploaded.ipynb", make_notebook())
    assert "widgets" not in ask(lab, "uploaded.ipynb")["content"]["metadata"]


def test_what_was_run_and_saved_here_keeps_its_widgets(lab):
    nbformat.write(nbformat.v4.new_notebook(), lab.root / "mine.ipynb")
    ask(lab, "mine.ipynb", make_notebook())
    assert ask(lab, "mine.ipynb")["content"]["metadata"]["widgets"] == WIDGETS


def test_an_untrusted_notebook_stays_so_when_it_is_saved(lab):
    notebook = make_notebook()
    output = nbformat.v4.new_output("display_data", {"text/html": "<script>1</script>"})
    notebook["cells"][0]["outputs"] = [output]
    nbformat.write(notebook, lab.root / "unrun.ipynb")
    ask(lab, "unrun.ipynb", notebook)
    assert "widgets" not in ask(lab, "unrun.ipynb")["content"]["metadata"]
