"""The interview corner of a notebook: its cards as questions, with everything else folded away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bertlab.interview.deck import Card, load_deck

KINDS = {
    "recall": "recall a fact",
    "explain": "explain an idea",
    "derive": "work it out step by step",
    "compare": "compare",
    "debug": "find the fault",
    "design": "make a choice and defend it",
}
DIFFICULTIES = {1: "easy", 2: "medium", 3: "hard"}
FOLD = (
    '<details><summary data-lm-suppress-shortcuts="true">{title}</summary>'
    '<div style="margin-left: 1.2em">{body}</div></details>'
)
"""A native fold, for Enter and Space; the attribute keeps JupyterLab's one-letter shortcuts off the focused title."""


@dataclass(frozen=True)
class InterviewCorner:
    """The cards of one notebook; JupyterLab shows them folded, plain Python shows the questions."""

    cards: tuple[Card, ...]

    def __repr__(self) -> str:
        return to_text(self.cards)

    def _repr_html_(self) -> str:
        return to_html(self.cards)


def interview_corner(topic: str) -> InterviewCorner:
    """Show the interview cards of one notebook.

    Example: `interview_corner("tokenization")`

    Raises:
        ValueError: no card belongs to the topic.
    """
    return InterviewCorner(cards_of(topic, load_deck()))


def cards_of(topic: str, deck: Sequence[Card]) -> tuple[Card, ...]:
    """Pick the cards of one topic, in the order of the deck.

    Raises:
        ValueError: no card belongs to the topic; the message lists the topics that have cards.
    """
    cards = tuple(card for card in deck if card.notebook == topic)
    if not cards:
        known = ", ".join(sorted({card.notebook for card in deck}))
        raise ValueError(f"no interview card belongs to {topic!r}: choose one of {known}")
    return cards


def to_text(cards: Sequence[Card]) -> str:
    """Write the questions only, so that a plain terminal gives no answer away. Example: `to_text(load_deck())`."""
    questions = [f"{number}. {card.question} ({describe(card)})" for number, card in enumerate(cards, start=1)]
    return "\n".join(["Interview corner (the answers unfold in JupyterLab)", *questions])


def to_html(cards: Sequence[Card]) -> str:
    """Write the cards as a list of questions with native folds. Example: `to_html(load_deck())`.

    No script, style sheet or event handler: JupyterLab strips those from a notebook that is not trusted yet.
    """
    return f"<p>Answer out loud first, then unfold.</p><ol>{''.join(_item(card) for card in cards)}</ol>"


def describe(card: Card) -> str:
    """Say in words how hard a card is and what it asks for. Example: `describe(card) == "medium, find the fault"`."""
    return f"{DIFFICULTIES[card.difficulty]}, {KINDS[card.kind]}"


def _item(card: Card) -> str:
    folds = [
        _fold("Answer", f"<p>{_inline(card.answer)}</p>"),
        _fold("Key points", _bullets(card.key_points)),
        _fold(
            "Wrong answers, and why",
            "".join(
                f"<p>“{_inline(wrong.answer)}”<br><strong>Why not:</strong> {_inline(wrong.reason)}</p>"
                for wrong in card.wrong_answers
            ),
        ),
        _fold(
            "Follow-up questions",
            "".join(_fold(_inline(probe.question), f"<p>{_inline(probe.answer)}</p>") for probe in card.probes),
        ),
        _fold("Say it in a sentence", _bullets(card.phrases)),
    ]
    shown = f'shown in the cell <a href="#cell-id={escape(card.cell)}">{escape(card.cell)}</a>'
    question = f"<p><strong>{_inline(card.question)}</strong><br>{describe(card).capitalize()}; {shown}.</p>"
    return f'<li style="margin-bottom: 1em">{question}{"".join(folds)}</li>'


def _fold(title: str, body: str) -> str:
    return FOLD.format(title=title, body=body)


def _bullets(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_inline(text)}</li>' for text in texts)}</ul>"


def _inline(text: str) -> str:
    """Escape a card's text, then turn its backticks into code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
