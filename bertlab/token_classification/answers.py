"""Questions on passages, in splits: the course's own, or a learner's file in SQuAD's format; and what makes one unfit.

A file of SQuAD 1.1 or 2.0 has articles, an article paragraphs, and a paragraph questions (`qas`):

    {"data": [{"title": "Rivers", "paragraphs": [{"context": "The Nile flows north.", "qas": [
        {"id": "1", "question": "What flows north?", "answers": [{"text": "The Nile", "answer_start": 0}]},
        {"id": "2", "question": "What flows south?", "answers": [], "is_impossible": true}]}]}]}

Format: Rajpurkar et al. 2018 (arXiv:1806.03822).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import SPLITS, compared, deal_out, hold_out
from bertlab.fine_tuning.reading import DataError, Row

OWN = "answers"
KINDS = {dict: "an object {...}", list: "a list [...]", str: "a text", int: "a whole number", bool: "true or false"}
NOT_NOTES = ("context", "id", "question")


class Answer(NamedTuple):
    """A piece of the passage, and the character with which it begins. Example: `Answer("Nile", 4).end` is `8`."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """The character after its last. Example: `Answer("Nile", 4).end` is `8`."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Question:
    """A question on a passage. Example: `Question("2", "What flows south?", "The Nile flows north.").answers` is `()`.

    Attributes:
        id: unlike that of any other question.
        question, passage: the two texts.
        answers: one or more that are right, each from the passage; none if the passage does not answer the question.
        about: what else the file says in words: the title, the split, and so on.
    """

    id: str
    question: str
    passage: str
    answers: tuple[Answer, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)


def load_answers(source: str | Path | Sequence[str | Path] = OWN) -> dict[str, list[Question]]:
    """Return the splits train, validation and test of questions on passages, checked.

    Example: `load_answers("my_questions.json")["train"][0].passage`

    Args:
        source: "answers" of this course; a file in SQuAD's format; or the paths of two or three such files, for
            training, (validation) and test. In one file, `"split": "test"` beside a "context" or a "title" says where
            those questions belong; without it, they are dealt out 70 : 10 : 20, those on one passage together. If none
            is for validation, a tenth of the training split is.

    Raises:
        DataError: a file cannot be read, or is unfit; the message names the place and what to do.
    """
    if isinstance(source, str | Path):
        path = DATA / f"{OWN}.json" if source == OWN else Path(source)
        return split_up([(path.name, question) for question in read_squad(path)])
    if len(source) not in (2, 3):
        raise DataError(
            f"{len(source)} files: give three, for training, validation and test, or two without validation"
        )
    splits = SPLITS if len(source) == 3 else ("train", "test")
    return split_up(
        [
            (Path(path).name, replace(question, about={**question.about, "split": split}))
            for split, path in zip(splits, source, strict=True)
            for question in read_squad(Path(path))
        ]
    )


def read_squad(path: Path) -> list[Question]:
    """Read the questions of a file in SQuAD's format. Example: `read_squad(Path("dev-v2.0.json"))[0].answers`.

    `plausible_answers` are passed over. DataError if the file is missing, empty or malformed, or an answer does not
    stand where it should.
    """
    found: list[Question] = []
    places: dict[str, str] = {}
    for place, passage, notes, qas in paragraphs(read_document(path), path.name):
        for number, qa in enumerate(qas, 1):
            name = value_of(qa, "id", str, f"{place}, question number {number}")
            where = f"{place}, question {name}"
            if name in places:
                raise DataError(f"{where}: this id stands also in {places[name]}: give each question an id of its own")
            places[name] = place
            asked = value_of(qa, "question", str, where)
            about = notes | texts_of(qa)
            found.append(Question(name, asked, passage, read_answers(qa, passage, where), about))
    if not found:
        raise DataError(f'{path.name} holds no questions: write some into the "qas" of its paragraphs')
    return found


def read_document(path: Path) -> Any:
    """Return what a JSON file holds. Example: `read_document(Path("dev-v2.0.json"))["data"]`.

    DataError if it is missing or malformed.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataError(f"there is no file {path}: give its path, seen from {Path.cwd()}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: not UTF-8; save the file with that encoding") from error
    except json.JSONDecodeError as error:
        place = f"{path.name}, line {error.lineno}"
        raise DataError(f"{place}: no valid JSON: {error.msg} at character {error.colno}; correct it there") from error


def paragraphs(document: Any, name: str) -> Iterator[tuple[str, str, dict[str, str], list[Any]]]:
    """Yield the place of each paragraph, its passage, what is noted of it, and its questions.

    Example: `next(paragraphs(document, "dev-v2.0.json"))[1]`
    """
    for number, article in enumerate(value_of(document, "data", list, name), 1):
        place = f"{name}, article {number}"
        blocks = value_of(article, "paragraphs", list, place)
        place = f"{name}, {article['title']!r}" if article.get("title") else place
        for count, paragraph in enumerate(blocks, 1):
            where = f"{place}, paragraph {count}"
            passage = value_of(paragraph, "context", str, where)
            notes = texts_of(article) | texts_of(paragraph)
            yield where, passage, notes, value_of(paragraph, "qas", list, where)


def value_of(holder: Any, key: str, kind: type, where: str) -> Any:
    """Return the value of a key, if it is of its kind. Example: `value_of({"id": "7"}, "id", str, "a.json")` is `"7"`.

    DataError if it is missing, empty, or something else.
    """
    if not isinstance(holder, dict):
        raise DataError(f'{where}: expected an object with "{key}", not {json.dumps(holder)[:40]}')
    if key not in holder:
        raise DataError(f'{where}: there is no "{key}", but {", ".join(map(repr, holder)) or "nothing"}: add it')
    value = holder[key]
    if type(value) is not kind:  # isinstance would take true for a whole number
        raise DataError(f'{where}: "{key}" must be {KINDS[kind]}, not {json.dumps(value)[:40]}')
    if isinstance(value, str) and not value.strip():
        raise DataError(f'{where}: "{key}" is empty: fill it in, or remove this part')
    return value


def texts_of(part: dict[str, Any]) -> dict[str, str]:
    """Return what a part of the file says in words, but not its own texts. Example: `texts_of({"id": "7", "by": "me"})`
    is `{"by": "me"}`.
    """
    return {key: value for key, value in part.items() if isinstance(value, str) and key not in NOT_NOTES}


def read_answers(qa: dict[str, Any], passage: str, where: str) -> tuple[Answer, ...]:
    """Return the answers of a question, none if it has none. Example: `read_answers({"answers": []}, passage, where)`.

    DataError if they do not fit the passage, or `is_impossible` says otherwise.
    """
    answers = tuple(read_answer(found, passage, where) for found in value_of(qa, "answers", list, where))
    impossible = value_of(qa, "is_impossible", bool, where) if "is_impossible" in qa else not answers
    if impossible and answers:
        raise DataError(
            f'{where}: "is_impossible" is true, but there is the answer {answers[0].text!r}: write false, or empty '
            '"answers" (answers that only seem right may stand in "plausible_answers")'
        )
    if not (impossible or answers):
        raise DataError(f'{where}: there is no answer: add one, or write "is_impossible": true')
    return answers


def read_answer(found: Any, passage: str, where: str) -> Answer:
    """Return an answer that stands where it says. Example: `read_answer({"text": "b", "answer_start": 1}, "ab", "a")`
    is `("b", 1)`.

    DataError for any other; it says where the text does stand.
    """
    answer = Answer(value_of(found, "text", str, where), value_of(found, "answer_start", int, where))
    there = passage[answer.start : answer.end]
    if answer.start >= 0 and there == answer.text:
        return answer
    problem = f"where the passage has {there!r}"
    if not 0 <= answer.start <= answer.end <= len(passage):
        problem = f"outside the passage, which has {len(passage)} characters"
    places = [match.start() for match in re.finditer(re.escape(answer.text), passage)]
    nearest = min(places, key=lambda place: abs(place - answer.start), default=None)
    cure = (
        "copy the answer from the passage letter by letter" if nearest is None else f'write "answer_start": {nearest}'
    )
    raise DataError(f"{where}: the answer {answer.text!r} begins at character {answer.start}, {problem}: {cure}")


def split_up(questions: list[tuple[str, Question]]) -> dict[str, list[Question]]:
    """Sort questions, each with the name of its file, into splits. Example: `split_up([("a.json", question)])["test"]`.

    DataError if a split is unknown, or a passage or an id stands in two.
    """
    told = any("split" in question.about for _, question in questions)
    seen: dict[tuple[str, ...], Question] = {}
    rows, ids = [], set()
    for number, (name, question) in enumerate(questions):
        where, split = f"{name}, question {question.id}", question.about.get("split", "")
        if told and split not in SPLITS:
            raise DataError(f'{where}: its split {split!r} is none of {", ".join(SPLITS)}: write it beside "context"')
        if question.id in ids:
            raise DataError(f"{where}: this id stands in another file too: give each question an id of its own")
        ids.add(question.id)
        row = Row(number, {"text": question.passage, "kind": ""} | ({"split": split} if told else {}))
        first = seen.setdefault(compared(row, ("text",)), question)
        if first.about.get("split", "") != split:
            raise DataError(
                f"{where}: its passage is in the split {split!r}, but for question {first.id} in "
                f"{first.about['split']!r}: what is tested on must not be trained on, so put both into one split"
            )
        rows.append(row)
    dealt = hold_out(rows, ("text",), "kind") if told else deal_out(rows, ("text",), "kind")
    splits = [row.values["split"] for row in dealt]
    if "train" not in splits:
        raise DataError(f'{questions[0][0]}: no question is in the training split: write "split": "train" beside some')
    return {name: [q for (_, q), split in zip(questions, splits, strict=True) if split == name] for name in SPLITS}
