"""Everyday sentences with one blank, and the words that fit: does a model's first guess fit, does one of five?

The sentences of `data/cloze.tsv` were written before any prediction was looked at, by someone who saw none.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from transformers import BertForPreTraining, PreTrainedTokenizerFast

from bertlab.masked_language_modeling import fill_mask


class Blank(NamedTuple):
    """A sentence with one [MASK], and the words that fit there, in lower case."""

    sentence: str
    fits: frozenset[str]


def read_blanks(path: Path) -> list[Blank]:
    """Read a table with the columns `sentence` and `fits`, the words separated by commas.

    Example: `read_blanks(Path("data/cloze.tsv"))[0].fits` may be `{"cup", "mug"}`.
    """
    heading, *rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line)
    sentence, fits = heading.index("sentence"), heading.index("fits")
    return [Blank(row[sentence], frozenset(word.strip() for word in row[fits].split(","))) for row in rows]


def count_fits(blanks: Iterable[Blank], guesses: Iterable[Sequence[str]]) -> dict[str, float]:
    """The share of blanks whose first guess fits, and of those for which one of the five likeliest does.

    Example: `count_fits([Blank("A [MASK].", frozenset({"cat"}))], [["dog", "cat", "cup", "hat", "man"]])` is
    `{"first_fits": 0.0, "one_of_five_fits": 1.0, "sentences": 1}`.
    """
    found = [[word in blank.fits for word in words] for blank, words in zip(blanks, guesses, strict=True)]
    first, five = sum(fits[0] for fits in found), sum(any(fits[:5]) for fits in found)
    return {"first_fits": first / len(found), "one_of_five_fits": five / len(found), "sentences": len(found)}


def measure_cloze(
    blanks: Sequence[Blank], model: BertForPreTraining, tokenizer: PreTrainedTokenizerFast
) -> dict[str, int | float]:
    """Fill every blank, and count what fits.

    Example: `measure_cloze(read_blanks(Path("data/cloze.tsv")), model, tokenizer)["first_fits"]`
    """
    guesses = [fill_mask(blank.sentence, model, tokenizer, top_k=5)[0] for blank in blanks]
    return count_fits(blanks, [[guess.token for guess in five] for five in guesses])
