"""Likely mistakes in scoring pairs for a merge. See `bertlab.exercises.mistakes`."""

from collections import Counter
from itertools import pairwise

Splits = dict[str, list[str]]
Counts = dict[str, int]
Scores = dict[tuple[str, str], float]


def only_counts(splits: Splits, word_counts: Counts) -> Scores:
    """That is how often each pair occurs, by which BPE chooses. WordPiece divides it by the counts of both pieces."""
    return dict(_count_pairs(splits, word_counts))


def adds(splits: Splits, word_counts: Counts) -> Scores:
    """You divide by the sum of the two pieces' counts. It is their product."""
    pieces = _count_pieces(splits, word_counts)
    return {(a, b): n / (pieces[a] + pieces[b]) for (a, b), n in _count_pairs(splits, word_counts).items()}


def counts_each_word_once(splits: Splits, word_counts: Counts) -> Scores:
    """You count each different word once. A word counts as often as `word_counts` says."""
    return _scores(splits, dict.fromkeys(word_counts, 1))


def counts_pieces_once_a_word(splits: Splits, word_counts: Counts) -> Scores:
    """You count a piece once in a word where it stands twice. Count it as often as it stands there."""
    pieces = _count_pieces({word: [*dict.fromkeys(split)] for word, split in splits.items()}, word_counts)
    return {(a, b): n / (pieces[a] * pieces[b]) for (a, b), n in _count_pairs(splits, word_counts).items()}


def counts_pairs_once_a_word(splits: Splits, word_counts: Counts) -> Scores:
    """You count a pair once in a word where it stands twice. Count it as often as it stands there: in b ##a ##n ##a ##n
    ##a, `("##a", "##n")` stands twice."""
    pieces = _count_pieces(splits, word_counts)
    pairs = Counter(pair for w, split in splits.items() for pair in [*set(pairwise(split))] * word_counts[w])
    return {(a, b): n / (pieces[a] * pieces[b]) for (a, b), n in pairs.items()}


def multiplies_by_the_second(splits: Splits, word_counts: Counts) -> Scores:
    """You divide by the first piece's count and multiply by the second's. In Python n / x * y is (n / x) * y: put
    parentheses around the product, n / (x * y)."""
    pieces = _count_pieces(splits, word_counts)
    return {(a, b): n / pieces[a] * pieces[b] for (a, b), n in _count_pairs(splits, word_counts).items()}


def ignores_marks(splits: Splits, word_counts: Counts) -> Scores:
    """You count "s" and "##s" together. They are two pieces of the vocabulary, each with a count of its own."""
    bare = _count_pieces({word: [*map(_bare, split)] for word, split in splits.items()}, word_counts)
    pairs = _count_pairs(splits, word_counts)
    return {(a, b): n / (bare[_bare(a)] * bare[_bare(b)]) for (a, b), n in pairs.items()}


def counts_pieces_in_pairs(splits: Splits, word_counts: Counts) -> Scores:
    """You count a piece only where it stands first in a pair, or second. Count it wherever it stands: at the other end
    of a word and alone, too."""
    pairs = _count_pairs(splits, word_counts)
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (a, b), n in pairs.items():
        first[a] += n
        second[b] += n
    return {(a, b): n / (first[a] * second[b]) for (a, b), n in pairs.items()}


def _scores(splits: Splits, word_counts: Counts) -> Scores:
    pieces = _count_pieces(splits, word_counts)
    return {(a, b): n / (pieces[a] * pieces[b]) for (a, b), n in _count_pairs(splits, word_counts).items()}


def _bare(piece: str) -> str:
    return piece.removeprefix("##")


def _count_pieces(splits: Splits, word_counts: Counts) -> Counter[str]:
    return Counter(piece for word, split in splits.items() for piece in split * word_counts[word])


def _count_pairs(splits: Splits, word_counts: Counts) -> Counter[tuple[str, str]]:
    return Counter(pair for word, split in splits.items() for pair in [*pairwise(split)] * word_counts[word])
