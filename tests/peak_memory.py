"""A pytest plugin: after the notebooks, say how much memory the kernel of each one took at its peak (on Linux)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PEAKS = pytest.StashKey[dict[str, int]]()


def peak_megabytes(pid: int) -> int | None:
    """Read the most memory that a process has taken, in MB; None where the system does not keep count.

    Example: `peak_megabytes(os.getpid())`
    """
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) // 1024 if found else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Look at the kernel before the last cell of its notebook is left, since it goes with it."""
    kernel: Any = getattr(item.parent, "kernel", None)
    if kernel is not None and (nextitem is None or nextitem.parent is not item.parent):
        peak = peak_megabytes(kernel.km.provisioner.pid)
        if peak is not None:
            item.config.stash.setdefault(PEAKS, {})[item.path.name] = peak
    return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the peaks of a worker to the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["peaks"] = session.config.stash.get(PEAKS, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker has seen."""
    node.config.stash.setdefault(PEAKS, {}).update(getattr(node, "workeroutput", {}).get("peaks", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """List the peaks."""
    if peaks := config.stash.get(PEAKS, {}):
        terminalreporter.section("peak memory of each notebook's kernel")
        for name, megabytes in sorted(peaks.items()):
            terminalreporter.write_line(f"{megabytes:6,} MB  {name}")
