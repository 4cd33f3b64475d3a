"""Precision, recall and F1 over entities, exact or with half a point for an overlap, and token accuracy beside them.

An entity counts as found if its type and both its ends are right. Scores for many sentences are counted over all of
them, never averaged over sentences. Sources: Tjong Kim Sang & De Meulder 2003 (CoNLL-2003, section 4); half a point for
a partial match: Chinchor & Sundheim 1993 (MUC-5 evaluation metrics).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bertlab.token_classification.bio import Entity, Reading, entities_of

Tags = Sequence[Sequence[str]]
Credit = Callable[[Sequence[Entity], Sequence[Entity]], float]


class Score(NamedTuple):
    """How many entities were found, predicted, and there to find. Example: `Score(3, 4, 6).precision` is `0.75`."""

    correct: float
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """The share of the predicted entities that are right, 0 if there are none. `Score(3, 4, 6).precision`."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the gold entities that were found, 0 if there are none. `Score(3, 4, 6).recall`."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both. Example: `Score(3, 4, 6).f1` is `0.6`."""
        both = self.predicted + self.gold
        return 2 * self.correct / both if both else 0.0


def exact_matches(gold: Sequence[Entity], predicted: Sequence[Entity]) -> float:
    """Count the entities of a sentence that are the same in both.

    Example: `exact_matches([Entity("PER", 0, 2)], [Entity("PER", 0, 1)])` is `0.0`.
    """
    return float(len(set(gold) & set(predicted)))


def overlap(one: Entity, other: Entity) -> bool:
    """Say whether two entities have a word in common. Example: `overlap(Entity("PER", 0, 2), Entity("LOC", 1, 3))` is
    `True`.
    """
    return one.start < other.end and other.start < one.end


def partial_matches(gold: Sequence[Entity], predicted: Sequence[Entity]) -> float:
    """Count 1 for the same ends and 1/2 for an overlap; each entity is used once, from left to right.

    Example: `partial_matches([Entity("PER", 0, 2)], [Entity("PER", 0, 1)])` is `0.5`.

    Types are not looked at: `scores_by_type` gives the entities of one type at a time.
    """
    left, points = list(gold), 0.0
    for entity in predicted:
        overlapping = [other for other in left if overlap(entity, other)]
        if overlapping:
            left.remove(overlapping[0])
            points += 1.0 if overlapping[0][1:] == entity[1:] else 0.5
    return points


def scores_by_type(
    gold: Tags, predicted: Tags, reading: Reading = "lenient", credit: Credit = exact_matches
) -> dict[str, Score]:
    """Return the score of each type that occurs in either, types sorted.

    Example: `scores_by_type([["B-PER", "I-PER"]], [["I-PER", "I-PER"]])` is `{"PER": (1, 1, 1)}`.

    With `exact_matches`, these are the figures of seqeval's `classification_report`: by default for `lenient`, with
    `mode="strict", scheme=IOB2` for `strict`. With `partial_matches`, they are what nervaluate calls "partial" for each
    type, a right type with overlapping ends counting half (its figure over all types gives half a point for a wrong
    type as well). Both sides are read in the same way. ValueError if the two differ in length.
    """
    pairs = [(entities_of(a, reading), entities_of(b, reading)) for a, b in checked(gold, predicted)]
    scores: dict[str, Score] = {}
    for name in sorted({entity.type for pair in pairs for side in pair for entity in side}):
        typed = [[[entity for entity in side if entity.type == name] for side in pair] for pair in pairs]
        scores[name] = total(Score(credit(a, b), len(b), len(a)) for a, b in typed)
    return scores


def total(scores: Iterable[Score]) -> Score:
    """Add up counts, from which the micro average comes. Example: `total([Score(1, 2, 1), Score(0, 1, 3)])` is
    `(1, 3, 4)`.
    """
    scores = list(scores)
    correct = sum(score.correct for score in scores)
    return Score(correct, sum(score.predicted for score in scores), sum(score.gold for score in scores))


def entity_score(gold: Tags, predicted: Tags, reading: Reading = "lenient", credit: Credit = exact_matches) -> Score:
    """Return the score over the entities of all types, the micro average.

    Example: `entity_score([["B-PER", "I-PER"]], [["I-PER", "I-PER"]]).f1` is `1.0`, and
    `entity_score([["B-PER", "I-PER"]], [["I-PER", "I-PER"]], "strict").f1` is `0.0`.

    With `exact_matches`, its `f1` is seqeval's `f1_score`; for the rest see `scores_by_type`.
    """
    return total(scores_by_type(gold, predicted, reading, credit).values())


def token_accuracy(gold: Tags, predicted: Tags) -> float:
    """Return the share of tokens with the right tag.

    Example: `token_accuracy([["B-PER", "O", "O", "O"]], [["O", "O", "O", "O"]])` is `0.75`, with no entity found.

    It flatters because most tokens are O. ValueError if there are no tokens, or the two differ in length.
    """
    equal = [one == other for a, b in checked(gold, predicted) for one, other in zip(a, b, strict=True)]
    if not equal:
        raise ValueError("there are no tokens: give at least one sentence with a word")
    return sum(equal) / len(equal)


def checked(gold: Tags, predicted: Tags) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Pair the sentences of both. Example: `checked([["O"]], [["B-PER"]])` is `[(["O"], ["B-PER"])]`.

    ValueError if the two differ in length.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sentences but {len(predicted)} predicted: give as many of both")
    for number, (a, b) in enumerate(zip(gold, predicted, strict=True)):
        if len(a) != len(b):
            raise ValueError(
                f"sentence {number} has {len(a)} gold tags but {len(b)} predicted: predict one for each word, "
                "also for words that were cut off"
            )
    return list(zip(gold, predicted, strict=True))
