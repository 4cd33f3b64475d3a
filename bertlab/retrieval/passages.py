"""Passages from a learner's own texts: a folder of .txt and .md files, or a table. What cannot be read is named."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bertlab.fine_tuning.reading import DataError, read_rows
from bertlab.retrieval.chunking import chunks

TEXTS = (".txt", ".md")


@dataclass(frozen=True)
class Passage:
    """A text that can be found. Example: `Passage("b1", "bees", "Honey", "Bees make it.").title` is `"Honey"`.

    Attributes:
        id: unlike that of any other passage.
        subject, title: may be empty.
        text: what is read.
    """

    id: str
    subject: str
    title: str
    text: str


@dataclass(frozen=True)
class Skipped:
    """What could not be read, and why. Example: `Skipped("photo.png", "no .txt or .md file").name` is `"photo.png"`."""

    name: str
    reason: str


def read_table(path: Path) -> tuple[list[Passage], list[Skipped]]:
    """Read passages from a table with a column `text` and, if there are, `id`, `subject` and `title`.

    Example: `passages, skipped = read_table(Path("mine.csv"))`

    A row without text, or with an id that was there before, is skipped. Without the column `id`, a passage is called
    by its line. DataError as in `read_rows`.
    """
    passages: dict[str, Passage] = {}
    skipped = []
    for row in read_rows(path, ("text",)):
        name = row.values.get("id", "").strip() or str(row.line)
        text = row.values["text"].strip()
        if text and name not in passages:
            subject, title = row.values.get("subject", ""), row.values.get("title", "")
            passages[name] = Passage(name, subject, title, text)
        else:
            reason = f"the id {name!r} was there before" if text else "its text is empty"
            skipped.append(Skipped(f"{path.name}, line {row.line}", reason))
    return list(passages.values()), skipped


def read_folder(folder: Path, words: int = 100) -> tuple[list[Passage], list[Skipped]]:
    """Cut the .txt and .md files of a folder, and of those in it, into passages of at most so many words.

    Example: `passages, skipped = read_folder(Path("my_notes"))`

    The second passage of `bees.md` is `bees.md#2`; its subject is the folder, its title the file's first heading, or
    its name.
    """
    passages, skipped = [], []
    for path, reason in found_in(folder):
        name = path.relative_to(folder).as_posix()
        try:
            text = "" if reason else path.read_text(encoding="utf-8-sig")
            reason = reason or ("" if text.strip() else "it is empty")
        except UnicodeDecodeError:
            reason = "not UTF-8: save it with that encoding"
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
        if reason:
            skipped.append(Skipped(name, reason))
            continue
        subject = path.relative_to(folder).parent.as_posix().removeprefix(".")
        for number, part in enumerate(chunks(text, words), 1):
            passages.append(Passage(f"{name}#{number}", subject, title_of(text, path), part.text))
    return passages, skipped


def found_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield what lies in a folder, and why it is not read, if it is not. Example: `next(found_in(Path("my_notes")))`.

    DataError if the folder itself cannot be opened.
    """
    unreadable: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=unreadable.append):
        for name in sorted(folders):
            path = Path(root, name)
            if name.startswith(".") or path.is_symlink():
                yield path, "a hidden folder" if name.startswith(".") else "a link to a folder"
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            known = Path(name).suffix.lower() in TEXTS
            yield Path(root, name), "" if known else f"no {' or '.join(TEXTS)} file"
    for error in unreadable:
        if Path(error.filename) == folder:
            raise DataError(f"the folder {folder} cannot be opened: {error.strerror}") from error
        yield Path(error.filename), error.strerror or "it cannot be opened"


def title_of(text: str, path: Path) -> str:
    """Return the first heading of a Markdown file, else its name.

    Example: `title_of("# Bees\\nMany.", Path("a.md"))` is `"Bees"`, and `title_of("Many.", Path("bees.md"))` is
    `"bees"`.
    """
    headings = [line.strip("# ") for line in text.splitlines() if line.startswith("#")]
    return headings[0] if headings and headings[0] and path.suffix.lower() == ".md" else path.stem
