"""A hundred thousand chunks to search, all from the course's own texts: too many to compare without thinking."""

import random
from collections.abc import Iterator

from bertlab.fine_tuning.labeled import load_labeled, tricky_reviews
from bertlab.retrieval.collection import load_collection
from bertlab.sentence_bert.triples import load_triples
from bertlab.sentence_embeddings.pairs import load_pairs
from bertlab.texts import passages
from bertlab.token_classification.answers import load_answers
from bertlab.token_classification.tagged import load_tagged

LENGTHS = (8, 16, 24, 32)
"""Words in a chunk."""
EVERY = 2
"""So many words after the last one, the next chunk begins."""
SEED = 0


def many_chunks(count: int = 100_000) -> list[str]:
    """Return chunks of the course's texts, no two of them equal, in an order that is drawn but always the same.

    Example: `many_chunks(1000) == many_chunks(2000)[:1000]`

    They overlap, as those of any index do: most have near duplicates, and a search must tell these apart. None is from
    the notebooks or the interview cards, which change more often, or from the questions of `load_collection`.
    ValueError if there are not so many.
    """
    found: dict[str, str] = {}
    for text in sorted(set(texts())):  # whatever the order of the files
        for chunk in windows(text):
            found.setdefault(chunk.casefold(), chunk)  # equals for an uncased model, too
    chunks = list(found.values())
    if not 0 <= count <= len(chunks):
        raise ValueError(f"count={count}: the course's texts have {len(chunks)} chunks, so give 0 to {len(chunks)}")
    random.Random(SEED).shuffle(chunks)
    return chunks[:count]


def windows(text: str, lengths: tuple[int, ...] = LENGTHS, every: int = EVERY) -> Iterator[str]:
    """Yield the chunks of a text, of each length in turn; a text that is shorter is a chunk as it is.

    Example: `list(windows("a b c d e f", lengths=(3, 9), every=2))` is `["a b c", "c d e", "a b c d e f"]`.
    """
    words = text.split()
    for length in lengths:
        for start in range(0, max(len(words) - length, 0) + 1, every):
            yield " ".join(words[start : start + length])


def texts() -> Iterator[str]:
    """Yield the course's texts, some of them several times. Example: `len(set(texts())) > 5000`"""
    yield from (passage.text for passage in load_collection().passages)
    yield from (question.passage for questions in load_answers().values() for question in questions)
    for reviews in (*load_labeled("reviews").values(), tricky_reviews()):
        yield from (text for text in reviews.texts if isinstance(text, str))  # not a pair, as in other files
    yield from (text for triples in load_triples().values() for column in triples.texts for text in column)
    yield from (text for pairs in load_pairs().values() for text in (*pairs.first, *pairs.second))
    yield from (" ".join(words) for sentences in load_tagged().values() for words in sentences.words)
    yield from passages()
