"""Every sentence of a small language with its probability: the slow way, which the fast ones are compared with."""

from collections import defaultdict
from itertools import product
from math import prod

from bertlab.tinyworld.grammar import Lexicon, source_words
from bertlab.tinyworld.mixture import Mixture

MOST = 200_000


def enumerate_sentences(mixture: Mixture, lexicon: Lexicon) -> dict[str, float]:
    """Return the probability of each sentence, from the templates and the lexicon alone.

    Example: `enumerate_sentences(world.sentences, world.lexicon)["the dog sleeps ."]`, for a world with few of them.

    A sentence that several components can give, as *sheep* may be one or many, gets the sum. ValueError for a language
    that has too many.
    """
    choices = [[source_words(source, lexicon) for source in component.sources] for component in mixture.components]
    if (ways := sum(prod(map(len, words)) for words in choices)) > MOST:
        raise ValueError(f"{ways:,} ways to make a sentence are too many to write out: at most {MOST:,}")
    sentences: defaultdict[str, float] = defaultdict(float)
    for component, words in zip(mixture.components, choices, strict=True):
        for chosen in product(*words):
            chances = [distribution[word] for distribution, word in zip(words, chosen, strict=True)]
            sentences[" ".join(chosen)] += component.probability * prod(chances)
    return sentences
