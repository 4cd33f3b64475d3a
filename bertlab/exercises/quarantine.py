"""What a learner's function may not do to the kernel: print into the notebook, wait for typing, end it, or stop it.

Example: `with quarantine(thread): thread.start()`

All of it holds for the one thread in which that function runs; whatever other threads do goes its usual way.
"""

import builtins
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

PRINT_LIMIT = 2_000
"""Characters kept of what a function prints in one call."""


class NotHereError(Exception):
    """A function asked for something that an exercise has no use for; the message says what to do."""


WAYS_OUT = {
    "input": "`input()` waits for somebody to type: your function gets all that it needs as arguments.",
    "exit": "`exit()` would end the notebook's Python: end your function with `return`.",
    "quit": "`quit()` would end the notebook's Python: end your function with `return`.",
    "breakpointhook": "`breakpoint()` stops for a debugger, which a check has none of: use `print` to look at values.",
}


class Printer:
    """Stands in for a stream: keeps the beginning of what one thread writes, and passes on what others do.

    Example: `Printer(thread, sys.stdout).text`
    """

    def __init__(self, thread: threading.Thread, stream: Any):
        self.thread, self.stream, self.text = thread, stream, ""

    def write(self, text: str) -> int:
        """Keep or pass on `text`."""
        if threading.current_thread() is not self.thread:
            return self.stream.write(text) if self.stream else len(text)
        self.text += text[: PRINT_LIMIT - len(self.text)]
        return len(text)

    def close(self) -> None:
        """Stay open: the notebook still needs it."""

    def detach(self) -> Any:
        """Stay whole, for the same reason."""
        raise NotHereError("`sys.stdout` and `sys.stderr` belong to the notebook: leave them as they are.")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def quarantine(thread: threading.Thread) -> Iterator[tuple[Printer, Printer]]:
    """Until the block ends, keep what a thread prints, and raise NotHereError in it where it would leave the kernel.

    Example: `with quarantine(thread) as (printed, complained): thread.start()`
    """
    out, err = Printer(thread, sys.stdout), Printer(thread, sys.stderr)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        for place, name in [(builtins, "input"), (builtins, "exit"), (builtins, "quit"), (sys, "breakpointhook")]:
            if hasattr(place, name):  # a Python started without `site` has no exit
                stack.enter_context(_barred(thread, place, name, WAYS_OUT[name]))
        shell = _shell()
        if shell is not None:  # its own `exit` and `quit` lead here
            stack.enter_context(_barred(thread, shell, "ask_exit", WAYS_OUT["exit"]))
        yield out, err


@contextlib.contextmanager
def _barred(thread: threading.Thread, place: Any, name: str, why: str) -> Iterator[None]:
    original: Callable[..., Any] = getattr(place, name)

    def barred(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is thread:
            raise NotHereError(why)
        return original(*args, **kwargs)

    setattr(place, name, barred)
    try:
        yield
    finally:
        setattr(place, name, original)


def _shell() -> Any:
    """Find the notebook's shell, where there is one."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
