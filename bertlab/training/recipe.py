"""Which texts a run reads, and how much of each: a small TOML file, such as `everyday.toml` beside this module."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bertlab.training.corpus import is_held_out, read_articles, stable_share
from bertlab.training.names import vary_names


@dataclass(frozen=True)
class Text:
    """One text of a mixture."""

    file: str
    about: str = ""
    license: str = ""
    pairs: float = 0.0  # its share of the sentence pairs
    singles: float = 0.0  # its share of the single sentences
    keep: float = 1.0  # share of its documents that is read
    names: bool = False  # vary the names Tom and Mary
    held_out: str = ""  # its heading in the figures; empty: not measured

    @property
    def name(self) -> str:
        """The file's name without its endings, e.g. `everyday-books`."""
        return self.file.split(".")[0]


@dataclass(frozen=True)
class Recipe:
    """Texts with their shares, the share of batches of single sentences, and lines to leave out."""

    texts: tuple[Text, ...]
    singles: float = 0.0
    drop: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """Read a recipe file.

        Example: `Recipe.read(Path("bertlab/training/everyday.toml")).texts[0].file == "wikipedia-easy.txt.xz"`

        Raises:
            ValueError: no text gives pairs, or batches of singles are asked for and no text gives any.
        """
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = tuple(Text(**entry) for entry in found.get("text", []))
        recipe = cls(texts, found.get("singles", 0.0), tuple(found.get("drop", [])))
        if not any(text.pairs for text in texts):
            raise ValueError(f"{path}: give at least one [[text]] a share of the pairs")
        if recipe.singles and not any(text.singles for text in texts):
            raise ValueError(f"{path}: singles = {recipe.singles}, and no [[text]] has a share of them")
        return recipe

    def documents(self, text: Text, folder: Path, *, held_out: bool) -> Iterator[list[str]]:
        """The documents of one text that training reads, or those that are held out, as lists of paragraphs."""
        for document in self.clean(text, read_articles(folder / text.file)):
            if is_held_out(document) == held_out:
                yield document

    def clean(self, text: Text, documents: Iterable[list[str]]) -> Iterator[list[str]]:
        """Leave out what is to be dropped or not kept, and vary the names if the text asks for it."""
        for document in documents:
            lines = [line for line in document if not any(words in line for words in self.drop)]
            if lines and stable_share("x" + lines[0]) < text.keep:
                yield [vary_names(line) for line in lines] if text.names else lines

    def fingerprint(self, text: Text) -> str:
        """All that decides which of a text's words are read: another fingerprint, other tokens."""
        settings = {name: value for name, value in asdict(text).items() if name in ("keep", "names")}
        return repr((settings, self.drop))
