"""What a learner has solved, and when: one small SQLite file in the user's data folder, never in the repository.

Every attempt is a row, and rows are only ever added. SQLite's rollback journal is what lets two notebooks write at
once and a kill in mid-write lose nothing but that one row (its write-ahead log would not do: it breaks on the network
folders that classrooms keep homes on). Whatever is wrong with the file, a notebook goes on: it says so in one line.
"""

import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

import platformdirs

WAIT = 3.0
"""Seconds that a notebook waits for another one to finish writing."""
FIRST_YEAR, LAST_YEAR = 2000, 9998  # at the very ends, a time exists in one time zone and not in another
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SCHEMA = "CREATE TABLE IF NOT EXISTS attempts (exercise_id TEXT NOT NULL, verdict TEXT NOT NULL, at TEXT NOT NULL)"

T = TypeVar("T")


def path() -> Path:
    """Say where progress is kept: the environment variable BERTLAB_PROGRESS, or else the user's own data folder.

    Example: `path()` is "/home/me/.local/share/bertlab/progress.sqlite" on Linux.

    Raises:
        ValueError: BERTLAB_PROGRESS names the home of a user whom this machine does not have.
    """
    chosen = os.environ.get("BERTLAB_PROGRESS")
    if not chosen:
        return platformdirs.user_data_path("bertlab", False) / "progress.sqlite"
    try:
        return Path(chosen).expanduser()
    except RuntimeError:
        raise ValueError(f"BERTLAB_PROGRESS is {chosen}, and this machine has no such user") from None


def record(exercise_id: str, verdict: str) -> None:
    """Add one attempt, made now. Never raises: where it cannot be written, a line on stderr says why.

    Example: `record("tokenization.wordpiece", "correct")`
    """
    now = datetime.now(UTC).isoformat(timespec="microseconds")

    def insert(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")  # takes the lock before it reads, so that no two wait for each other
        connection.execute(SCHEMA)
        connection.execute("INSERT INTO attempts VALUES (?, ?, ?)", (exercise_id, verdict, now))
        connection.execute("COMMIT")

    _use(insert, otherwise=None)


def solved() -> dict[str, datetime]:
    """Return when each solved exercise was first solved, in UTC. Never raises: what cannot be read is left out.

    Example: `{"tokenization.wordpiece": datetime(2025, 3, 1, 9, 30, tzinfo=UTC)}`
    """

    def select(connection: sqlite3.Connection) -> dict[str, datetime]:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts'").fetchone():
            return {}
        connection.text_factory = lambda written: written.decode(errors="replace")
        first: dict[str, datetime] = {}
        for exercise_id, at in connection.execute("SELECT exercise_id, at FROM attempts WHERE verdict = 'correct'"):
            time = _read_time(at)
            if time is not None and isinstance(exercise_id, str):
                first[exercise_id] = min(time, first.get(exercise_id, time))
        return first

    return _use(select, otherwise={})


def _read_time(text: object) -> datetime | None:
    """Read a time as `record` writes it; None for what another program or an accident has written."""
    try:
        time = datetime.fromisoformat(str(text))
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if FIRST_YEAR <= time.year <= LAST_YEAR else None


def _use(action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
    """Do something with the file; where that cannot be done, say why and return `otherwise`."""
    give_up = time.monotonic() + WAIT
    while True:
        try:
            file = path()
            file.parent.mkdir(parents=True, exist_ok=True)
            # SQLite itself asks ever more rarely for a file in use, and may never get its turn: so ask again.
            with closing(sqlite3.connect(file, timeout=0.02, isolation_level=None)) as connection:
                return action(connection)
        except (sqlite3.Error, OSError, ValueError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            again = code == sqlite3.SQLITE_BUSY or (code in DAMAGED and _set_aside(path()))
            if not again or time.monotonic() > give_up:
                place = f": {file}" if isinstance(error, sqlite3.Error | OSError) else ""
                _say(f"Progress can't be read or saved ({error}){place}. The exercises work all the same.")
                return otherwise


def _set_aside(file: Path) -> bool:
    """Rename a damaged file, so that nothing is lost, and its journal, which a new file must not find."""
    kept = file.with_name(f"{file.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    try:
        file.replace(kept)
        os.replace(f"{file}-journal", f"{kept}-journal")
    except FileNotFoundError:
        pass  # there is no journal, or another notebook was faster
    except OSError:
        return False
    if kept.exists():
        _say(f"The progress file was damaged. It is kept as {kept}, and a new one has been begun.")
    return True


@cache
def _say(line: str) -> None:
    """Print a line on stderr, the same one only once."""
    print(line, file=sys.stderr)
