"""The words in which an answer that is not right yet is explained to the person who gave it."""

import inspect
import linecache
import traceback
from collections.abc import Callable

from bertlab.exercises.comparison import difference, kind_difference
from bertlab.exercises.display import State, Verdict
from bertlab.exercises.quarantine import NotHereError
from bertlab.exercises.runner import Case, Outcome, Run
from bertlab.exercises.task import Mistake, Task
from bertlab.exercises.wording import code_of, kind, message_of, named_arguments, show, show_error


def not_attempted(task: Task) -> Verdict:
    """The friendly line under an untouched stub. Example: `not_attempted(task).state`."""
    message = (
        f"Put your answer in place of the `...` and run the cell again. Stuck? `exercises.{task.name}.hint()` helps."
    )
    return Verdict(task.title, State.NOT_ATTEMPTED, message)


def not_callable(task: Task, answer: object) -> Verdict:
    """A result was handed over where the function itself is needed. Example: `not_callable(task, [6, 8])`."""
    message = f"`check` needs the function itself, its name without parentheses; it was given {kind(answer)}."
    return Verdict(task.title, State.NOT_YET, message)


def signature_misfit(task: Task, answer: Callable) -> Verdict | None:
    """A function that cannot be called with these arguments at all; None where it can.

    Example: `signature_misfit(task, lambda: 0)`
    """
    try:
        signature = inspect.signature(answer)
    except Exception:  # some built-ins have none, and an odd object may raise anything: calling it will tell
        return None
    for case in task.cases:
        try:
            signature.bind(*case.args, **case.kwargs)
        except TypeError as error:
            message = f"Your function takes `{signature}`, which does not fit this call: {error}."
            return Verdict(task.title, State.NOT_YET, message, details=[("Called as", task.show_call(case))])
    return None


def wrong_value(task: Task, answer: object) -> Verdict:
    """A value that is not the one asked for; which one that is would be the solution, so only its kind is told.

    Example: `wrong_value(task, 7)`
    """
    words = kind_difference(task.reference, answer) or "that is not the value asked for"
    return Verdict(task.title, State.NOT_YET, f"You gave `{show(answer)}`: {words}.")


def wrong(
    task: Task,
    answer: Callable,
    expected: Outcome,
    got: Outcome,
    *,
    share: str,
    mistake: Mistake | None,
    chose_none: bool = False,
) -> Verdict:
    """A wrong result: the known mistake behind it, or what strikes the eye, and the smallest case that shows it.

    `chose_none`: a None that was returned here was meant, since None is the right answer to some case.

    Example: `wrong(task, answer, expected, got, share="1 of 3", mistake=None)`
    """
    message = mistake.message if mistake else f"{_remark(task, expected, got, chose_none)} (Wrong in {share} cases.)"
    details = [
        ("Called as", task.show_call(got.case)),
        ("Expected", f"raises {type(expected.error).__name__}" if expected.error else show(expected.value)),
        ("Got", f"raised {show_error(got.error)}{_line_of(got.error, answer)}" if got.error else show(got.value)),
    ]
    for label, text in [("Printed", got.printed), ("On stderr", got.complained)]:
        if text:
            details.append((label, text.rstrip()))
    return Verdict(task.title, State.NOT_YET, message, mistake.name if mistake else None, details)


def stopped(task: Task, case: Case, tried: Run) -> Verdict:
    """A function that had to be stopped, or could not even be.

    Example: `stopped(task, case, run(answer, [case], 5.0))`
    """
    message = f"Your function had not finished after {task.seconds:g} seconds: is there a loop that never ends?"
    if tried.overgrown:
        message = "Your function took ever more memory and was stopped: is there a loop that never ends?"
    if tried.left_behind:
        message += (
            " It could not be stopped and still runs in the background: change it, then restart the kernel"
            " (Kernel menu, Restart Kernel)."
        )
    details = [("Called as", task.show_call(case))]
    return Verdict(task.title, State.NOT_YET, message, details=details)


def unjudgeable(task: Task, tried: Run) -> Verdict:
    """A result that can't be compared or shown: its own `==` or `repr` does not come back, or fails.

    Example: `unjudgeable(task, run(look, [Case()], 5.0))`
    """
    reason = f"raises {type(tried.outcomes[0].error).__name__}" if tried.outcomes else "does not come to an end"
    message = (
        f"To compare or show what your answer gives {reason}: return plain numbers, strings, lists, dictionaries or"
        " tensors."
    )
    return Verdict(task.title, State.NOT_YET, message)


def changed_argument(task: Task, outcomes: list[Outcome]) -> Verdict | None:
    """Right results, but the caller's own lists are not what they were; None where all arguments were left alone.

    Example: `changed_argument(task, outcomes)`
    """
    for outcome in outcomes:
        name = _changed_name(task, outcome)
        if name:
            message = f"The results are right, but your function changes its argument `{name}`: work on a copy of it."
            details = [
                ("Before", task.show_call(outcome.case)),
                ("After", task.show_call(outcome.arguments)),
            ]
            return Verdict(task.title, State.NOT_YET, message, details=details)
    return None


def _changed_name(task: Task, outcome: Outcome) -> str | None:
    """Name the first argument that a call has changed."""
    reference = task.reference
    after = named_arguments(reference, outcome.arguments)
    for name, value in named_arguments(reference, outcome.case).items():
        comparable = type(value).__eq__ is not object.__eq__  # a copied model or tokenizer equals nothing but itself
        if comparable and difference(value, after[name]):
            return name
    return None


def _remark(task: Task, expected: Outcome, got: Outcome, chose_none: bool) -> str:
    """Say what strikes the eye about a wrong result that is no known mistake."""
    if isinstance(got.error, RecursionError):
        return "Your function calls itself without end: is there a case in which it does not?"
    if isinstance(got.error, NotHereError):
        return str(got.error)
    if got.error:
        return f"Your function raised an error{_known_cause(got.error)}."
    if expected.error:
        return "Your function returned a result where it should have raised an error."
    if got.value is not None or chose_none:
        return f"The result is not right: {task.difference(expected.value, got.value)}."
    if got.printed:
        return "Your function prints and returns None: end it with `return` instead of `print`."
    if _changed_name(task, got):
        return "Your function changes its argument in place and returns None: build the result and `return` it."
    return "Your function returned None: does every way through it end in `return`?"


def _known_cause(error: BaseException) -> str:
    """Explain the errors of PyTorch that say least about what to change."""
    if isinstance(error, NotImplementedError) and "bitwise" in message_of(error):
        return ": `&` and `|` come before `<` and `==`, so put each comparison in parentheses, `(a < b) & (c < d)`"
    if "more than one value is ambiguous" in message_of(error):
        return ": `if`, `and`, `not` and `a < b < c` ask for one truth value, and a tensor has many; combine by `&`"
    return ""


def _line_of(error: BaseException, answer: Callable) -> str:
    """Point at the line of the learner's own function in which an error arose."""
    code = code_of(answer)
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if code and frame.f_code.co_filename == code.co_filename
    ]
    return f", in line {lines[-1][1]}: {linecache.getline(*lines[-1]).strip()}" if lines else ""
