"""From nothing but Python to a command that runs: which Python, what is missing, and how it gets there."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from bertlab.__main__ import main, read
from bertlab.launch import bootstrap

STARTING = ("__init__", "__main__", "constants", "launch/__init__", "launch/bootstrap")
"""The modules that an old Python must be able to read, to say that it is too old."""

CHECKPOINTS = ("checkpoints/__init__", "checkpoints/folder", "checkpoints/files", "checkpoints/hub")
"""The modules that the doctor needs, also where nothing is installed."""
LAUNCH = bootstrap.ROOT / "bertlab" / "launch"


@pytest.mark.parametrize("module", STARTING)
def test_an_old_python_can_read_what_tells_it_so(module):
    ast.parse((bootstrap.ROOT / "bertlab" / f"{module}.py").read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("module", ["__main__", "launch/bootstrap"])
def test_what_an_old_python_reads_has_annotations_that_it_need_not_understand(module):
    tree = ast.parse((bootstrap.ROOT / "bertlab" / f"{module}.py").read_text())
    assert any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


@pytest.mark.parametrize("module", [*STARTING, *(f"launch/{path.stem}" for path in LAUNCH.glob("*.py")), *CHECKPOINTS])
def test_only_the_standard_library_is_imported_at_the_top(module):
    tree = ast.parse((bootstrap.ROOT / "bertlab" / f"{module}.py").read_text())
    imported = {name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {*sys.stdlib_module_names, "bertlab"}


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, bertlab.__main__; sys.exit(any(m in sys.modules for m in ('torch', 'numpy', 'jupyterlab')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 0), (3, 13, 9)])
def test_a_python_that_works_is_accepted(version):
    assert bootstrap.unsupported(version) is None


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 14, 0)])
def test_another_python_is_refused_with_one_that_works(version, monkeypatch):
    monkeypatch.setattr(bootstrap, "runs", lambda start: start == ["python3.12"])
    message = bootstrap.unsupported(version)
    assert "3.11 to 3.13" in message
    assert bootstrap.dotted(version) in message
    assert "python3.12 -m bertlab study" in message


def test_where_no_python_works_the_message_says_where_to_get_one(monkeypatch):
    monkeypatch.setattr(bootstrap, "runs", lambda start: False)
    assert "Install Python 3.13 from python.org" in bootstrap.unsupported((3, 9, 1))


def test_a_python_that_is_only_a_stand_in_is_not_suggested(monkeypatch, tmp_path):
    stand_in = tmp_path / "python3.13"
    stand_in.write_text("#!/bin/sh\nexit 127\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert not bootstrap.runs(["python3.13"])
    assert bootstrap.runs([sys.executable])
    assert not bootstrap.runs(["no-such-python"])


def test_a_package_without_its_notebooks_and_data_is_refused_with_what_to_do(monkeypatch, tmp_path, capsys):
    assert bootstrap.uprooted() is None
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    assert main(["doctor"]) == 1
    assert "`pip install -e .`" in capsys.readouterr().err


def test_a_relative_path_means_the_folder_where_the_person_stands(monkeypatch, tmp_path):
    (tmp_path / "my-bert").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BERTLAB_CHECKPOINT", "my-bert")
    monkeypatch.setenv("BERTLAB_PROGRESS", "mine.sqlite")
    bootstrap.anchor()
    assert os.environ["BERTLAB_CHECKPOINT"] == str(tmp_path / "my-bert")
    assert os.environ["BERTLAB_PROGRESS"] == str(tmp_path / "mine.sqlite")


@pytest.mark.parametrize("name", ["bert-base-uncased", "~/my-bert", ""])
def test_a_name_of_the_hub_and_a_home_stay_as_they_are(monkeypatch, name):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", name)
    bootstrap.anchor()
    assert os.environ["BERTLAB_CHECKPOINT"] == name


@pytest.mark.parametrize("port", ["-1", "0", "65536", "99999", "http"])
def test_a_port_that_there_is_not_is_refused(capsys, port):
    with pytest.raises(SystemExit):
        read(["study", f"--port={port}"])
    assert "give a number from 1 to 65535" in capsys.readouterr().err


def test_the_command_refuses_at_once(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "unsupported", lambda: "this Python is too old")
    assert main(["study"]) == 1
    assert "too old" in capsys.readouterr().err


def test_pyproject_promises_the_same_pythons():
    project = tomllib.loads((bootstrap.ROOT / "pyproject.toml").read_text())["project"]
    newest = f"{bootstrap.NEWEST[0]}.{bootstrap.NEWEST[1] + 1}"
    assert project["requires-python"] == f">={bootstrap.dotted(bootstrap.OLDEST)},<{newest}"


@pytest.mark.parametrize("windows", [True, False])
def test_the_interpreter_lies_where_this_platform_puts_it(windows):
    scheme = "nt_venv" if windows else "posix_venv"
    scripts = sysconfig.get_path("scripts", scheme, {"base": "venv"}).replace("\\", "/")
    found = bootstrap.venv_python(Path("venv"), windows=windows)
    assert found.parent.as_posix() == scripts
    assert found.name == ("python.exe" if windows else "python")


def test_names_are_compared_as_pip_compares_them():
    assert bootstrap.canonical("Typing_Extensions") == bootstrap.canonical("typing.extensions") == "typing-extensions"
    assert bootstrap.pins()["typing-extensions"] == bootstrap.installed("typing_extensions")


def test_other_versions_are_listed_and_a_long_list_is_shortened(monkeypatch):
    monkeypatch.setattr(
        bootstrap, "pins", lambda: {"numpy": "1.0", "torch": bootstrap.installed("torch"), "none-such": "3"}
    )
    assert bootstrap.other_versions() == [f"numpy {bootstrap.installed('numpy')} instead of 1.0"]
    assert bootstrap.shorten(["a", "b"], most=2) == "a, b"
    assert bootstrap.shorten(["a", "b", "c"], most=2) == "a, b and 1 more"


def test_the_label_of_a_build_is_left_off(monkeypatch):
    monkeypatch.setattr(bootstrap.metadata, "version", lambda name: "2.13.0+cpu")
    assert bootstrap.installed("torch") == "2.13.0"


def test_a_python_that_has_everything_is_taken_as_it_is(monkeypatch):
    monkeypatch.setattr(bootstrap, "inside_venv", lambda: False)
    assert bootstrap.missing() == []
    assert bootstrap.ready() == sys.executable


def test_a_missing_package_leads_to_the_finished_environment_or_to_none(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "inside_venv", lambda: False)
    monkeypatch.setattr(bootstrap, "dependencies", lambda: ["no-such-package", "numpy; sys_platform == 'plan9'"])
    monkeypatch.setattr(bootstrap, "MARKER", tmp_path / "marker")
    monkeypatch.setattr(bootstrap, "venv_python", lambda: Path(sys.executable))
    monkeypatch.setattr(bootstrap, "ask_venv", lambda question: True)
    assert bootstrap.missing() == ["no-such-package"]
    assert bootstrap.ready() is None
    (tmp_path / "marker").write_text(bootstrap.digest())
    assert bootstrap.ready() == sys.executable
    monkeypatch.setattr(bootstrap, "pins", lambda: {"torch": "0.1"})
    assert bootstrap.ready() is None, "other pins make an environment stale"


def test_a_finished_environment_that_has_lost_something_is_not_ready(monkeypatch):
    monkeypatch.setattr(bootstrap, "inside_venv", lambda: False)
    monkeypatch.setattr(bootstrap, "missing", lambda: ["no-such-package"])
    monkeypatch.setattr(bootstrap, "finished", lambda: True)
    for answer in (None, False):
        monkeypatch.setattr(bootstrap, "ask_venv", lambda question, answer=answer: answer)
        assert bootstrap.ready() is None
    monkeypatch.setattr(bootstrap, "inside_venv", lambda: True)
    assert bootstrap.ready() is None


def test_the_environments_own_python_is_asked_without_packages_from_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "venv_python", lambda: Path(sys.executable))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert bootstrap.ask_venv("bootstrap.missing()") == []
    assert bootstrap.ask_venv(f"{str(tmp_path)!r} in sys.path") is False
    assert bootstrap.ask_venv("no_such_name") is None
    monkeypatch.setattr(bootstrap, "venv_python", lambda: tmp_path / "gone")
    assert bootstrap.ask_venv("True") is None


def test_an_unknown_option_is_named(capsys):
    with pytest.raises(SystemExit):
        read(["study", "--browser"])
    assert "study does not know --browser" in capsys.readouterr().err


def test_what_test_does_not_know_is_for_pytest():
    options, rest = read(["test", "-k", "word or piece", "-x", "tests/test_bootstrap.py", "--port", "9"])
    assert options.command == "test"
    assert rest == ["-k", "word or piece", "-x", "tests/test_bootstrap.py", "--port", "9"]


def test_help_lists_the_commands_that_work(capsys):
    with pytest.raises(SystemExit):
        read(["-h"])
    listed = re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)
    assert listed == ["study", "test", "doctor"]


def test_windows_waits_where_others_exec(monkeypatch):
    monkeypatch.setattr(bootstrap, "WINDOWS", True)
    assert bootstrap.hand_over([sys.executable, "-c", "import sys; sys.exit(7)"]) == 7


def test_waiting_outlasts_ctrl_c():
    code = (
        "import signal, sys\nfrom bertlab.launch import bootstrap\n"
        "child = 'import os, signal, sys, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(0.5); sys.exit(5)'\n"
        "sys.exit(bootstrap.wait_for([sys.executable, '-c', child]))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=bootstrap.ROOT).returncode == 5
