"""Each thing that can be wrong is found, and the doctor says what to do about it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from huggingface_hub import constants
from jupyter_core import paths

from bertlab import checkpoints
from bertlab.launch import bootstrap, checks, doctor
from tests import bare_machine, small_checkpoint


def test_here_all_is_well(capsys):
    assert doctor.report() == 0, capsys.readouterr().out
    written = capsys.readouterr().out
    assert written.endswith("\nAll is well.\n")
    assert [line.split()[1] for line in written.splitlines() if line.startswith("ok")] == [
        "Python",
        "folder",
        "environment",
        "packages",
        "memory",
        "disk",
        "checkpoint",
        "progress",
        "Jupyter",
        "widgets",
    ]


def test_what_is_wrong_stands_with_what_to_do_and_the_status_says_so(monkeypatch, capsys):
    wrong = checks.Finding("disk", "0.1 GB free", "make room")
    monkeypatch.setattr(doctor, "CHECKS", (checks.python, lambda: wrong))
    assert doctor.report() == 1
    written = capsys.readouterr().out
    assert "WRONG  disk         0.1 GB free\n                    What to do: make room\n" in written
    assert "1 of 2 things are wrong." in written


def test_without_the_packages_it_reports_and_installs_nothing(tmp_path):
    folder = bare_machine.make_copy(tmp_path / "course", {"no-such-package": "1.0"})
    shutil.copytree(checkpoints.EMBEDDED, folder / "data" / "checkpoints" / "bertlab-mini")
    status, written = bare_machine.run(folder, "doctor")
    assert status == 1
    assert "1 are missing: no-such-package" in written
    assert "study`: it installs them" in written
    assert "1 of 10 things are wrong" in written
    assert not (folder / ".venv").exists()


def test_another_version_is_named_with_the_command_that_puts_it_right(monkeypatch):
    pins = {**bootstrap.pins(), "numpy": "1.0", "no-such-package-here": "3"}
    monkeypatch.setattr(bootstrap, "pins", lambda: pins)
    finding = checks.packages()
    assert finding.seen == f"1 differ from the tested versions: numpy {bootstrap.installed('numpy')} instead of 1.0"
    assert finding.todo.endswith("-m pip install -c constraints.txt numpy")


@pytest.mark.parametrize(("gigabytes", "well"), [(2.9, False), (3.1, True)])
def test_too_little_memory_is_found(monkeypatch, gigabytes, well):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=gigabytes * 1e9, total=8e9))
    finding = checks.memory()
    assert finding.seen == f"{gigabytes:.1f} GB free of 8.0 GB"
    assert (finding.todo == "") is well


@pytest.mark.parametrize(("gigabytes", "missing", "well"), [(0.9, [], False), (2, [], True), (2, ["torch"], False)])
def test_too_little_disk_is_found_and_more_is_needed_before_the_installation(monkeypatch, gigabytes, missing, well):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda path: SimpleNamespace(free=gigabytes * 1e9))
    monkeypatch.setattr(bootstrap, "missing", lambda: missing)
    assert (checks.disk().todo == "") is well


def test_a_damaged_checkpoint_is_found(monkeypatch):
    monkeypatch.setattr(checkpoints, "damaged", lambda: ["model.safetensors is missing (expected SHA-256 53aa)"])
    finding = checks.checkpoint()
    assert "53aa" in finding.seen
    assert "git checkout -- data/checkpoints" in finding.todo


def test_a_place_for_progress_that_cannot_be_written_is_found(monkeypatch, tmp_path, progress_file):
    assert checks.progress() == checks.Finding("progress", f"kept in {progress_file}")
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("BERTLAB_PROGRESS", str(tmp_path / "a-file" / "progress.sqlite"))
    assert "BERTLAB_PROGRESS" in checks.progress().todo


def test_a_stale_widget_that_jupyterlab_would_take_instead_is_found(monkeypatch, tmp_path):
    own = paths.jupyter_path()
    stale = tmp_path / "labextensions" / "@jupyter-widgets" / "jupyterlab-manager"
    stale.mkdir(parents=True)
    (stale / "package.json").write_text("{}")
    monkeypatch.setattr(paths, "jupyter_path", lambda: [str(tmp_path), *own])
    assert checks.widgets().todo == f"delete {stale}"


def test_a_widget_whose_part_in_jupyterlab_is_gone_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "jupyter_path", lambda: [str(tmp_path)])
    finding = checks.widgets()
    assert "JupyterLab finds nothing" in finding.seen
    assert finding.todo.endswith("-m pip install --force-reinstall jupyterlab-widgets")


def test_an_embedded_file_list_is_where_the_doctor_looks():
    assert Path(checkpoints.EMBEDDED, checkpoints.SUMS).is_file()


def test_an_embedded_bert_that_is_whole_is_not_enough_where_another_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", str(tmp_path))
    finding = checks.checkpoint()
    assert "is no whole checkpoint" in finding.seen
    assert "unset the environment variable BERTLAB_CHECKPOINT" in finding.todo


def test_a_model_of_the_hub_that_is_not_here_yet_is_nothing_wrong_and_not_downloaded(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("BERTLAB_CHECKPOINT", "bert-base-uncased")
    assert checks.checkpoint() == checks.Finding(
        "checkpoint", "bert-base-uncased is not on this machine yet: the first use downloads it"
    )


def test_another_bert_that_is_whole_is_well(monkeypatch, tmp_path):
    folder = small_checkpoint.save(tmp_path / "mine")
    monkeypatch.setenv("BERTLAB_CHECKPOINT", str(folder))
    assert checks.checkpoint() == checks.Finding("checkpoint", f"{folder}: a whole BERT, in {folder}")


def fail_to_import():
    raise ModuleNotFoundError("No module named 'jupyter_core'", name="jupyter_core.paths")


def fail():
    raise RuntimeError("boom")


def test_what_cannot_even_be_looked_at_is_a_finding_and_the_others_still_come(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "CHECKS", (fail_to_import, fail, checks.python))
    assert doctor.report() == 1
    written = capsys.readouterr().out
    assert "the package jupyter_core is missing" in written
    assert "pip install -c constraints.txt jupyter_core" in written
    assert "RuntimeError: boom" in written
    assert "ok     Python" in written


@pytest.mark.parametrize("name", ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"])
def test_a_folder_of_jupyters_that_cannot_be_written_is_found(monkeypatch, tmp_path, name):
    assert checks.jupyter().todo == ""
    (tmp_path / "a-file").touch()
    monkeypatch.setenv(name, str(tmp_path / "a-file" / "below"))
    assert name in checks.jupyter().todo


def test_a_course_in_a_folder_that_cannot_be_written_is_found(monkeypatch):
    assert checks.folder().todo == ""
    monkeypatch.setattr(checks, "writable", lambda place: False)
    assert checks.folder().todo == "copy the course into a folder of your own"


def test_a_home_for_progress_that_nobody_has_is_explained(monkeypatch):
    monkeypatch.setenv("BERTLAB_PROGRESS", "~nobody-of-this-name/progress.sqlite")
    assert "no such user" in checks.progress().seen
    assert "BERTLAB_PROGRESS" in checks.progress().todo


@pytest.mark.parametrize(
    ("made", "missing", "todo"),
    [
        (None, ["torch"], ""),
        ("bertlab-installed.txt", ["torch"], "it finishes or repairs the installation"),
        ("somebodys.txt", ["torch"], "rename or delete"),
        ("somebodys.txt", [], ""),
    ],
)
def test_an_environment_that_does_not_work_is_found(monkeypatch, tmp_path, made, missing, todo):
    venv = tmp_path / ".venv"
    if made:
        venv.mkdir()
        (venv / made).write_bytes(b"\xff\xfe")
    monkeypatch.setattr(checks, "VENV", venv)
    monkeypatch.setattr(bootstrap, "MARKER", venv / "bertlab-installed.txt")
    monkeypatch.setattr(bootstrap, "missing", lambda: missing)
    monkeypatch.setattr(bootstrap, "inside_venv", lambda: False)
    finding = checks.environment()
    assert todo in finding.todo
    assert bool(todo) == bool(finding.todo)
