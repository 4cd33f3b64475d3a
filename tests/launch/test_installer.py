"""Making `.venv`: once, whole, and again whenever it is not."""

import errno
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from bertlab.__main__ import main
from bertlab.launch import bootstrap, environment, installer
from bertlab.launch.pip_progress import PipFailedError, Progress
from bertlab.launch.trouble import InstallError
from tests import bare_machine

RAN = "import sys, bertlab; print('ran in', sys.prefix, 'with', bertlab.__file__, *sys.argv[1:])"
PINS = {"torch": "2.13.0", "pytest": "9.9.9", "tinyfriend": "1.0", "tinypackage": "1.0"}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    bare_machine.make_wheel(folder, "torch", "2.13.0+cpu")
    bare_machine.make_wheel(folder, "pytest", "9.9.9", main=RAN)
    bare_machine.make_wheel(folder, "tinyfriend", "1.0")
    bare_machine.make_wheel(folder, "tinypackage", "1.0")
    bare_machine.make_wheel(folder, "tinypackage", "1.1")
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory, wheels):
    """A copy of the course after its first start, with what that start wrote."""
    folder = bare_machine.make_copy(tmp_path_factory.mktemp("with space") / "course", PINS)
    status, written = bare_machine.run(folder, "test", "-k", "some thing", wheels=wheels)
    return folder, status, written


def test_the_first_start_says_what_it_does_installs_and_goes_on(course):
    folder, status, written = course
    assert status == 0, written
    before, after = written.split("Packages: installed")
    assert f"a Python environment is made in {folder / '.venv'}" in before
    assert "is downloaded into it: about" in before
    assert f"ran in {folder / '.venv'}" in after
    assert "-k some thing" in after


def test_the_second_start_asks_no_pip(course, wheels):
    folder, *_ = course
    log = folder / ".venv" / "install.log"
    size = log.stat().st_size
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert status == 0
    assert written.startswith("ran in")
    assert log.stat().st_size == size


def test_a_kernel_started_anywhere_finds_the_package(course):
    folder, *_ = course
    (pth,) = (folder / ".venv").rglob("bertlab.pth")
    assert pth.read_text() == str(folder)
    assert pth.parent.name == "site-packages"


def test_other_pins_bring_the_environment_up_to_date(course, wheels):
    folder, *_ = course
    bare_machine.write_pins(folder, {**PINS, "tinypackage": "1.1"})
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert status == 0, written
    assert "up to date" in written
    assert "made in" not in written
    assert list((folder / ".venv").rglob("tinypackage-1.1.dist-info"))


def test_an_unfinished_environment_is_made_again_once_by_two_starts_at_once(course, wheels):
    folder, *_ = course
    (folder / ".venv" / "bertlab-installed.txt").write_text(environment.UNFINISHED)
    (folder / ".venv" / "half-written").mkdir()
    starts = [bare_machine.start(folder, "test", wheels=wheels) for _ in range(2)]
    written = sorted((start.communicate(timeout=300)[0] for start in starts), key=len)
    assert [start.returncode for start in starts] == [0, 0], written
    assert "waiting for it" in written[0]
    assert "made in" not in written[0]
    assert "made in" in written[1]
    assert not (folder / ".venv" / "half-written").exists()


def test_a_failure_says_what_to_do_and_the_next_start_repairs_it(course, wheels):
    folder, *_ = course
    bare_machine.write_pins(folder, {**PINS, "tinypackage": "7.7"})
    status, written = bare_machine.run(folder, "study", wheels=wheels)
    assert status == 1
    assert "Cannot install tinypackage" in written
    assert "start the same command again" in written
    bare_machine.write_pins(folder, PINS)
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert (status, "ran in" in written) == (0, True), written


def site_packages(folder):
    (pth,) = (folder / ".venv").rglob("bertlab.pth")
    return pth.parent


@pytest.mark.parametrize("lost", ["tinypackage", "tinypackage-1.0.dist-info"])
def test_a_package_that_was_lost_is_installed_again(course, wheels, lost):
    folder, *_ = course
    shutil.rmtree(site_packages(folder) / lost)
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert (status, "ran in" in written) == (0, True), written
    assert (site_packages(folder) / lost).is_dir()


def test_a_package_that_lies_elsewhere_on_the_search_path_is_installed_all_the_same(course, wheels, tmp_path):
    folder, *_ = course
    shutil.move(site_packages(folder) / "tinypackage", tmp_path)
    shutil.move(site_packages(folder) / "tinypackage-1.0.dist-info", tmp_path)
    path = os.pathsep.join([str(bare_machine.GUARD), str(tmp_path)])
    status, written = bare_machine.run(folder, "test", wheels=wheels, PYTHONPATH=path)
    assert status == 0, written
    assert (site_packages(folder) / "tinypackage").is_dir()


def test_an_environment_whose_python_is_gone_is_made_again(course, wheels):
    folder, *_ = course
    python = bootstrap.venv_python(folder / ".venv")
    python.unlink()
    python.symlink_to(folder / "no-such-python")
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert (status, "ran in" in written) == (0, True), written
    assert "does not work any more" in written


def test_a_marker_that_is_no_text_costs_one_more_look(course, wheels):
    folder, *_ = course
    (folder / ".venv" / "bertlab-installed.txt").write_bytes(b"\xff\xfe")
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert (status, "ran in" in written) == (0, True), written
    assert "up to date" in written


def test_a_start_that_is_killed_while_the_environment_is_made_is_repaired_by_the_next(tmp_path, wheels):
    folder = bare_machine.make_copy(tmp_path / "course", PINS)
    first = bare_machine.start(folder, "test", wheels=wheels)
    while not (folder / ".venv" / "pyvenv.cfg").exists():
        assert first.poll() is None
        time.sleep(0.01)
    first.kill()
    first.communicate()
    status, written = bare_machine.run(folder, "test", wheels=wheels)
    assert (status, "ran in" in written) == (0, True), written
    assert "waiting for it" in written


def test_offline_it_says_so_at_once(tmp_path):
    folder = bare_machine.make_copy(tmp_path / "course", PINS)
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": ""}
    status, written = bare_machine.run(folder, "study", **nowhere)
    assert status == 1
    assert "the network can't be reached" in written
    assert "conflicting" not in written
    assert "2.7 GB with CUDA (5 GB" not in written
    assert "Traceback" not in written


@pytest.mark.parametrize("kind", ["a file", "a link to nothing"])
def test_what_stands_in_the_place_of_the_environment_is_not_touched(tmp_path, kind):
    folder = bare_machine.make_copy(tmp_path / "course", PINS)
    venv = folder / ".venv"
    venv.write_text("mine") if kind == "a file" else venv.symlink_to(tmp_path / "nowhere")
    status, written = bare_machine.run(folder, "study")
    assert (status, "Traceback" in written) == (1, False), written
    assert f"{venv} is there, but is no folder: rename or delete it" in written
    assert venv.is_symlink() or venv.read_text() == "mine"


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "Copy the course into a folder of your own"),
        (errno.EACCES, "Copy the course into a folder of your own"),
        (errno.EIO, "Start the same command again"),
    ],
)
def test_an_error_of_the_system_becomes_a_sentence(monkeypatch, capsys, code, todo):
    def fail():
        raise OSError(code, os.strerror(code), "/somewhere")

    monkeypatch.setattr(bootstrap, "ready", lambda: None)
    monkeypatch.setattr(installer, "make_folder", fail)
    assert main(["study"]) == 1
    written = capsys.readouterr().err
    assert todo in written
    assert "/somewhere" in written


@pytest.mark.parametrize(
    ("said", "todo"), [("No space left on device", "Free some space"), ("No module named ensurepip", "python3-venv")]
)
def test_where_no_environment_can_be_made_the_reason_decides_what_to_do(monkeypatch, tmp_path, said, todo):
    for name in ("VENV", "MARKER", "LOCK"):
        monkeypatch.setattr(environment, name, tmp_path / name if name != "VENV" else tmp_path)
    monkeypatch.setattr(bootstrap, "MARKER", tmp_path / "MARKER")
    monkeypatch.setattr(bootstrap, "inside_venv", lambda: False)
    monkeypatch.setattr(environment, "works", lambda: False)
    failed = subprocess.CompletedProcess([], 1, stdout=said)
    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(InstallError, match=f"(?s){said}.*{todo}"):
        environment.make_environment()


def test_ctrl_c_is_no_traceback(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "ready", interrupt)
    assert main(["study"]) == 130
    assert "Stopped" in capsys.readouterr().err


def test_a_strangers_folder_is_left_alone(tmp_path):
    folder = bare_machine.make_copy(tmp_path / "course", PINS)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "somebodys.txt").write_text("mine")
    status, written = bare_machine.run(folder, "study")
    assert status == 1
    assert "rename or delete it" in written
    assert (folder / ".venv" / "somebodys.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("system", "machine", "bits"),
    [("darwin", "x86_64", 64), ("win32", "AMD64", 32), ("win32", "ARM64", 64), ("linux", "i686", 32)],
)
def test_a_machine_without_a_pytorch_is_refused_before_any_download(system, machine, bits):
    with pytest.raises(InstallError, match=re.escape(machine)):
        installer.check_machine(system, machine, bits=bits)


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "aarch64")])
def test_a_machine_with_a_pytorch_is_accepted(system, machine):
    assert installer.check_machine(system, machine, bits=64) is None


def calls_of_pip(monkeypatch, *, system: str, card: bool, fails: int) -> list[tuple[str, ...]]:
    """Record how pip is called for PyTorch where its first `fails` calls do not succeed."""
    calls: list[tuple[str, ...]] = []

    def pip(title, *arguments):
        calls.append(arguments)
        if len(calls) <= fails:
            raise PipFailedError("not to be had")

    monkeypatch.setattr(installer, "pip", pip)
    monkeypatch.setattr(installer, "nvidia", lambda: card)
    monkeypatch.setattr(installer.sys, "platform", system)
    installer.install_torch()
    return calls


def test_a_pytorch_on_this_machine_is_taken_as_it_is(monkeypatch):
    (only,) = calls_of_pip(monkeypatch, system="linux", card=False, fails=0)
    assert only == ("--no-index", "--no-deps", f"torch=={bootstrap.pins()['torch']}")


def test_linux_without_a_card_asks_for_the_cpu_build_once(monkeypatch):
    _, asked = calls_of_pip(monkeypatch, system="linux", card=False, fails=1)
    assert asked[-1] == f"torch=={bootstrap.pins()['torch']}+cpu"
    assert asked[:3] == ("--no-deps", "--index-url", installer.CPU_WHEELS)
    assert "--retries 0" in " ".join(asked)


def test_where_it_cannot_be_had_the_size_of_the_ordinary_build_is_said(monkeypatch, capsys):
    assert len(calls_of_pip(monkeypatch, system="linux", card=False, fails=2)) == 2
    assert "2.7 GB with CUDA" in capsys.readouterr().out


@pytest.mark.parametrize(("system", "card"), [("linux", True), ("darwin", False), ("win32", False)])
def test_elsewhere_the_ordinary_build_is_the_right_one(monkeypatch, system, card):
    assert len(calls_of_pip(monkeypatch, system=system, card=card, fails=1)) == 1


def test_the_progress_line_follows_pip(tmp_path):
    progress = Progress("Packages", 140, tmp_path)
    said = []
    for line in (
        "Collecting numpy (from -c constraints.txt (line 84))",
        "  Downloading numpy-2.4.6-cp311-cp311-win_amd64.whl.metadata (6.6 kB)",
        "Downloading numpy-2.4.6-cp311-cp311-win_amd64.whl (16.6 MB)",
        "Using cached h11-0.16.0-py3-none-any.whl (37 kB)",
        "Processing /wheels/rich-15.0.0-py3-none-any.whl (from bertlab)",
        "Installing collected packages: numpy, h11, rich",
    ):
        progress.see(line)
        said.append(str(progress))
    assert said == [
        "Packages: looking up 1 of about 140, numpy",
        "Packages: looking up 1 of about 140, numpy",
        "Packages: downloading 1 of about 140, numpy (16.6 MB)",
        "Packages: downloading 2 of about 140, h11 (37 kB)",
        "Packages: downloading 3 of about 140, rich",
        "Packages: unpacking 0 of 3",
    ]
    (tmp_path / "numpy-2.4.6.dist-info").mkdir()
    assert str(progress) == "Packages: unpacking 1 of 3"


def test_on_a_terminal_the_line_is_redrawn_within_its_width(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "30")
    progress = Progress("Packages", 140, tmp_path)
    progress.see("Collecting a-package-with-a-very-long-name")
    progress.draw()
    assert capsys.readouterr().out == "\rPackages: looking up 1 of abo"
