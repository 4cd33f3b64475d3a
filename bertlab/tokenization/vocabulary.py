"""How a WordPiece vocabulary is learned from counted words: score the pairs, merge the best, again and again.

What Google ran for BERT was never published: "implemented in C++ with dependencies on Google's internal libraries" is
all that the README of google-research/bert says. This is the rule of the Hugging Face course, which calls it a best
guess. Two others go by the same name: Schuster & Nakajima 2012, where WordPiece comes from, add whichever unit raises
the likelihood of the corpus most, and `tokenizers.trainers.WordPieceTrainer` merges the most frequent pair, which is
byte-pair encoding (BPE). They can disagree at the first step: the suite has a corpus of four words that shows it.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import log

from bertlab.constants import SPECIAL_TOKENS
from bertlab.tokenization.real_text import refuse_no_words, refuse_uncounted


def pair_scores(splits: Mapping[str, list[str]], word_counts: Mapping[str, int]) -> dict[tuple[str, str], float]:
    """Score each pair of neighboring pieces: count(ab) / (count(a) · count(b)), in the whole corpus.

    Example: `pair_scores({"tea": ["t", "##e", "##a"]}, {"tea": 2})` is `{("t", "##e"): 0.5, ("##e", "##a"): 0.5}`.

    `word_counts` says how often each word occurs; a piece or pair counts as often as its words do. Count(ab) alone is
    what BPE goes by. Divided by the counts of its parts, it says how much more often the two meet than by chance, up to
    a factor that is the same for all pairs; so a rare pair whose parts are seldom apart beats a frequent one.

    Raises:
        ValueError: a word of `splits` has no count, or one below 1.
        TypeError: `splits` holds a text where its pieces are meant.
    """
    refuse_uncounted(splits, word_counts)
    pieces: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for word, split in splits.items():
        for piece in split:
            pieces[piece] += word_counts[word]
        for pair in pairwise(split):
            pairs[pair] += word_counts[word]
    return {(a, b): count / (pieces[a] * pieces[b]) for (a, b), count in pairs.items()}


def merge(split: list[str], pair: tuple[str, str]) -> list[str]:
    """Join the pair wherever it occurs, from left to right; the second piece loses its "##".

    Example: `merge(["t", "##e", "##a", "##s"], ("##a", "##s"))` is `["t", "##e", "##as"]`.
    """
    merged: list[str] = []
    for piece in split:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece.removeprefix("##")
        else:
            merged.append(piece)
    return merged


def log_likelihood(splits: Mapping[str, list[str]], word_counts: Mapping[str, int]) -> float:
    """Return the log-probability of the corpus in nats, each piece having its share of all pieces for probability.

    Example: `log_likelihood({"tea": ["t", "##ea"]}, {"tea": 1})` is `-1.3862943611198906`, which is 2 · ln(1/2).

    Schuster and Nakajima 2012 add the piece that raises it most. Unlike `pair_scores` it weighs how often a pair
    occurs. Errors as in `pair_scores`.
    """
    refuse_uncounted(splits, word_counts)
    counts = Counter(piece for word, split in splits.items() for piece in split * word_counts[word])
    return sum(count * log(count / counts.total()) for count in counts.values())


def train_wordpiece(word_counts: Mapping[str, int], vocab_size: int) -> list[str]:
    """Learn a vocabulary: special tokens, then single characters, then one merge of the best-scored pair at a time.

    Example: `train_wordpiece({"tea": 2, "teas": 1}, vocab_size=10)[5:]` is `["##a", "##e", "##s", "t", "##as"]`.

    Scores are counted again after each merge; of equal scores, the alphabetically first pair wins. A piece's place in
    the list is its id. Ends early once all words are whole.

    Raises:
        ValueError: there are no words, a word is empty, holds "##" or has no count of at least 1, or not even the
            characters fit into `vocab_size`.
        TypeError: `word_counts` is a text or a list: count its words first.
    """
    refuse_no_words(word_counts)
    splits = {word: [word[0], *("##" + char for char in word[1:])] for word in word_counts}
    vocab = [*SPECIAL_TOKENS, *sorted({piece for split in splits.values() for piece in split})]
    if len(vocab) > vocab_size:
        raise ValueError(f"vocab_size is {vocab_size}: special tokens and characters alone need {len(vocab)}")
    while len(vocab) < vocab_size and (scores := pair_scores(splits, word_counts)):
        best = max(sorted(scores), key=scores.__getitem__)
        splits = {word: merge(split, best) for word, split in splits.items()}
        vocab += merge([*best], best)
    return vocab
