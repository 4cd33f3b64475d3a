"""Verdicts, hints and solutions as a notebook shows them, each with a plain-text form for everywhere else.

Colors come from JupyterLab's own variables, so that they follow its light and dark themes, and only ever repeat what a
symbol and a word say already.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape


class State(StrEnum):
    """How far an answer has come."""

    CORRECT = "correct"
    NOT_YET = "not yet"
    NOT_ATTEMPTED = "not attempted"


SYMBOLS = {State.CORRECT: "✓", State.NOT_YET: "✗", State.NOT_ATTEMPTED: "○"}
COLORS = {
    State.CORRECT: "var(--jp-success-color1, #388e3c)",
    State.NOT_YET: "var(--jp-warn-color1, #e65100)",
    State.NOT_ATTEMPTED: "var(--jp-info-color1, #0277bd)",
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What `check` says of an answer.

    Attributes:
        title: the exercise's title.
        state: correct, not yet or not attempted.
        message: what to do now, or what went wrong; `code` in backticks.
        mistake: the name of the known mistake that was made, if it is one.
        details: labeled lines, such as the arguments, the expected and the actual result of the smallest failing case.
    """

    title: str
    state: State
    message: str
    mistake: str | None = None
    details: Sequence[tuple[str, str]] = ()

    @property
    def heading(self) -> str:
        """Symbol, state and title. Example: `✓ Correct · Longest match first`."""
        return f"{SYMBOLS[self.state]} {self.state.capitalize()} · {self.title}"

    def __repr__(self) -> str:
        width = max((len(label) for label, _ in self.details), default=0)
        margin = "\n" + " " * (width + 4)
        lines = [f"  {label + ':':<{width + 1}} {text.replace(chr(10), margin)}" for label, text in self.details]
        return "\n".join([self.heading, self.message, *lines])

    def _repr_html_(self) -> str:
        rows = "".join(_row(label, text) for label, text in self.details)
        table = f'<table style="margin: 0.5em 0 0; font-size: inherit">{rows}</table>' if rows else ""
        return _card(self.heading, f"<div>{_inline(self.message)}</div>{table}", COLORS[self.state])


@dataclass(frozen=True, repr=False)
class Hints:
    """The hints shown so far, and what comes after them."""

    title: str
    shown: Sequence[str]
    total: int

    @property
    def heading(self) -> str:
        """How many hints of how many. Example: `Hint 2 of 3 · Longest match first`."""
        return f"Hint {len(self.shown)} of {self.total} · {self.title}"

    @property
    def next(self) -> str:
        """What another look would show."""
        if len(self.shown) < self.total:
            return "Run this cell again for the next hint."
        return "That was the last hint: `.solution()` shows one way to do it."

    def __repr__(self) -> str:
        return "\n".join([self.heading, *(f"{n}. {hint}" for n, hint in enumerate(self.shown, 1)), self.next])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{_inline(hint)}</li>" for hint in self.shown)
        body = f'<ol style="margin: 0.25em 0">{items}</ol><div>{_inline(self.next)}</div>'
        return _card(self.heading, body, COLORS[State.NOT_ATTEMPTED])


@dataclass(frozen=True, repr=False)
class Solution:
    """The source of a reference answer. As Markdown, so that JupyterLab colors it in its own theme, offline."""

    source: str

    def __repr__(self) -> str:
        return self.source

    def _repr_markdown_(self) -> str:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", self.source)), default=0))
        return f"{fence}python\n{self.source}\n{fence}"


def _inline(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _row(label: str, text: str) -> str:
    head = f'<th scope="row" style="text-align: left; vertical-align: top; white-space: nowrap">{escape(label)}</th>'
    code = f'<code style="white-space: pre-wrap; word-break: break-word">{escape(text)}</code>'
    return f'<tr style="background: none">{head}<td style="text-align: left">{code}</td></tr>'


def _card(heading: str, body: str, color: str) -> str:
    style = (
        f"border: 1px solid var(--jp-border-color2, #bdbdbd); border-left: 6px solid {color}; padding: 0.5em 0.75em; "
        "color: var(--jp-content-font-color1, inherit); background: var(--jp-layout-color1, transparent)"
    )
    return f'<div role="status" style="{style}"><strong>{escape(heading)}</strong>{body}</div>'
