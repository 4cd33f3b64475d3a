"""Near-copies between splits: found by the word n-grams that two texts share, and planted on purpose.

Source: Broder 1997, "On the resemblance and containment of documents", who calls the n-grams shingles.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from math import ceil
from typing import NamedTuple

from bertlab.fine_tuning.labeled import Text

FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an the and or of to in on at by for with from as it its i we you he she they my our this that was were is are
        be had has have so just very
        """,
    )
)
"""Short words that can go, or change places, without turning a verdict; no negation is among them."""
Shingle = tuple[str, ...]


def words_of(text: Text) -> list[str]:
    """Return the words of a text or a pair, without case and punctuation.

    Example: `words_of("Don't -- I MEAN it!")` is `["don't", "i", "mean", "it"]`.
    """
    together = text if isinstance(text, str) else " ".join(text)
    return re.findall(r"\w+(?:'\w+)*", together.casefold().replace("’", "'"))


def shingles(text: Text, n: int = 2) -> set[Shingle]:
    """Return all runs of one word to n words of a text, each once.

    Example: `shingles("It was, it was.") == {("it",), ("was",), ("it", "was"), ("was", "it")}` is `True`.

    Longer runs see the order of the words; single words keep two short texts comparable that differ in the middle.
    ValueError for n below 1.
    """
    if n < 1:
        raise ValueError(f"a shingle has one word or more, not {n}")
    words = words_of(text)
    return {
        tuple(words[start : start + length]) for length in range(1, n + 1) for start in range(len(words) - length + 1)
    }


def jaccard(first: Set[Shingle], second: Set[Shingle]) -> float:
    """Return how much two sets have in common: what is in both, as a share of what is in either.

    Example: `jaccard({("so",), ("it",)}, {("it",), ("was",)})` is `1 / 3`.

    Two empty sets have nothing in common: 0.
    """
    return len(first & second) / max(1, len(first | second))


class NearDuplicate(NamedTuple):
    """A text and another that resembles it, by their numbers. Example: `NearDuplicate(0, 3, 0.8).similarity`."""

    text: int
    other: int
    similarity: float


def near_duplicates(
    texts: Sequence[Text], others: Sequence[Text], threshold: float = 0.5, n: int = 2
) -> list[NearDuplicate]:
    """Return the pairs, one of each list, whose shingles have a Jaccard similarity of the threshold or more.

    Example: `near_duplicates(["It was fine, really."], ["it was FINE", "No."])[0].other` is `0`.

    The most similar pair comes first. Few pairs are ever compared: those that share one of their rarest shingles, so
    many of these that without one the rest is too little (Bayardo et al. 2007, prefix filtering). ValueError for a
    threshold outside 0 to 1, or of 0, which every pair reaches.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must lie above 0 and at most at 1, not at {threshold}")
    ours, theirs = ([shingles(text, n) for text in side] for side in (texts, others))
    frequency = Counter(shingle for found in (*ours, *theirs) for shingle in found)

    def rarest(found: set[Shingle]) -> list[Shingle]:
        needed = ceil(threshold * len(found) - 1e-9)  # less a hair: 0.7 * 10 is more than 7 to a computer
        return sorted(found, key=lambda shingle: (frequency[shingle], shingle))[: len(found) - needed + 1]

    holders: dict[Shingle, list[int]] = defaultdict(list)
    for number, found in enumerate(ours):
        for shingle in rarest(found):
            holders[shingle].append(number)
    pairs: list[NearDuplicate] = []
    for other, found in enumerate(theirs):
        for number in {number for shingle in rarest(found) for number in holders.get(shingle, ())}:
            pairs.append(NearDuplicate(number, other, jaccard(ours[number], found)))
    pairs = [pair for pair in pairs if pair.similarity >= threshold]
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.text, pair.other))


def paraphrase_lightly(text: str, seed: int) -> str:
    """Return a near-copy such as leaks between splits are: other case and punctuation, one word less, two swapped.

    Example: `paraphrase_lightly("It was one of the best.", seed=0)`

    Only function words are dropped or change places with a function word beside them, so the verdict stays; a text
    without them differs in case and punctuation alone. The punctuation always differs, so the copy is never equal to
    the text, whatever is done about case and spaces. The same seed gives the same copy.
    """
    drawn = random.Random(seed)
    words = text.split()

    def is_function_word(place: int) -> bool:
        return words[place].casefold() in FUNCTION_WORDS

    small = [place for place in range(len(words)) if is_function_word(place)]
    if len(words) > 3 and small:
        del words[drawn.choice(small)]
    beside = [i for i in range(len(words) - 1) if is_function_word(i) and is_function_word(i + 1)]
    if beside:
        here = drawn.choice(beside)
        words[here : here + 2] = words[here + 1], words[here]
    changed = " ".join(words)
    changed = drawn.choice([changed.lower(), changed.upper(), changed.replace(",", "").capitalize()])
    bare = text.rstrip(" .!?")
    return changed.rstrip(" .!?") if bare not in ("", text.rstrip()) else f"{changed}."
