"""Passages to search and questions to ask of them: the course's own, or a learner's texts.

collection = load_collection()                # or a folder of .txt and .md files, or a .csv, .tsv or .jsonl file
collection.passages[0].text, collection.split("test")[0].question
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bertlab.constants import DATA
from bertlab.fine_tuning.reading import DataError, read_rows
from bertlab.retrieval.passages import Passage, Skipped, read_folder, read_table

OWN = "search"
SPLITS = ("validation", "test")
"""Nothing is trained on questions: settings are chosen on the first, and judged on the second."""


@dataclass(frozen=True)
class Question:
    """A question and what answers it. Example: `Question("q1", "shared", "Who makes honey?", ("b1",), "Bees").relevant`
    is `("b1",)`.

    Attributes:
        id: unlike that of any other question.
        kind: in the course's own, "shared" (words with the passage), "other words", or "none" (nothing answers it).
        question: as it was asked.
        relevant: the ids of all passages that answer it, the best first.
        answer: a span of the first of them; may be empty.
        split: "validation" or "test".
    """

    id: str
    kind: str
    question: str
    relevant: tuple[str, ...]
    answer: str
    split: str = "test"


@dataclass(frozen=True)
class Collection:
    """Passages, questions on them, and what could not be read. Example: `Collection((), ()).skipped` is `()`."""

    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]
    skipped: tuple[Skipped, ...] = ()

    def split(self, name: str) -> list[Question]:
        """Return the questions of a split. Example: `load_collection().split("validation")[0].relevant`."""
        if name not in SPLITS:
            raise ValueError(f"the split {name!r} is none of {', '.join(SPLITS)}")
        return [question for question in self.questions if question.split == name]


def load_collection(source: str | Path = OWN, questions: str | Path | None = None, words: int = 100) -> Collection:
    """Return passages and questions, checked.

    Example: `load_collection("my_notes").skipped`

    Args:
        source: "search" of this course; a folder, whose .txt and .md files are cut into passages; or a CSV, TSV or
            JSON-lines file with a column `text` and, if you like, `id`, `subject` and `title`.
        questions: for passages of your own, a file with the columns `question` and `relevant`, the ids of passages
            parted by commas; and, if you like, `id`, `kind`, `answer` and `split`.
        words: the most that a passage cut from a file of a folder has.

    Raises:
        DataError: nothing can be read, or questions do not fit the passages; the message names the line and what to do.
    """
    own = str(source) == OWN
    path = DATA / f"{OWN}_passages.tsv" if own else Path(source)
    passages, skipped = read_folder(path, words) if path.is_dir() else read_table(path)
    if not passages:
        reasons = "; ".join(f"{entry.name}: {entry.reason}" for entry in skipped[:5]) or "it is empty"
        raise DataError(f"{path.name} holds no text that can be read ({reasons}): give .txt or .md files, or a table")
    asked = DATA / f"{OWN}_questions.tsv" if own else questions
    found = () if asked is None else tuple(read_questions(Path(asked), passages))
    return Collection(tuple(passages), found, tuple(skipped))


def read_questions(path: Path, passages: list[Passage]) -> Iterator[Question]:
    """Yield the questions of a file. Example: `list(read_questions(Path("mine.csv"), passages))[0].relevant`.

    DataError names the line of one that does not fit the passages.
    """
    texts = {passage.id: passage.text for passage in passages}
    seen: dict[str, int] = {}
    for number, row in enumerate(read_rows(path, ("question", "relevant")), 1):
        values = row.values
        relevant = tuple(name.strip() for name in values["relevant"].split(",") if name.strip())
        found = Question(
            values.get("id") or f"q{number}",
            values.get("kind", ""),
            values["question"].strip(),
            relevant,
            values.get("answer", ""),
            values.get("split") or "test",
        )
        where = f"{path.name}, line {row.line}"
        if found.id in seen:
            raise DataError(f"{where}: the id {found.id!r} stands also in line {seen[found.id]}: give it another")
        seen[found.id] = row.line
        check_question(found, texts, where)
        yield found


def check_question(question: Question, texts: dict[str, str], where: str) -> None:
    """Refuse a question that does not fit the passages. Example: `check_question(question, texts, "a.csv, line 2")`."""
    if not question.question:
        raise DataError(f"{where}: the question is empty: fill it in, or remove the line")
    if question.split not in SPLITS:
        raise DataError(f"{where}: the split {question.split!r} is none of {', '.join(SPLITS)}")
    for name in question.relevant:
        if name not in texts:
            raise DataError(f"{where}: there is no passage {name!r}: correct the id, or add the passage")
    if len(set(question.relevant)) < len(question.relevant):
        raise DataError(f"{where}: a passage is named twice in 'relevant': name it once")
    if question.answer and not (question.relevant and question.answer in texts[question.relevant[0]]):
        raise DataError(
            f"{where}: the answer {question.answer!r} does not stand in the first relevant passage: copy it from there "
            "letter by letter, or leave it empty"
        )
