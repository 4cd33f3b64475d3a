"""The deck of interview cards, `data/interview.yaml`, read and checked against its schema."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from bertlab.constants import DATA

DECK = DATA / "interview.yaml"
SCHEMA = DATA / "interview.schema.json"


@dataclass(frozen=True)
class WrongAnswer:
    """An answer that interviewers hear often, and the reason why it is wrong."""

    answer: str
    reason: str


@dataclass(frozen=True)
class Probe:
    """A follow-up question, asked once the first answer is given."""

    question: str
    answer: str


@dataclass(frozen=True)
class Card:
    """One interview question with all that belongs to it.

    Example: `Card(id="tokenization.offsets", notebook="tokenization", cell="offsets", kind="explain", ...)`

    `notebook` and `cell` name the place in the course that demonstrates the answer; `difficulty` runs from 1 (easy) to
    3 (hard). Texts are plain, with `backticks` around code.
    """

    id: str
    notebook: str
    cell: str
    kind: str
    difficulty: int
    question: str
    answer: str
    key_points: tuple[str, ...]
    wrong_answers: tuple[WrongAnswer, ...]
    probes: tuple[Probe, ...]
    phrases: tuple[str, ...]


class DeckError(ValueError):
    """The deck breaks its rules; the message names every card and field, and what to do."""


def load_deck(path: Path | None = None) -> list[Card]:
    """Read and check a deck of interview cards, in the order of the file.

    Example: `load_deck()[0].id == "tokenization.why-subwords"`

    Args:
        path: a YAML file with a list of cards; None takes the course's own `data/interview.yaml`.

    Raises:
        DeckError: the file is not YAML, or a card breaks the schema or repeats another one.
    """
    path = path or DECK
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except yaml.YAMLError as error:
        raise DeckError(f"{path.name} is not valid YAML: {error}") from error
    complaints = list(complaints_about(entries))
    if complaints:
        raise DeckError(f"{path.name} needs {len(complaints)} correction(s):\n" + "\n".join(complaints))
    return [_card(entry) for entry in entries]


def complaints_about(entries: Any) -> Iterator[str]:
    """Say what is wrong with a deck as read from YAML, one line for each fault: card, field, what to do.

    Example: `list(complaints_about([]))`
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(schema).iter_errors(entries), key=lambda error: list(error.absolute_path))
    yield from (_describe(error, entries) for error in errors)
    if errors:
        return
    for field in ("id", "question"):
        for text, count in Counter(entry[field] for entry in entries).items():
            if count > 1:
                yield f"- {count} cards share the {field} {text!r}: keep one, or rephrase the others"
    for entry in entries:
        if not entry["id"].startswith(entry["notebook"] + "."):
            yield f"- card {entry['id']!r}, id: begin it with its notebook, {entry['notebook'] + '.'!r}"


def _describe(error: ValidationError, entries: Any) -> str:
    """Turn a schema error into one line that a card's author can act on."""
    if not error.absolute_path:
        return "- the deck must be a list of at least one card, each beginning with '- id: ...'"
    number, *field = error.absolute_path
    entry = entries[number]
    name = entry["id"] if isinstance(entry, dict) and "id" in entry else f"number {int(number) + 1}, which has no id"
    where = ".".join(str(part) for part in field) or "the card itself"
    advice = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f"- card {name!r}, {where}: {error.message}" + (f"; give {advice}" if advice else "")


def _card(entry: dict[str, Any]) -> Card:
    return Card(
        **{
            **entry,
            "key_points": tuple(entry["key_points"]),
            "wrong_answers": tuple(WrongAnswer(**wrong) for wrong in entry["wrong_answers"]),
            "probes": tuple(Probe(**probe) for probe in entry["probes"]),
            "phrases": tuple(entry["phrases"]),
        }
    )


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a repeated key: with a forgotten '- ' two cards melt into one, and the first is lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build the mapping, once no key of it is found to occur twice."""
        keys = Counter(key.value for key, _ in node.value)
        for repeated in (key for key, count in keys.items() if count > 1):
            problem = f"the key {repeated!r} occurs twice in one entry; is a '- ' missing before the second?"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep)
