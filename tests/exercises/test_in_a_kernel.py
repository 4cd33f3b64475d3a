"""An exercise in a real notebook kernel: whatever a cell's function does, the kernel lives on."""

import time

import pytest
from jupyter_client.manager import KernelManager

SETUP = """
import time
from bertlab.exercises.framework import Case, Exercise
exercise = Exercise(
    id="demo.one", title="One", reference=lambda n: 1, cases=[Case(1), Case(2)], hints=["Try 1.", "It is 1."], seconds=1
)
def spin(n):
    while True:
        try:
            len(n)
        except:
            pass
def sleep(n):
    time.sleep(3600)
def fail(n):
    wanted = [1]
    return wanted[n]
"""


@pytest.fixture(scope="module")
def kernel():
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_cell(client, code: str) -> dict[str, str]:
    """Run a cell; return its result's forms by MIME type, what it printed as `stream`, its error as `error`."""
    shown = {"stream": ""}

    def collect(message: dict) -> None:
        content = message["content"]
        shown.update(content.get("data", {}))
        if message["msg_type"] == "stream":
            shown["stream"] += content["text"]
        if message["msg_type"] == "error":
            shown["error"] = content["ename"]

    client.execute_interactive(code, output_hook=collect, timeout=60, allow_stdin=False)
    return shown


def wait_for(client, kind: str) -> dict:
    """Return the content of the next message of that kind; the client raises when none comes."""
    message = client.get_iopub_msg(timeout=60)
    while message["msg_type"] != kind:
        message = client.get_iopub_msg(timeout=60)
    return message["content"]


def test_a_kernel_outlives_endless_functions(kernel):
    _, client = kernel
    assert "error" not in run_cell(client, SETUP)
    for name in ("spin", "sleep"):
        shown = run_cell(client, f"exercise.check({name})")
        assert "had not finished after 1 seconds" in shown["text/plain"]
        assert 'role="status"' in shown["text/html"]
    assert run_cell(client, "print('alive'); 6 * 7") == {"stream": "alive\n", "text/plain": "42"}


def test_an_error_points_at_the_line_of_the_cell(kernel):
    _, client = kernel
    run_cell(client, SETUP)
    assert "in line 16: return wanted[n]" in run_cell(client, "exercise.check(fail)")["text/plain"]


@pytest.mark.parametrize("call", ["exit()", "quit()", "input()", "breakpoint()", "get_ipython().ask_exit()"])
def test_a_kernel_outlives_a_function_that_would_end_or_hold_it(kernel, call):
    _, client = kernel
    run_cell(client, SETUP)
    shown = run_cell(client, f"exercise.check(lambda n: {call})")
    assert "Not yet" in shown["text/plain"]
    assert run_cell(client, "6 * 7") == {"stream": "", "text/plain": "42"}


def test_interrupting_the_kernel_stops_a_check(kernel):
    manager, client = kernel
    run_cell(client, SETUP + "exercise.seconds = 600")
    client.execute("import threading; print('begun', flush=True); exercise.check(spin)")
    wait_for(client, "stream")
    time.sleep(0.5)  # from the line printed to the function running
    manager.interrupt_kernel()
    assert wait_for(client, "error")["ename"] == "KeyboardInterrupt"
    client.get_shell_msg(timeout=60)
    alive = "[thread.name for thread in threading.enumerate() if 'exercise' in thread.name]"
    assert run_cell(client, alive)["text/plain"] == "['bertlab exercise']", "only the sleeper of the first test is left"
