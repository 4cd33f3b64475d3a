"""What goes wrong when texts are scored by the words of a query. See `bertlab.exercises.mistakes`."""

import math
from collections.abc import Callable

Texts = list[list[str]]


def counts_without_saturation(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """You multiply by how often a word occurs, so that a text that says it ten times counts ten times as much as one
    that says it once, and long texts win. That is TF-IDF: tf/(tf + …) stays below 1."""
    return _scores(query, texts, lambda tf, length: tf)


def ignores_the_length(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Right for b = 0, or for texts of average length: in yours a word counts the same in a text of five words as in
    one of five hundred. Multiply k1 by 1 − b + b · length/average."""
    return _scores(query, texts, lambda tf, length: tf / (tf + k1))


def counts_occurrences_for_the_idf(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Your idf goes by how often a word occurs in all texts together, so that one text that repeats a rare word makes
    it a common one. n is in how many *texts* it is."""
    return _scores(query, texts, _share(texts, k1, b), _idf(texts, lambda text, word: text.count(word)))


def leaves_out_the_idf(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """All words weigh the same in yours: a text that has "the" in it counts as much as one that has the rare word of
    the query. Multiply by the idf of the word."""
    return _scores(query, texts, _share(texts, k1, b), lambda word: 1.0)


def exchanges_b_and_the_rest(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """You multiply 1 − b by the length, and not b, so that 0.75 holds long texts back as 0.25 should. With b = 0 the
    length must not matter: 1 − b + b · length/average."""
    return _scores(query, texts, _share(texts, k1, 1 - b))


def takes_the_logarithm_without_1(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Without the 1 in the logarithm, as Robertson has it, a word that is in more than half of the texts gets a
    negative weight: a text is punished for having it. Add 1 before you take the logarithm."""
    return _scores(query, texts, _share(texts, k1, b), _idf(texts, lambda text, word: word in text, plus=0))


def multiplies_by_k1_and_1(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """All scores are k1 + 1 times too large. That factor is in many books, and as it is the same for all texts and
    words, it changes no ranking: Lucene has dropped it, and so does the formula asked for."""
    return [(k1 + 1) * score for score in _scores(query, texts, _share(texts, k1, b))]


def turns_the_length_round(query: list[str], texts: Texts, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """You divide the average by the length, so that long texts, which have more of every word anyway, are helped, and
    short ones held back. It is length/average."""
    average = sum(map(len, texts)) / len(texts)
    return _scores(query, texts, lambda tf, length: tf / (tf + k1 * (1 - b + b * average / length)))


def _share(texts: Texts, k1: float, b: float) -> Callable[[int, int], float]:
    """Return what makes a share between 0 and 1 of a count and a length."""
    average = sum(map(len, texts)) / len(texts)
    return lambda tf, length: tf / (tf + k1 * (1 - b + b * length / average))


def _idf(texts: Texts, count: Callable[[list[str], str], int], plus: int = 1) -> Callable[[str], float]:
    def weight(word: str) -> float:
        n = sum(count(text, word) for text in texts)
        return math.log(plus + (len(texts) - n + 0.5) / (n + 0.5))

    return weight


def _scores(
    query: list[str],
    texts: Texts,
    share: Callable[[int, int], float],
    idf: Callable[[str], float] | None = None,
) -> list[float]:
    weight = idf or _idf(texts, lambda text, word: word in text)
    return [sum(weight(word) * share(text.count(word), len(text)) for word in query) for text in texts]
