"""The memory of a kernel is read from the system, and reported with the notebook's name."""

import os
import sys

import pytest

from tests.peak_memory import PEAKS, peak_megabytes, pytest_terminal_summary


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps count in /proc")
def test_a_process_has_a_peak_and_an_absent_one_has_none():
    assert 10 < peak_megabytes(os.getpid()) < 100_000
    assert peak_megabytes(2**22 + 1) is None


def test_the_summary_lists_each_notebook(pytestconfig, monkeypatch):
    written = []

    class Reporter:
        section = staticmethod(written.append)
        write_line = staticmethod(written.append)

    monkeypatch.setitem(pytestconfig.stash._storage, PEAKS, {"01.ipynb": 619, "00.ipynb": 1543})
    pytest_terminal_summary(Reporter, pytestconfig)
    assert written == ["peak memory of each notebook's kernel", " 1,543 MB  00.ipynb", "   619 MB  01.ipynb"]
