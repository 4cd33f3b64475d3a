"""Likely mistakes in making the pairs of next-sentence prediction. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable
from itertools import pairwise

Documents = list[list[str]]
Pairs = list[tuple[str, str, int]]


def inverts_the_labels(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """Your labels are swapped: 0 is *follows* and 1 is *does not*, as in BERT's code."""
    return [(first, second, 1 - label) for first, second, label in _make(documents, draws, picks)]


def keeps_what_it_should_tear(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """A pair is left whole if its draw is *below* 0.5. You tear those, and leave the others."""
    return _make(documents, [1 - draw for draw in draws], picks)


def keeps_at_exactly_half(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """A draw of exactly 0.5 is not below 0.5: that pair is torn. Compare with `<`, not with `<=`."""
    return _make(documents, [0.0 if draw == 0.5 else draw for draw in draws], picks)


def counts_picks_of_torn_pairs_alone(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """You take a new pick only when a pair is torn. Pair k has `picks[k]`, however many pairs before it stayed
    whole."""
    used = [sum(draw >= 0.5 for draw in draws[:place]) for place in range(len(picks))]
    return _make(documents, draws, [picks[place] for place in used])


def takes_negatives_from_anywhere(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """Your negatives come from all documents, their own included: such a "stranger" can be the true next sentence.
    Leave out the sentences of the document at hand before you pick."""
    everything = [sentence for document in documents for sentence in document]
    return _make(documents, draws, picks, pool=lambda number: everything)


def pairs_across_documents(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """You pair the last sentence of a document with the first of the next one and call it a follower. Stay within each
    document."""
    everything = [(number, sentence) for number, document in enumerate(documents) for sentence in document]
    made: Pairs = []
    for place, (number, first) in enumerate(everything[:-1]):
        pool = [sentence for other, sentence in everything if other != number]
        whole = draws[place] < 0.5
        made.append((first, everything[place + 1][1] if whole else pool[picks[place] % len(pool)], int(not whole)))
    return made


def starts_the_draws_anew(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """You begin again with the first draw at each document. Number the pairs throughout: pair k of the whole corpus has
    `draws[k]` and `picks[k]`."""
    made: Pairs = []
    for number, document in enumerate(documents):
        first_of_all = [document, *documents[:number], *documents[number + 1 :]]
        made += _make(first_of_all, draws, picks)[: len(document) - 1]
    return made


def uses_each_sentence_once(documents: Documents, draws: list[float], picks: list[int]) -> Pairs:
    """Your pairs do not overlap: sentences 1 and 2, then 3 and 4. Here every sentence but the last of a document is
    the A of one pair: 1 and 2, 2 and 3, and so on."""
    made: Pairs = []
    for number, document in enumerate(documents):
        pool = _others(documents, number)
        for first, second in zip(document[::2], document[1::2], strict=False):
            whole, pick = draws[len(made)] < 0.5, picks[len(made)] % len(pool)
            made.append((first, second if whole else pool[pick], int(not whole)))
    return made


def _others(documents: Documents, number: int) -> list[str]:
    """Return the sentences of all other documents."""
    return [sentence for other, document in enumerate(documents) if other != number for sentence in document]


def _make(
    documents: Documents, draws: list[float], picks: list[int], pool: Callable[[int], list[str]] | None = None
) -> Pairs:
    """Return the right pairs, or those whose negatives come from another pool."""
    made: Pairs = []
    for number, document in enumerate(documents):
        choice = pool(number) if pool else _others(documents, number)
        for first, second in pairwise(document):
            whole, pick = draws[len(made)] < 0.5, picks[len(made)] % len(choice)
            made.append((first, second if whole else choice[pick], int(not whole)))
    return made
