"""The map of the course: every notebook, how long it takes, and how far the learner has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import NamedTuple

from bertlab.course import COURSE
from bertlab.exercises import progress

HEADS = ("Notebook", "Minutes", "Exercises solved", "Last solved")


class CourseRow(NamedTuple):
    """One notebook and what is solved of it."""

    filename: str
    title: str
    minutes: int
    solved: int
    total: int
    last_solved: datetime | None  # UTC

    @property
    def score(self) -> str:
        """Example: `2 of 5`."""
        return f"{self.solved} of {self.total}"

    @property
    def day(self) -> str:
        """The day of the last solution, on the learner's own calendar. Example: `1 March 2025`."""
        local = self.last_solved and self.last_solved.astimezone()
        return f"{local.day} {local:%B %Y}" if local else "not yet"


def course_rows(solved: Mapping[str, datetime]) -> list[CourseRow]:
    """Count for each notebook how many of its exercises are among the `solved` ones (id to first solution, UTC).

    Example: `course_rows({})[0].score == "0 of 1"`
    """
    rows = []
    for notebook in COURSE:
        ids = [exercise.id for exercise in notebook.exercises]
        times = [solved[id] for id in ids if id in solved]
        title = f"{notebook.number:02} {notebook.title}"
        rows.append(
            CourseRow(notebook.filename, title, notebook.minutes, len(times), len(ids), max(times, default=None))
        )
    return rows


@dataclass(frozen=True, repr=False)
class CourseMap:
    """The rows as a table with links and bars in a notebook, and as plain text everywhere else."""

    rows: Sequence[CourseRow]

    def __repr__(self) -> str:
        table = [HEADS, *((row.title, str(row.minutes), row.score, row.day) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in table)

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col" style="text-align: left">{head}</th>' for head in HEADS)
        return (
            '<table style="font-size: inherit"><caption>The course</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row_html, self.rows))}</tbody></table>"
        )


def course_map() -> CourseMap:
    """Draw the course with the learner's own progress in it. Example: `print(course_map())`."""
    return CourseMap(course_rows(progress.solved()))


def _row_html(row: CourseRow) -> str:
    label = f"{row.title}: {row.score} exercises solved"
    bar = f'<progress aria-label="{escape(label)}" value="{row.solved}" max="{row.total}"></progress> '
    return (
        f'<tr><th scope="row" style="text-align: left"><a href="{escape(row.filename)}">{escape(row.title)}</a></th>'
        f"{_cell(str(row.minutes))}{_cell(bar + row.score)}{_cell(row.day)}</tr>"
    )


def _cell(content: str) -> str:
    return f'<td style="text-align: left">{content}</td>'
