"""Plain text in, token ids out: articles, held-out articles, sentences, and one flat array of ids."""

import hashlib
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerBase

ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Sr|Jr|Gen|Col|Lt|Prof|vs|No|c|ca|e\.g|i\.e)|\b[A-Z])\.$")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")


def read_articles(path: str | Path) -> Iterator[list[str]]:
    """Yield each article of a text file (plain or .xz) as its list of paragraphs.

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


def is_held_out(article: list[str], share: float = 0.01) -> bool:
    """Say whether an article is kept out of training: a stable hash of its first paragraph, the same on any machine."""
    digest = hashlib.blake2b(article[0].encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


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

    @classmethod
    def cached(
        cls, text: str | Path, tokenizer: PreTrainedTokenizerBase, folder: Path, *, held_out: bool
    ) -> "TokenizedCorpus":
        """Build the training or the held-out part of `text` once, and read it from `folder` ever after.

        What `folder` holds is used only while its first article still has the ids that this text and this tokenizer
        give: an edited text or another vocabulary makes it anew.
        """
        part = "held-out" if held_out else "train"
        path = folder / f"{Path(text).stem}-{Path(text).stat().st_size}-{part}.npz"

        def chosen() -> Iterator[list[str]]:
            return (article for article in read_articles(text) if is_held_out(article) == held_out)

        if path.exists():
            corpus = cls.load(path)
            first = cls.build(islice(chosen(), 1), tokenizer)
            if np.array_equal(first.ids, corpus.ids[: len(first.ids)]):
                return corpus
        corpus = cls.build(chosen(), tokenizer)
        corpus.save(path)
        return corpus

    def save(self, path: Path) -> None:
        """Write the three arrays; a kill in mid-write leaves no half a file under this name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, ids=self.ids, sentences=self.sentence_starts, articles=self.article_starts)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "TokenizedCorpus":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["ids"], arrays["sentences"], arrays["articles"])
