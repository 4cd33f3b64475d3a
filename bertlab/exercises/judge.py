"""From an answer to a verdict: is it attempted, is it right, and if not, is the mistake one that we know?"""

import dis
import traceback
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any

from bertlab.exercises import explain
from bertlab.exercises.display import State, Verdict
from bertlab.exercises.runner import Case, Outcome, Run, run
from bertlab.exercises.task import Mistake, Task
from bertlab.exercises.wording import code_of, message_of, show


def judge(task: Task, answer: object) -> Verdict:
    """Say what an answer to `task` is worth.

    Example: `judge(double, lambda n: n + n).state == State.CORRECT`
    """
    if answer is None or answer is ... or _is_empty(answer):
        return explain.not_attempted(task)
    try:
        if not callable(task.reference):
            return _limited(task, lambda: _judge_value(task, answer))
        if not callable(answer):
            return _limited(task, lambda: explain.not_callable(task, answer))
        return explain.signature_misfit(task, answer) or _judge_function(task, answer)
    except _UnjudgeableError as error:
        return explain.unjudgeable(task, error.tried)


class _UnjudgeableError(Exception):
    """What a learner's objects do when they are compared or shown is no better than what the function does."""

    def __init__(self, tried: Run):
        super().__init__()
        self.tried = tried


def _limited(task: Task, look: Callable[[], Any]) -> Any:
    """Compare or show a learner's objects as carefully as their function is run: their `==` may not come back."""
    tried = run(look, [Case()], task.seconds)
    if not tried.outcomes or tried.outcomes[0].error:
        raise _UnjudgeableError(tried)
    return tried.outcomes[0].value


def _judge_value(task: Task, answer: object) -> Verdict:
    if not task.difference(task.reference, answer):
        return Verdict(task.title, State.CORRECT, f"{show(answer)} it is.")
    for mistake in task.mistakes:
        if not task.difference(mistake.answer, answer):
            return Verdict(task.title, State.NOT_YET, mistake.message, mistake.name)
    return explain.wrong_value(task, answer)


def _judge_function(task: Task, answer: Callable) -> Verdict:
    tried = run(answer, task.cases, task.seconds)
    outcomes, finished = tried.outcomes, len(tried.outcomes) == len(task.cases)
    if finished and all(_says_not_implemented(outcome.error) for outcome in outcomes):
        return explain.not_attempted(task)
    expected = run(task.reference, task.cases[: len(outcomes)]).outcomes
    pairs = list(zip(expected, outcomes, strict=True))
    for outcome in expected[:1]:
        task.difference(outcome.value, outcome.value)  # the first comparison of all imports: not on the learner's clock
    wrong = _limited(task, lambda: [pair for pair in pairs if not _same(task, *pair)])
    if wrong:
        smallest = min(wrong, key=lambda pair: len(task.show_call(pair[1].case)))
        mistake = _find_mistake(task, outcomes) if finished else None
        share = f"{len(wrong)} of {len(outcomes)}"
        words = partial(explain.wrong, share=share, mistake=mistake, chose_none=_chose_none(expected, outcomes))
        return _limited(task, lambda: words(task, answer, *smallest))
    if not finished:
        return explain.stopped(task, task.cases[len(outcomes)], tried)
    correct = Verdict(task.title, State.CORRECT, f"All {len(outcomes)} cases agree.")
    return _limited(task, lambda: explain.changed_argument(task, outcomes)) or correct


def _chose_none(expected: list[Outcome], outcomes: list[Outcome]) -> bool:
    """Say whether None may be returned, and is returned in some cases only: then no `return` was forgotten."""
    return any(map(_is_none, expected)) and not all(map(_is_none, outcomes))


def _is_none(outcome: Outcome) -> bool:
    return outcome.value is None and not outcome.error


def _find_mistake(task: Task, outcomes: list[Outcome]) -> Mistake | None:
    """Find the known mistake that does what the learner's function did, on every case."""
    for mistake in task.mistakes:
        made = run(mistake.answer, task.cases, task.seconds).outcomes
        pairs = list(zip(made, outcomes, strict=False))
        if len(made) == len(outcomes) and _limited(task, partial(_alike, task, pairs)):
            return mistake
    return None


def _alike(task: Task, pairs: list[tuple[Outcome, Outcome]]) -> bool:
    """Say whether two functions did the same on every case."""
    return all(_same(task, *pair) for pair in pairs) and (_same_words(pairs) or not all(got.error for _, got in pairs))


def _same_words(pairs: list[tuple[Outcome, Outcome]]) -> bool:
    """Say whether errors agree in their messages too: where nothing was returned, their type alone proves little."""
    return all(message_of(made.error) == message_of(got.error) for made, got in pairs)


def _same(task: Task, expected: Outcome, got: Outcome) -> bool:
    if expected.error or got.error:
        return expected.error is not None and isinstance(got.error, type(expected.error))
    return not task.difference(expected.value, got.value)


def _says_not_implemented(error: BaseException | None) -> bool:
    """Say whether it was raised by a `raise` statement; PyTorch raises the same where a type does not fit."""
    if not isinstance(error, NotImplementedError) or not error.__traceback__:
        return False
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] == "RAISE_VARARGS"


def _is_empty(answer: object) -> bool:
    """Say whether a function's body is nothing but a docstring, `...` or `pass`, with or without a source to read."""
    code = code_of(answer)
    return code is not None and _instructions(code) == _instructions((lambda: None).__code__)


def _instructions(code: CodeType) -> list[tuple[str, object]]:
    return [(step.opname, step.argval) for step in dis.get_instructions(code) if step.opname != "NOP"]
