"""What an exercise consists of: a reference, cases to try it on, hints, and likely mistakes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bertlab.exercises.comparison import difference, kind_difference
from bertlab.exercises.runner import Case
from bertlab.exercises.wording import named_arguments, show


@dataclass(frozen=True)
class Mistake:
    """A likely wrong answer, and what the learner who gives it is told.

    Example: `Mistake("stops early", lambda n: n - 1, "You stopped one too early: `range` leaves out its end.")`

    It is recognized by what it does: a function that returns the same as `answer` on every case, or raises the same
    type of error, has made it, however it is written.
    """

    name: str
    answer: Any
    message: str


@dataclass(kw_only=True, eq=False, repr=False)
class Task:
    """The parts of an exercise.

    Example: `Task(id="demo.double", title="Twice", reference=lambda n: 2 * n, cases=[Case(3)], hints=["n + n"])`

    Attributes:
        id: `topic.name`; progress is kept under it, so that it never changes once published.
        title: a few words, shown above each verdict.
        reference: the right answer: a function, which is tried on `cases`, or else a value.
        expression: for a value, the code that gives it, which is what the solution shows.
        cases: what functions are called with, simplest first; every call gets a deep copy.
        hints: each a little more telling than the one before.
        mistakes: wrong answers with a message of their own.
        alike: `alike(expected, got)`, in place of equality up to rounding (see `comparison.difference`).
        seconds: how long a learner's function may take over all cases together.

    Raises:
        ValueError: `id` is not of the form `topic.name`, a function has no cases, or a value has some or no expression.
    """

    id: str
    title: str
    reference: Any
    expression: str = ""
    cases: Sequence[Case] = ()
    hints: Sequence[str]
    mistakes: Sequence[Mistake] = ()
    alike: Callable[[object, object], bool] | None = None
    seconds: float = 5.0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", self.id):
            raise ValueError(f"exercise id {self.id!r}: write it as topic.name, in lower case with underscores")
        if callable(self.reference) != bool(self.cases):
            raise ValueError(f"exercise {self.id}: a function needs cases to be tried on, and a value has none")
        if callable(self.reference) == bool(self.expression):
            raise ValueError(f"exercise {self.id}: a value needs the expression that gives it, and a function has none")

    @property
    def name(self) -> str:
        """The second half of the id: what the exercise is called in its module."""
        return self.id.split(".")[1]

    def difference(self, expected: object, got: object) -> str | None:
        """Say in words how a result differs from the expected one, or None where the two count as the same."""
        if self.alike is None:
            return difference(expected, got)
        try:
            return None if self.alike(expected, got) else "it is not the expected one"
        except Exception:  # a result of another kind than `alike` was written for
            return kind_difference(expected, got) or "it cannot be compared with the expected one"

    def show_call(self, case: Case) -> str:
        """Write a call with the names of its parameters. Example: `wordpiece(word='hugs', vocab={'hug': 0})`."""
        arguments = named_arguments(self.reference, case).items()
        return f"{self.name}({', '.join(f'{name}={show(value)}' for name, value in arguments)})"
