"""Plain text in, token ids out: articles, held-out articles, sentences, and one flat array of ids."""

import hashlib
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerBase

ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Sr|Jr|Gen|Col|Lt|Prof|vs|No|c|ca|e\.g|i\.e)|\b[A-Z])\.$")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")


def read_articles(path: str | Path) -> Iterator[list[str]]:
    """Yield each article of a text file (plain or .xz) as its list of paragraphs.

    Example: `next(read_articles("wikipedia-easy.txt.xz"))`

    One paragraph a line, a blank line between articles.
    """
    opener = lzma.open if str(path).endswith(".xz") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        paragraphs: list[str] = []
        for line in lines:
            if line.strip():
                paragraphs.append(line.strip())
            elif paragraphs:
                yield paragraphs
                paragraphs = []
        if paragraphs:
            yield paragraphs


def stable_share(text: str) -> float:
    """A number from [0, 1) by a hash of the text: evenly spread, and the same on any machine.

    Example: `stable_share("Ada")`
    """
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def is_held_out(article: list[str], share: float = 0.01) -> bool:
    """Say whether an article is kept out of training, by the hash of its first paragraph.

    Example: `is_held_out(["The first paragraph."])`
    """
    return stable_share(article[0]) < share


def split_sentences(paragraph: str) -> list[str]:
    """Split a paragraph at . ! ? before a capital or a digit, but not after an initial or a common abbreviation.

    Example: `split_sentences("Dr. Li left. She ran.") == ["Dr. Li left.", "She ran."]`
    """
    sentences: list[str] = []
    start = 0
    for match in SENTENCE_END.finditer(paragraph):
        if not ABBREVIATION.search(paragraph[start : match.start()]):
            sentences.append(paragraph[start : match.end()].strip())
            start = match.end()
    return [s for s in [*sentences, paragraph[start:].strip()] if s]


@dataclass
class TokenizedCorpus:
    """All sentences of a set of articles, as ids end to end.

    `ids[sentence_starts[s] : sentence_starts[s + 1]]` is sentence s, and
    `range(article_starts[a], article_starts[a + 1])` are the sentences of article a.
    """

    ids: np.ndarray  # (tokens,) uint16
    sentence_starts: np.ndarray  # (sentences + 1,) int64
    article_starts: np.ndarray  # (articles + 1,) int64

    @classmethod
    def build(cls, articles: Iterable[list[str]], tokenizer: PreTrainedTokenizerBase) -> "TokenizedCorpus":
        """Tokenize articles (lists of paragraphs) sentence by sentence, without [CLS] and [SEP].

        Raises:
            ValueError: there is no article, or the vocabulary has more pieces than 16 bits can count.
        """
        if len(tokenizer) > 2**16:
            raise ValueError(f"a vocabulary of {len(tokenizer):,} pieces: ids are stored in 16 bits, 65,536 at most")
        pieces: list[np.ndarray] = []
        lengths: list[int] = []
        article_starts = [0]
        for article in articles:
            sentences = [s for paragraph in article for s in split_sentences(paragraph)]
            encoded = tokenizer(sentences, add_special_tokens=False, verbose=False)["input_ids"]
            kept = [np.array(ids, dtype=np.uint16) for ids in encoded if ids]
            pieces += kept
            lengths += [len(ids) for ids in kept]
            article_starts.append(len(lengths))
        if not pieces:
            raise ValueError("no article in this text: write one paragraph a line, a blank line between articles")
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(np.concatenate(pieces), starts, np.array(article_starts, dtype=np.int64))

    def save(self, path: Path, made_from: str = "") -> None:
        """Write the ids and the lengths of sentences and articles; a kill in mid-write leaves no half a file.

        `made_from` is a fingerprint of the text, to know later whether the file is still up to date.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        lengths = {"sentences": np.diff(self.sentence_starts), "articles": np.diff(self.article_starts)}
        lengths = {name: length.astype(np.uint32) for name, length in lengths.items()}
        np.savez(
            partial,
            ids=self.ids,
            made_from=np.array(made_from),
            sentences=lengths["sentences"],
            articles=lengths["articles"],
        )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "TokenizedCorpus":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            starts = [
                np.concatenate([[0], np.cumsum(arrays[name], dtype=np.int64)]) for name in ("sentences", "articles")
            ]
            return cls(arrays["ids"], *starts)
