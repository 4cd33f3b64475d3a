"""Each thing that can be wrong is found, and the doctor says what to do about it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from jupyter_core import paths

from bertlab import checkpoints
from bertlab.launch import bootstrap, doctor
from tests import bare_machine


def test_here_all_is_well(capsys):
    assert doctor.report() == 0, capsys.readouterr().out
    written = capsys.readouterr().out
    assert written.endswith("\nAll is well.\n")
    assert [line.split()[1] for line in written.splitlines() if line.startswith("ok")] == [
        "Python",
        "packages",
        "memory",
        "disk",
        "checkpoint",
        "progress",
        "widgets",
    ]


def test_what_is_wrong_stands_with_what_to_do_and_the_status_says_so(monkeypatch, capsys):
    wrong = doctor.Finding("disk", "0.1 GB free", "make room")
    monkeypatch.setattr(doctor, "CHECKS", (doctor.python, lambda: wrong))
    assert doctor.report() == 1
    written = capsys.readouterr().out
    assert "WRONG  disk        0.1 GB free\n                   What to do: make room\n" in written
    assert "1 of 2 things are wrong." in written


def test_without_the_packages_it_reports_and_installs_nothing(tmp_path):
    folder = bare_machine.make_copy(tmp_path / "course", {"no-such-package": "1.0"})
    shutil.copytree(checkpoints.EMBEDDED, folder / "data" / "checkpoints" / "bertlab-mini")
    status, written = bare_machine.run(folder, "doctor")
    assert status == 1
    assert "1 are missing: no-such-package" in written
    assert "study`: it installs them" in written
    assert "1 of 7 things are wrong" in written
    assert not (folder / ".venv").exists()


def test_another_version_is_named_with_the_command_that_puts_it_right(monkeypatch):
    pins = {**bootstrap.pins(), "numpy": "1.0", "no-such-package-here": "3"}
    monkeypatch.setattr(bootstrap, "pins", lambda: pins)
    finding = doctor.packages()
    assert finding.seen == f"1 differ from the tested versions: numpy {bootstrap.installed('numpy')} instead of 1.0"
    assert finding.todo.endswith("-m pip install -c constraints.txt numpy")


@pytest.mark.parametrize(("gigabytes", "well"), [(1.4, False), (1.6, True)])
def test_too_little_memory_is_found(monkeypatch, gigabytes, well):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=gigabytes * 1e9, total=8e9))
    finding = doctor.memory()
    assert finding.seen == f"{gigabytes:.1f} GB free of 8.0 GB"
    assert (finding.todo == "") is well


@pytest.mark.parametrize(("gigabytes", "missing", "well"), [(0.9, [], False), (2, [], True), (2, ["torch"], False)])
def test_too_little_disk_is_found_and_more_is_needed_before_the_installation(monkeypatch, gigabytes, missing, well):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=gigabytes * 1e9))
    monkeypatch.setattr(bootstrap, "missing", lambda: missing)
    assert (doctor.disk().todo == "") is well


def test_a_damaged_checkpoint_is_found(monkeypatch):
    monkeypatch.setattr(checkpoints, "damaged", lambda: ["model.safetensors is missing (expected SHA-256 53aa)"])
    finding = doctor.checkpoint()
    assert "53aa" in finding.seen
    assert "git checkout -- data/checkpoints" in finding.todo


def test_a_place_for_progress_that_cannot_be_written_is_found(monkeypatch, tmp_path, progress_file):
    assert doctor.progress() == doctor.Finding("progress", f"kept in {progress_file}")
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("BERTLAB_PROGRESS", str(tmp_path / "a-file" / "progress.sqlite"))
    assert "BERTLAB_PROGRESS" in doctor.progress().todo


def test_a_stale_widget_that_jupyterlab_would_take_instead_is_found(monkeypatch, tmp_path):
    own = paths.jupyter_path()
    stale = tmp_path / "labextensions" / "@jupyter-widgets" / "jupyterlab-manager"
    stale.mkdir(parents=True)
    (stale / "package.json").write_text("{}")
    monkeypatch.setattr(paths, "jupyter_path", lambda: [str(tmp_path), *own])
    assert doctor.widgets().todo == f"delete {stale}"


def test_a_widget_whose_part_in_jupyterlab_is_gone_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "jupyter_path", lambda: [str(tmp_path)])
    finding = doctor.widgets()
    assert "JupyterLab finds nothing" in finding.seen
    assert finding.todo.endswith("-m pip install --force-reinstall jupyterlab-widgets")


def test_an_embedded_file_list_is_where_the_doctor_looks():
    assert Path(checkpoints.EMBEDDED, checkpoints.SUMS).is_file()
