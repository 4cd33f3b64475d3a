"""What goes wrong when entities are counted over sentences. See `bertlab.exercises.mistakes`."""

from collections.abc import Callable

Found = tuple[str, int, int]
Sentences = list[list[Found]]


def averages_the_sentences(gold: Sentences, predicted: Sentences) -> float:
    """You take the F1 of each sentence, and of these the mean, so that the one name of a short sentence weighs as much
    as ten in a long one. Add up the counts of all sentences first, and divide once."""
    scores = [_f1(_right([real], [found]), len(found), len(real)) for real, found in _pairs(gold, predicted)]
    return sum(scores) / len(scores)


def ignores_the_type(gold: Sentences, predicted: Sentences) -> float:
    """You compare only where entities begin and end, so that a place that is called a person counts as found. The type
    must be right too."""
    return _score(gold, predicted, lambda one, other: one[1:] == other[1:])


def mixes_the_sentences(gold: Sentences, predicted: Sentences) -> float:
    """You throw the entities of all sentences together. Words are counted anew in each sentence, so that a name can be
    "found" where it is not: in another sentence. Compare sentence by sentence, and add up what is right."""
    real, found = ([[entity for sentence in side for entity in sentence]] for side in (gold, predicted))
    return _score(real, found)


def averages_the_types(gold: Sentences, predicted: Sentences) -> float:
    """You take an F1 for each type, and of these the mean (macro F1), so that a type with one name weighs as much as
    one with a hundred. Count entities of all types together, and divide once."""
    names = {name for side in (gold, predicted) for sentence in side for name, _, _ in sentence}
    scores = [_score(_of_type(name, gold), _of_type(name, predicted)) for name in names]
    return sum(scores) / len(scores) if scores else 0.0


def counts_words(gold: Sentences, predicted: Sentences) -> float:
    """That is an F1 over the words inside entities: a long name counts more than a short one, and one with a wrong end
    counts nearly as if it were right. Count whole entities."""
    real, found = (
        [[(name, word, word + 1) for name, start, end in sentence for word in range(start, end)] for sentence in side]
        for side in (gold, predicted)
    )
    return _score(real, found)


def leaves_out_misses(gold: Sentences, predicted: Sentences) -> float:
    """That is the precision: of the predicted entities, how many are right. A tagger that predicts one sure name and
    misses all others would be perfect: F1 counts the missed ones as well."""
    found = sum(map(len, predicted))
    return _right(gold, predicted) / found if found else 0.0


def leaves_out_false_alarms(gold: Sentences, predicted: Sentences) -> float:
    """That is the recall: of the entities to find, how many were found. A tagger that predicts every name it can think
    of would be perfect: F1 counts the predicted ones that are none as well."""
    real = sum(map(len, gold))
    return _right(gold, predicted) / real if real else 0.0


def takes_the_plain_mean(gold: Sentences, predicted: Sentences) -> float:
    """That is the plain mean of precision and recall, which is above one half for a tagger that predicts one sure name
    and nothing else. F1 is their harmonic mean, which stays near the lower of the two."""
    right, found, real = _right(gold, predicted), sum(map(len, predicted)), sum(map(len, gold))
    return ((right / found if found else 0.0) + (right / real if real else 0.0)) / 2


def _of_type(wanted: str, side: Sentences) -> Sentences:
    return [[entity for entity in sentence if entity[0] == wanted] for sentence in side]


def _pairs(gold: Sentences, predicted: Sentences) -> list[tuple[list[Found], list[Found]]]:
    return list(zip(gold, predicted, strict=True))


def _right(gold: Sentences, predicted: Sentences, same: Callable[[Found, Found], bool] = tuple.__eq__) -> int:
    """Return how many predicted entities are the same as one of their sentence."""
    return sum(any(same(one, other) for one in real) for real, found in _pairs(gold, predicted) for other in found)


def _f1(right: int, found: int, real: int) -> float:
    return 2 * right / (found + real) if found or real else 0.0


def _score(gold: Sentences, predicted: Sentences, same: Callable[[Found, Found], bool] = tuple.__eq__) -> float:
    return _f1(_right(gold, predicted, same), sum(map(len, predicted)), sum(map(len, gold)))
