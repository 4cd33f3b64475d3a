"""Run a learner's function on copies of its arguments, and come back whatever it does.

Why a thread of its own: the learner may have written `while True`, with a bare `except: pass` in it, or a sleep of an
hour, and the kernel must outlive them all. A signal (SIGALRM) exists neither on Windows nor outside the main thread,
and a child process cannot be handed functions defined in a notebook. So the function runs in a thread, the caller waits
for it with a time limit, and when time is up Python is asked to raise SystemExit in that thread: again and again, since
a bare `except` swallows the first. A thread deep in a sleep hears nothing until it wakes, and a loop whose `except`
always stands ready may swallow them all: such a thread is left behind, and the verdict says so. Beyond reach is only C
code that never lets go of the interpreter's lock.
"""

import contextlib
import contextvars
import copy
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

GRACE = 1.0
"""Seconds in which a function whose time is up is asked to stop, before it is left behind."""
PRINT_LIMIT = 2_000
"""Characters kept of what a function prints in one call."""


class Case:
    """The arguments of one call. Example: `Case("hugs", vocab={"hug": 0})` stands for `f("hugs", vocab={"hug": 0})`."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.args, self.kwargs = args, kwargs


@dataclass
class Outcome:
    """What one call did: what it returned or raised, what it printed, and what became of its copy of the arguments."""

    case: Case
    arguments: Case
    value: object = None
    error: BaseException | None = None
    printed: str = ""


@dataclass
class Run:
    """What a function did on a list of cases: fewer outcomes than cases mean that its time was up."""

    outcomes: list[Outcome]
    left_behind: bool  # it could not be stopped, and still runs


def run(function: Callable, cases: Sequence[Case], seconds: float | None = None) -> Run:
    """Call `function` on a deep copy of each case's arguments, for at most `seconds` over all (None: no limit).

    Example: `run(len, [Case("four")]).outcomes[0].value == 4`
    """
    worker = _Worker(function, cases)
    with contextlib.redirect_stdout(worker.printer):
        worker.start()
        try:
            worker.finished.wait(seconds)
        finally:  # also when the learner interrupts the kernel
            _stop(worker)
    return Run(list(worker.outcomes), worker.is_running)


def _stop(worker: "_Worker") -> None:
    worker.stopping = True
    give_up = time.monotonic() + GRACE
    while worker.is_running and time.monotonic() < give_up:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(SystemExit))
        worker.finished.wait(0.01)


class _Worker(threading.Thread):
    """The thread in which a function is tried, case by case."""

    def __init__(self, function: Callable, cases: Sequence[Case]):
        super().__init__(name="bertlab exercise", daemon=True)
        self.function, self.cases = function, cases
        self.context = contextvars.copy_context()  # what the notebook has set for its own thread holds here too
        self.printer: Any = _Printer(self, sys.stdout)
        self.outcomes: list[Outcome] = []
        self.stopping = False
        self.finished = threading.Event()  # an interrupted `join` of Python 3.11 takes the thread to have ended

    @property
    def is_running(self) -> bool:
        """Whether the function may still be at work."""
        return not self.finished.is_set() and self.is_alive()

    def run(self) -> None:
        """Try every case, until told to stop."""
        with contextlib.suppress(SystemExit):
            try:
                self.context.run(self._try_cases)
            finally:
                self.finished.set()

    def _try_cases(self) -> None:
        for case in self.cases:
            outcome = Outcome(case, copy.deepcopy(case))
            self.printer.text = ""
            try:
                outcome.value = self.function(*outcome.arguments.args, **outcome.arguments.kwargs)
            except BaseException as error:
                outcome.error = error
            if self.stopping:
                return
            outcome.printed = self.printer.text
            self.outcomes.append(outcome)


class _Printer:
    """Stands in for `sys.stdout`: keeps the beginning of what one thread prints, and passes on what others do."""

    def __init__(self, thread: threading.Thread, stdout: Any):
        self.thread, self.stdout, self.text = thread, stdout, ""

    def write(self, text: str) -> int:
        """Keep or pass on `text`."""
        if threading.current_thread() is not self.thread:
            return self.stdout.write(text)
        self.text += text[: PRINT_LIMIT - len(self.text)]
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stdout, name)
