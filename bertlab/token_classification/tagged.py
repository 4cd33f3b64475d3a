"""Sentences whose words are tagged, in splits that are fit to learn from: the course's own, or a learner's file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bertlab.constants import DATA
from bertlab.fine_tuning.labeled import SPLITS, deal_out, hold_out
from bertlab.fine_tuning.picking import Rows
from bertlab.fine_tuning.reading import DataError, Row
from bertlab.token_classification.bio import bio_tags, split_tag
from bertlab.token_classification.conll import Sentence, read_conll

OWN = {"entities": 1}
"""The course's own file, and the column of its checked tags; the next column has them with planted mistakes."""
STEMS = {
    "train": ("train",),
    "validation": ("validation", "valid", "val", "dev", "testa"),
    "test": ("test", "testb"),
}
"""How the files of a folder are called, their endings left off (`eng.testa` counts by its ending)."""


@dataclass(frozen=True)
class TaggedSentences(Rows):
    """Sentences as words, with a BIO tag for each word.

    Example: `TaggedSentences((("Ann", "left"),), (("B-PER", "O"),), ("O", "B-PER", "I-PER"))`

    Attributes:
        words: the words of each sentence.
        tags: the tags of each sentence, one for each word.
        names: the tags that the training split makes possible, O first; a label is a number into them.
        columns: what else the file says of each sentence, such as its genre.
    """

    shared: ClassVar[tuple[str, ...]] = ("names",)
    called: ClassVar[str] = "sentences"
    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_tagged(
    source: str | Path | Sequence[str | Path] = "entities", tag: int | None = None, repaired: bool = False
) -> dict[str, TaggedSentences]:
    """Return the splits train, validation and test of tagged sentences, checked.

    Example: `load_tagged("my_entities.conll")["train"].tags[0]`

    Args:
        source: "entities" of this course; a CoNLL file; a folder with a file for each split; or the paths of three
            files, for training, validation and test. In one file, a line `# split=test` before a sentence says where
            it belongs; without such lines, sentences are dealt out 70 : 10 : 20, those with the same words together. If
            none is for validation, a tenth of the training split is.
        tag: the column with the tag, counted from 0; None takes the last one, and of the course's own file the checked
            tags (2 takes those with planted mistakes).
        repaired: make a B- of an I- that continues nothing (as in IOB1) instead of refusing it.

    Raises:
        DataError: a file cannot be read, or is unfit to learn from; the message names the line and what to do.
    """
    column = OWN.get(str(source), -1) if tag is None else tag
    if not isinstance(source, str | Path):
        return split_up(read_files([Path(path) for path in source], column, repaired))
    path = DATA / f"{source}.tsv" if source in OWN else Path(source)
    if path.is_dir():
        return split_up(read_files(files_of(path), column, repaired))
    return split_up([(path.name, sentence) for sentence in read_conll(path, column, repaired)])


def files_of(folder: Path) -> list[Path]:
    """Find the files of a folder for training, validation (where there is one) and test.

    Example: `files_of(Path("conll2003"))`

    DataError if there is none or more than one for a split.
    """
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    found = []
    for split, stems in STEMS.items():
        paths = [path for path in files if {path.stem.lower(), path.suffix[1:].lower()} & set(stems)]
        if len(paths) > 1 or (not paths and split != "validation"):
            names = ", ".join(path.name for path in paths) or "no file"
            raise DataError(
                f"{folder}: {names} for the split {split!r}: name one file {split}.conll, or give three paths"
            )
        found += paths
    return found


def read_files(paths: Sequence[Path], tag: int, repaired: bool) -> list[tuple[str, Sentence]]:
    """Read a file for each split, two of them for training and test. Example: `read_files(paths, -1, False)`.

    DataError for another number of files, or a file that is unfit.
    """
    if len(paths) not in (2, 3):
        raise DataError(f"{len(paths)} files: give three, for training, validation and test, or two without validation")
    splits = SPLITS if len(paths) == 3 else ("train", "test")
    return [
        (path.name, sentence._replace(about={**sentence.about, "split": split}))
        for split, path in zip(splits, paths, strict=True)
        for sentence in read_conll(path, tag, repaired)
    ]


def split_up(sentences: list[tuple[str, Sentence]]) -> dict[str, TaggedSentences]:
    """Sort sentences, each with the name of its file, into splits. Example: `split_up([("a", s), ("a", t)])["test"]`.

    DataError if a split is unknown or the training split lacks what others have.
    """
    dealt = splits_of(sentences)
    types = sorted(
        {split_tag(tag)[1] for i, (_, one) in enumerate(sentences) if dealt[i] == "train" for tag in one.tags}
    )
    types = [name for name in types if name]
    if not types:
        raise DataError(f"{sentences[0][0]}: the training split has no entity: tag some, or put tagged sentences there")
    for name, sentence in sentences:
        for place, tag in enumerate(sentence.tags):
            if split_tag(tag)[1] not in ("", *types):
                raise DataError(
                    f"{name}, line {sentence.lines[place]}: {tag} has a type that does not occur in "
                    f"the training split, which has {', '.join(types)}: correct it, or tag some there"
                )
    columns = list(dict.fromkeys(key for _, one in sentences for key in one.about if key != "split"))
    return {
        split: gather([one for i, (_, one) in enumerate(sentences) if dealt[i] == split], bio_tags(types), columns)
        for split in SPLITS
    }


def splits_of(sentences: list[tuple[str, Sentence]]) -> list[str]:
    """Return the split of each sentence: the one it names, or a dealt one where none names any.

    Example: `splits_of([("a", sentence)])` is `["train"]` for a sentence that names none.

    Dealing is done among the sentences with the same rarest type, so that training sees each type. DataError if a split
    is unknown.
    """
    types = [{split_tag(tag)[1] for tag in one.tags} - {""} for _, one in sentences]
    frequency = Counter(name for found in types for name in found)
    told = any("split" in one.about for _, one in sentences)
    rows = []
    for number, (name, one) in enumerate(sentences):
        split = one.about.get("split", "")
        if told and split not in SPLITS:
            raise DataError(
                f"{name}, line {one.lines[0]}: the split {split!r} is none of {', '.join(SPLITS)}: "
                "write a line such as # split=train before the sentence"
            )
        rarest = min(types[number], key=lambda name: (frequency[name], name), default="")
        values = {"text": " ".join(one.words), "rarest": rarest}
        rows.append(Row(number, values | ({"split": split} if told else {})))
    dealt = hold_out(rows, ("text",), "rarest") if told else deal_out(rows, ("text",), "rarest")
    return [row.values["split"] for row in dealt]


def gather(sentences: list[Sentence], names: Sequence[str], columns: Sequence[str]) -> TaggedSentences:
    """Turn the sentences of one split into one object. Example: `gather(sentences, ["O", "B-PER"], ["genre"])`."""
    return TaggedSentences(
        words=tuple(one.words for one in sentences),
        tags=tuple(one.tags for one in sentences),
        names=tuple(names),
        columns={column: tuple(one.about.get(column, "") for one in sentences) for column in columns},
    )
