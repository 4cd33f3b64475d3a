"""What a learner meets: `check` an answer, take a `hint`, look at the `solution`.

    from bertlab.tokenization import exercises

    exercises.wordpiece.check(my_function)  # correct, not yet (and why) or not attempted
    exercises.wordpiece.hint()  # one more at each call
    exercises.wordpiece.solution()  # the source of the reference answer

Whoever writes exercises needs `Exercise`, `Case` and `Mistake` only; see `Task` for the parts.
"""

from dataclasses import dataclass, field

from bertlab.exercises import progress
from bertlab.exercises.display import Hints, Solution, State, Verdict
from bertlab.exercises.judge import judge
from bertlab.exercises.runner import Case
from bertlab.exercises.source import runnable_source
from bertlab.exercises.task import Mistake, Task

__all__ = ["Case", "Exercise", "Mistake", "State", "Verdict"]


@dataclass(kw_only=True, eq=False, repr=False)
class Exercise(Task):
    """A task that can be checked, and that remembers how many of its hints were taken.

    Example:
        double = Exercise(
            id="demo.double",
            title="Twice as much",
            reference=lambda n: 2 * n,
            cases=[Case(0), Case(7)],
            hints=["What is twice one?", "`n + n`"],
            mistakes=[Mistake("squares", lambda n: n * n, "That is the square of n: `2 * n` is twice n.")],
        )
        double.check(lambda n: n + n).state == State.CORRECT
    """

    _hints_taken: int = field(default=0, init=False)

    def check(self, answer: object) -> Verdict:
        """Judge an answer, and keep the attempt in the learner's progress.

        Args:
            answer: the learner's function itself, or their value. It may loop for ever, raise or change its arguments:
                the verdict says so, and the kernel lives on.
        """
        verdict = judge(self, answer)
        if verdict.state != State.NOT_ATTEMPTED:
            progress.record(self.id, verdict.state)
        return verdict

    def hint(self) -> Hints:
        """Show the hints so far, and one more."""
        self._hints_taken = min(self._hints_taken + 1, len(self.hints))
        return Hints(self.title, self.hints[: self._hints_taken], len(self.hints))

    def solution(self) -> Solution:
        """Show the reference answer: a function's source with its imports, or the expression that gives a value."""
        if callable(self.reference):
            return Solution(runnable_source(self.reference))
        return Solution(f"{self.expression}  # {self.reference!r}")

    def __repr__(self) -> str:
        return f"<Exercise {self.id}: {self.title}; it has .check(answer), .hint() and .solution()>"
