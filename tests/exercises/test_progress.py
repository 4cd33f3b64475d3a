"""Progress survives restarts, company and sudden death, and never stands in a notebook's way."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import platformdirs
import pytest

from bertlab.exercises import progress


def rows(file: Path) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT exercise_id, verdict FROM attempts").fetchall()


def start(code: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_lives_in_the_users_data_folder_unless_told_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("BERTLAB_PROGRESS", str(tmp_path / "mine.sqlite"))
    assert progress.path() == tmp_path / "mine.sqlite"
    monkeypatch.delenv("BERTLAB_PROGRESS")
    assert progress.path() == platformdirs.user_data_path("bertlab", False) / "progress.sqlite"
    assert Path(__file__).parent.parent not in progress.path().parents


def test_nothing_is_solved_at_first_():
    assert progress.solved() == {}


def test_the_first_time_solved_is_kept_and_every_attempt_recorded(progress_file):
    before = datetime.now(UTC)
    progress.record("demo.a", "not yet")
    assert progress.solved() == {}
    progress.record("demo.a", "correct")
    first = progress.solved()
    progress.record("demo.a", "correct")
    progress.record("demo.a", "not yet")
    assert progress.solved() == first
    assert before <= first["demo.a"] <= datetime.now(UTC)
    assert [verdict for _, verdict in rows(progress_file)] == ["not yet", "correct", "correct", "not yet"]


def test_it_survives_a_restart():
    writer = start("from bertlab.exercises import progress; progress.record('demo.a', 'correct')")
    assert writer.communicate()[1] == ""
    assert list(progress.solved()) == ["demo.a"]


def test_notebooks_that_write_at_once_lose_nothing(progress_file):
    code = "from bertlab.exercises import progress\nfor n in range(30): progress.record(f'demo.WHO_{n}', 'correct')"
    writers = [start(code.replace("WHO", who)) for who in "abc"]
    assert [writer.communicate()[1] for writer in writers] == ["", "", ""]
    assert len(progress.solved()) == len(rows(progress_file)) == 90


def test_a_kill_in_mid_write_loses_nothing_that_was_recorded(progress_file):
    code = (
        "from bertlab.exercises import progress\nn = 0\n"
        "while True:\n    progress.record(f'demo.n{n}', 'correct'); print(n, flush=True); n += 1"
    )
    for _ in range(4):
        writer = start(code)
        assert writer.stdout is not None
        for _ in range(5):
            last = int(writer.stdout.readline())
        writer.kill()
        writer.communicate()
        assert f"demo.n{last}" in progress.solved()
    progress.record("demo.after", "correct")
    assert ("demo.after", "correct") in rows(progress_file)


def test_a_deleted_file_is_begun_anew(progress_file, capsys):
    progress.record("demo.a", "correct")
    progress_file.unlink()
    assert progress.solved() == {}
    progress.record("demo.b", "correct")
    assert list(progress.solved()) == ["demo.b"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("first", ["read", "write"])
@pytest.mark.parametrize("damage", ["garbage", "cut off"])
def test_a_damaged_file_is_kept_under_another_name(damage, first, progress_file, capsys):
    progress.record("demo.lost", "correct")
    whole = progress_file.read_bytes()
    damaged = b"no database at all" * 99 if damage == "garbage" else whole[: len(whole) // 2]
    progress_file.write_bytes(damaged)
    stale = progress_file.with_name(progress_file.name + "-journal")
    stale.write_bytes(b"a journal that a new file must not find")

    if first == "read":
        assert progress.solved() == {}
    progress.record("demo.new", "correct")

    assert list(progress.solved()) == ["demo.new"]
    kept = [file for file in progress_file.parent.glob("*.damaged-*") if not file.name.endswith("-journal")]
    assert [file.read_bytes() for file in kept] == [damaged]
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(kept[0]) in said


def test_a_row_that_makes_no_sense_hides_no_other(progress_file):
    progress.record("demo.a", "correct")
    with closing(sqlite3.connect(progress_file)) as connection:
        connection.execute("INSERT INTO attempts VALUES ('demo.b', 'correct', 'last Tuesday')")
        connection.commit()
    assert list(progress.solved()) == ["demo.a"]


@pytest.mark.parametrize(
    "at", ["12:00", "0000-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59", "", 7, b"\xff", b"x"]
)
def test_an_odd_time_hides_no_other(progress_file, at):
    progress.record("demo.a", "correct")
    with closing(sqlite3.connect(progress_file)) as connection:
        connection.execute("INSERT INTO attempts VALUES ('demo.a', 'correct', ?)", (at,))
        connection.execute("INSERT INTO attempts VALUES (?, 'correct', CAST(x'ff' AS TEXT))", (at,))
        connection.commit()
    assert list(progress.solved()) == ["demo.a"]


def test_times_with_and_without_a_zone_are_compared(progress_file):
    progress.record("demo.a", "correct")
    with closing(sqlite3.connect(progress_file)) as connection:
        connection.execute("INSERT INTO attempts VALUES ('demo.a', 'correct', '2025-03-01T09:30:00')")
        connection.execute("INSERT INTO attempts VALUES ('demo.a', 'correct', '2025-03-01T09:30:00+02:00')")
        connection.commit()
    assert progress.solved() == {"demo.a": datetime(2025, 3, 1, 7, 30, tzinfo=UTC)}


def test_a_home_that_nobody_has_is_explained(monkeypatch, capsys):
    monkeypatch.setenv("BERTLAB_PROGRESS", "~nobody-of-this-name/progress.sqlite")
    progress.record("demo.a", "correct")
    assert progress.solved() == {}
    assert "this machine has no such user" in capsys.readouterr().err


def test_a_read_only_file_can_still_be_read(progress_file, monkeypatch, capsys):
    progress.record("demo.a", "correct")
    connect = sqlite3.connect
    # Opened this way rather than by its permissions, which do not hold the administrator that CI may run as.
    monkeypatch.setattr(
        sqlite3, "connect", lambda file, **options: connect(f"{file.as_uri()}?mode=ro", uri=True, **options)
    )
    progress.record("demo.b", "correct")
    assert list(progress.solved()) == ["demo.a"]
    assert "readonly" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["a folder that is a file", "a folder in its place"])
def test_a_place_that_cannot_be_written_blocks_nothing(place, progress_file, monkeypatch, capsys):
    if place == "a folder in its place":
        progress_file.mkdir()
    else:
        progress_file.write_text("")
        monkeypatch.setenv("BERTLAB_PROGRESS", str(progress_file / "progress.sqlite"))
    progress.record("demo.a", "correct")
    progress.record("demo.b", "correct")
    assert progress.solved() == {}
    said = capsys.readouterr().err
    assert said.count("\n") == 1, "the same line is said once"
    assert "exercises work all the same" in said


def test_a_locked_file_delays_a_notebook_but_never_blocks_it(progress_file, monkeypatch, capsys):
    monkeypatch.setattr(progress, "WAIT", 0.2)
    progress.record("demo.a", "correct")
    with closing(sqlite3.connect(progress_file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        progress.record("demo.b", "correct")
        assert progress.solved() == {}
        assert time.monotonic() - began < 2
    assert "locked" in capsys.readouterr().err
    assert list(progress.solved()) == ["demo.a"]
