"""`study` and `test` start what they should, on this Python, with the repository as root."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from bertlab.launch import bootstrap, commands
from bertlab.launch.bootstrap import ROOT
from tests import bare_machine


def options(**asked) -> dict[str, str]:
    """Read back the options that JupyterLab is started with."""
    return dict(word.removeprefix("--").split("=", 1) for word in commands.lab_command(**asked)[3:])


def test_jupyterlab_opens_the_first_notebook_with_the_repository_as_root():
    asked = options()
    assert asked["ServerApp.root_dir"] == str(ROOT)
    assert asked["LabApp.default_url"] == "/lab/tree/notebooks/00_start_here.ipynb"
    assert (ROOT / commands.FIRST_NOTEBOOK).is_file()
    assert commands.lab_command()[0] == sys.executable


def test_the_server_stays_on_this_machine_and_keeps_its_token():
    asked = options(port=9000, browser=False)
    assert asked["ServerApp.ip"] == "127.0.0.1"
    assert not [name for name in asked if "token" in name.lower() or "password" in name.lower()]


def test_port_and_browser_are_passed_on_only_where_asked_for():
    assert options(port=9000, browser=False)["ServerApp.port"] == "9000"
    assert options(port=9000, browser=False)["ServerApp.open_browser"] == "False"
    assert {"ServerApp.port", "ServerApp.open_browser"} & options().keys() == set()


@pytest.mark.parametrize(("user", "root"), [(0, True), (1000, False)])
def test_only_root_is_let_in_as_root(monkeypatch, user, root):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("ServerApp.allow_root" in options()) is root


def test_what_the_user_has_on_the_search_path_is_kept_behind_the_course(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "theirs")
    assert commands.environment()["PYTHONPATH"] == f"{ROOT}{os.pathsep}theirs"
    monkeypatch.delenv("PYTHONPATH")
    assert commands.environment()["PYTHONPATH"] == str(ROOT)


def test_jupyterlab_asks_nothing_about_news():
    folder = commands.environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]
    with open(f"{folder}/labconfig/default_setting_overrides.json") as file:
        settings = json.load(file)["@jupyterlab/apputils-extension:notification"]
    assert settings == {"fetchNews": "false", "checkForUpdates": False}


def test_the_extension_manager_which_asks_the_network_is_off():
    folder = commands.environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]
    with open(f"{folder}/labconfig/default_setting_overrides.json") as file:
        assert json.load(file)["@jupyterlab/extensionmanager-extension:plugin"] == {"enabled": False}


def test_waiting_threads_of_a_kernel_give_their_core_away_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert commands.environment()["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert commands.environment()["OMP_WAIT_POLICY"] == "ACTIVE"


def test_a_kernel_is_this_python_and_finds_the_package_from_the_notebooks_folder(tmp_path):
    user = tmp_path / "kernels" / "python3"  # a kernel that the user once installed, for a Python that is gone
    user.mkdir(parents=True)
    (user / "kernel.json").write_text(json.dumps({"argv": ["/gone/python"], "display_name": "x", "language": "python"}))
    code = (
        "from jupyter_client.manager import start_new_kernel as start\n"
        "manager, client = start()\n"
        "client.execute_interactive('import bertlab, sys; print(sys.executable, bertlab.__file__)')\n"
        "client.stop_channels(); manager.shutdown_kernel(now=True)"
    )
    environment = {**commands.environment(), "JUPYTER_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=ROOT / "notebooks", env=environment, capture_output=True, text=True)
    assert f"{sys.executable} {bootstrap.ROOT / 'bertlab' / '__init__.py'}" in ran.stdout, ran.stderr


def write_notebook(path: Path, saved: str) -> None:
    """Write a notebook whose one cell prints "two", with the output that was saved, to be compared."""
    cell = nbformat.v4.new_code_cell("# NBVAL_CHECK_OUTPUT\nprint('two')", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text=saved)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


@pytest.fixture
def course(tmp_path):
    """A copy of the course with one test and no notebook, which needs only what is installed here."""
    folder = bare_machine.make_copy(tmp_path / "course", {"pytest": "9", "nbval": "0"})
    shutil.copytree(ROOT / "bertlab" / "jupyter", folder / "bertlab" / "jupyter")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(
        "import os\n\ndef test_it():\n    assert 'bertlab' not in os.environ['BERTLAB_PROGRESS']\n\n"
        "def test_other():\n    assert False\n"
    )
    return folder


def test_the_tests_run_where_there_is_no_notebook_and_the_rest_goes_to_pytest(course):
    status, written = bare_machine.run(course, "test", "-q", "-k", "test_it and not other")
    assert (status, written.splitlines()[-1].split(" in ")[0]) == (0, "1 passed, 1 deselected"), written


def test_a_failure_is_the_exit_status(course):
    status, written = bare_machine.run(course, "test", "-q")
    assert status == 1
    assert "1 failed, 1 passed" in written.splitlines()[-1]


def test_every_notebook_is_run_and_compared(course):
    (course / "notebooks").mkdir()
    write_notebook(course / "notebooks" / "00.ipynb", "two\n")
    write_notebook(course / "notebooks" / "01.ipynb", "three\n")
    status, written = bare_machine.run(course, "test", "-q", "--deselect", "tests/test_it.py::test_other")
    assert status == 1
    assert "FAILED notebooks/01.ipynb::Cell 0" in written
    assert "1 failed, 2 passed, 1 deselected" in written.splitlines()[-1]


def test_one_file_can_be_asked_for_and_other_versions_than_the_tested_are_said(course):
    status, written = bare_machine.run(course, "test", "-q", "tests/test_it.py::test_it")
    assert (status, "1 passed" in written) == (0, True), written
    assert written.startswith(f"Not the tested versions: pytest {bootstrap.installed('pytest')} instead of 9")
