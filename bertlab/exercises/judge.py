"""From an answer to a verdict: is it attempted, is it right, and if not, is the mistake one that we know?"""

import dis
import traceback
from collections.abc import Callable
from types import CodeType

from bertlab.exercises import explain
from bertlab.exercises.display import State, Verdict
from bertlab.exercises.runner import Outcome, run
from bertlab.exercises.task import Mistake, Task
from bertlab.exercises.wording import show


def judge(task: Task, answer: object) -> Verdict:
    """Say what an answer to `task` is worth.

    Example: `judge(double, lambda n: n + n).state == State.CORRECT`
    """
    if answer is None or answer is ... or _is_empty(answer):
        return explain.not_attempted(task)
    if not callable(task.reference):
        return _judge_value(task, answer)
    if not callable(answer):
        return explain.not_callable(task, answer)
    return explain.signature_misfit(task, answer) or _judge_function(task, answer)


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
    wrong = [pair for pair in zip(expected, outcomes, strict=True) if not _same(task, *pair)]
    if wrong:
        smallest = min(wrong, key=lambda pair: len(task.show_call(pair[1].case)))
        mistake = _find_mistake(task, outcomes) if finished else None
        return explain.wrong(task, answer, *smallest, share=f"{len(wrong)} of {len(outcomes)}", mistake=mistake)
    if not finished:
        return explain.out_of_time(task, task.cases[len(outcomes)], tried.left_behind)
    correct = Verdict(task.title, State.CORRECT, f"All {len(outcomes)} cases agree.")
    return explain.changed_argument(task, outcomes) or correct


def _find_mistake(task: Task, outcomes: list[Outcome]) -> Mistake | None:
    """Find the known mistake that does what the learner's function did, on every case."""
    for mistake in task.mistakes:
        made = run(mistake.answer, task.cases, task.seconds).outcomes
        pairs = list(zip(made, outcomes, strict=False))
        alike = len(made) == len(outcomes) and all(_same(task, *pair) for pair in pairs)
        if alike and (_same_words(pairs) or not all(outcome.error for outcome in outcomes)):
            return mistake
    return None


def _same_words(pairs: list[tuple[Outcome, Outcome]]) -> bool:
    """Say whether errors agree in their messages too: where nothing was returned, their type alone proves little."""
    return all(str(made.error) == str(got.error) for made, got in pairs)


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
    code = getattr(answer, "__code__", None)
    return code is not None and _instructions(code) == _instructions((lambda: None).__code__)


def _instructions(code: CodeType) -> list[tuple[str, object]]:
    return [(step.opname, step.argval) for step in dis.get_instructions(code) if step.opname != "NOP"]
