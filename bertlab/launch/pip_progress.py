"""Run pip with one line that shows where it is: what, how many of how many, and for how long.

Example: `run_pip(python, ["numpy"], title="Packages", total=1, into=site_packages, log=Path("install.log"))`

pip's own bars are not shown when another program reads its output, so the line is made from what pip says. Standard
library only.
"""

from __future__ import annotations

import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bertlab.launch.bootstrap import own_environment

WHEEL = re.compile(r"(?:Downloading|Using cached|Processing) (?:\S*/)?([^\s/]+?)-\S+\.whl(?: (\(\d\S* \w+\))|\s|$)")
QUIET_SECONDS = 10
"""How often a line is written where there is no terminal to redraw one on."""


class PipFailedError(Exception):
    """pip did not succeed; the message is what it gave as its reason."""


class Progress:
    """What pip is at, from the lines that it writes.

    Example: after `see("Downloading numpy-2.4.6-cp311.whl (16.6 MB)")`, `str(progress)` is
    "Packages: downloading 1 of about 140, numpy (16.6 MB)".
    """

    def __init__(self, title: str, total: int, into: Path) -> None:
        self.title, self.total, self.into = title, total, into
        self.collected: set[str] = set()
        self.downloaded = self.unpacking = 0
        self.there = self.count()
        self.doing = "starting"
        self.started = self.drawn = time.monotonic()

    def count(self) -> int:
        """Count the packages that lie in the folder which pip installs into."""
        return len(list(self.into.glob("*.dist-info")))

    def see(self, line: str) -> None:
        """Take in one line of pip's output."""
        if match := WHEEL.match(line.strip()):
            self.downloaded += 1
            size = f" {match[2]}" if match[2] else ""
            self.doing = f"downloading {self.downloaded} of about {self.total}, {match[1]}{size}"
        elif match := re.match(r"Collecting ([\w.-]+)", line):
            self.collected.add(match[1])
            self.doing = f"looking up {len(self.collected)} of about {self.total}, {match[1]}"
        elif line.startswith("Installing collected packages:"):
            self.unpacking = line.count(",") + 1

    def __str__(self) -> str:
        if self.unpacking:  # about which pip says nothing more
            return f"{self.title}: unpacking {self.count() - self.there} of {self.unpacking}"
        return f"{self.title}: {self.doing}"

    def clear(self) -> None:
        """Take the line off a terminal."""
        if sys.stdout.isatty():
            print("\r" + " " * (shutil.get_terminal_size().columns - 1), end="\r", flush=True)

    def draw(self, text: str | None = None) -> None:
        """Redraw the line on a terminal; elsewhere write one now and then, and always a given text (the last one)."""
        now = time.monotonic()
        line = f"{text or self}, {now - self.started:.0f} s"
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns - 1
            print("\r" + line[:width].ljust(width), end="\n" if text else "", flush=True)
        elif text or now - self.drawn > QUIET_SECONDS:
            print(line, flush=True)
            self.drawn = now


def run_pip(python: Path, arguments: list[str], *, title: str, total: int, into: Path, log: Path) -> None:
    """Run `pip install` and follow it to the end; all that it says is appended to `log`.

    Raises:
        PipFailedError: with pip's reason. After a Ctrl+C, pip is ended before the interrupt goes on.
    """
    process = start_pip(python, arguments)
    assert process.stdout is not None
    progress = Progress(title, total, into)
    reasons: list[str] = []
    with log.open("a", encoding="utf-8") as record:
        try:
            for line in ticking(process.stdout):
                record.write(line)
                progress.see(line)
                progress.draw()
                if line.startswith(("ERROR", "HINT")):
                    reasons.append(line.strip())
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.wait() != 0:
        progress.clear()
        raise PipFailedError("\n".join(reasons[-3:]) or f"pip ended with status {process.returncode}")
    progress.draw(f"{title}: installed")


def start_pip(python: Path, arguments: list[str]) -> subprocess.Popen[str]:
    """Start `pip install`, with what it says as lines of text, whatever the user's own settings for it are.

    Example: `start_pip(python, ["numpy"]).stdout`
    """
    # Python compiles what is used at its first import: to compile all that is installed would double the time.
    options = ["--no-input", "--disable-pip-version-check", "--no-compile"]
    settings = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "PIP_USER": "0", "PIP_PROGRESS_BAR": "off"}
    return subprocess.Popen(
        [str(python), "-m", "pip", "install", *options, *arguments],
        env={**own_environment(), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # pip holds the installation's lock as long as it lives
    )


def ticking(stream: IO[str]) -> Iterator[str]:
    """Yield each line as it comes, and an empty one after each second without any.

    Example: `for line in ticking(process.stdout): ...`
    """
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=1)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line
