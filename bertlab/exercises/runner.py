"""Run a learner's function on copies of its arguments, and come back whatever it does.

Why a thread of its own: the learner may have written `while True`, with a bare `except: pass` in it, or a sleep of an
hour, and the kernel must outlive them all. A signal (SIGALRM) exists neither on Windows nor outside the main thread,
and a child process cannot be handed functions defined in a notebook. So the function runs in a thread, the caller waits
for it with a time limit, and when time is up Python is asked to raise SystemExit in that thread: again and again, since
a bare `except` swallows the first. A thread deep in a sleep hears nothing until it wakes, and a loop whose `except`
always stands ready may swallow them all: such a thread is left behind, and the verdict says so. The same is done to a
function that takes ever more memory. Beyond reach is only C code that never lets go of the interpreter's lock.
"""

import contextlib
import contextvars
import copy
import ctypes
import gc
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from bertlab.exercises.quarantine import quarantine

GRACE = 1.0
"""Seconds in which a function whose time is up is asked to stop, before it is left behind."""
MEMORY_LIMIT = 1_000_000_000
"""Bytes by which the kernel may grow while a function runs."""
LOOK_SECONDS = 0.05
"""How often its growth is looked at."""


class Case:
    """The arguments of one call. Example: `Case("hugs", vocab={"hug": 0})` stands for `f("hugs", vocab={"hug": 0})`."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.args, self.kwargs = args, kwargs


@dataclass
class Outcome:
    """What one call did: what it returned or raised, what it wrote, and what became of its copy of the arguments."""

    case: Case
    arguments: Case
    value: object = None
    error: BaseException | None = None
    printed: str = ""  # to stdout
    complained: str = ""  # to stderr


@dataclass
class Run:
    """What a function did on a list of cases: fewer outcomes than cases mean that it was stopped."""

    outcomes: list[Outcome]
    left_behind: bool  # it could not be stopped, and still runs
    overgrown: bool  # it was stopped because of the memory that it took, not of the time


def run(function: Callable, cases: Sequence[Case], seconds: float | None = None) -> Run:
    """Call `function` on a deep copy of each case's arguments, for at most `seconds` over all (None: no limit).

    Example: `run(len, [Case("four")]).outcomes[0].value == 4`
    """
    worker = _Worker(function, cases)
    overgrown = False
    with quarantine(worker) as worker.streams:
        worker.start()
        try:
            overgrown = _watch(worker, seconds)
        finally:  # also when the learner interrupts the kernel
            _stop(worker)
    if len(worker.outcomes) < len(cases):
        gc.collect()  # what a stopped loop had piled up may hold itself
    return Run(list(worker.outcomes), worker.is_running, overgrown)


def _watch(worker: "_Worker", seconds: float | None) -> bool:
    """Wait until a worker has finished or its time is up; say whether it took too much memory before."""
    process = psutil.Process()
    allowed = process.memory_info().rss + MEMORY_LIMIT
    give_up = time.monotonic() + (float("inf") if seconds is None else seconds)
    while not worker.finished.wait(max(0.0, min(LOOK_SECONDS, give_up - time.monotonic()))):
        if process.memory_info().rss > allowed:
            return True
        if time.monotonic() >= give_up:
            break
    return False


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
        self.streams: Any = ()  # stdout and stderr, while it runs
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
            for stream in self.streams:
                stream.text = ""
            try:
                outcome.value = self.function(*outcome.arguments.args, **outcome.arguments.kwargs)
            except BaseException as error:
                if self.stopping:
                    return
                # Without this frame: through it, the error would hold itself, and all that the function had piled up.
                own = error.__traceback__
                outcome.error = error.with_traceback(own.tb_next if own else None)
                del own
            if self.stopping:
                return
            outcome.printed, outcome.complained = (stream.text for stream in self.streams)
            self.outcomes.append(outcome)
