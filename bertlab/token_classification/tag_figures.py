"""All that is measured of predicted tags, side by side: three entity F1, token accuracy, and names not seen before."""

from collections.abc import Callable, Collection, Sequence

from bertlab.token_classification.bio import Entity, Reading, entities_of, is_valid
from bertlab.token_classification.entity_scores import (
    Score,
    checked,
    entity_score,
    overlap,
    partial_matches,
    token_accuracy,
    total,
)
from bertlab.token_classification.tagged import TaggedSentences

Tags = Sequence[Sequence[str]]


def name_of(words: Sequence[str], entity: Entity) -> str:
    """Return the words of an entity, in small letters.

    Example: `name_of(["In", "New", "York"], Entity("LOC", 1, 3))` is `"new york"`.
    """
    return " ".join(words[entity.start : entity.end]).lower()


def names_in(data: TaggedSentences) -> set[str]:
    """Return the names of all entities of some sentences. Example: `names_in(load_tagged("entities")["train"])`.

    Of whatever type: a name that training knew as a person may be a place here.
    """
    return {
        name_of(words, entity)
        for words, tags in zip(data.words, data.tags, strict=True)
        for entity in entities_of(tags)
    }


def score_of_names(
    data: TaggedSentences, predicted: Tags, wanted: Callable[[str], bool], reading: Reading = "strict"
) -> Score:
    """Return the exact score over the entities, gold or predicted, whose name is wanted.

    Example: `score_of_names(test, predicted, lambda name: name not in known).f1`

    A predicted entity that is right has the same name as the gold one, so that both are counted or neither is.
    """
    scores = []
    for words, (gold, found) in zip(data.words, checked(data.tags, predicted), strict=True):
        a, b = (
            {entity for entity in entities_of(tags, reading) if wanted(name_of(words, entity))}
            for tags in (gold, found)
        )
        scores.append(Score(len(a & b), len(b), len(a)))
    return total(scores)


def tag_figures(data: TaggedSentences, predicted: Tags, known: Collection[str]) -> dict[str, float]:
    """Return all figures of predicted tags. Example: `tag_figures(test, predicted, names_in(train))["strict F1"]`.

    `known` are the names seen in training; "F1, seen" and "F1, not seen" are strict. "invalid" is the share of
    sentences whose predicted tags are no correct BIO.
    """
    return {
        "strict F1": entity_score(data.tags, predicted, "strict").f1,
        "default F1": entity_score(data.tags, predicted).f1,
        "partial F1": entity_score(data.tags, predicted, credit=partial_matches).f1,
        "token accuracy": token_accuracy(data.tags, predicted),
        "F1, seen": score_of_names(data, predicted, lambda name: name in known).f1,
        "F1, not seen": score_of_names(data, predicted, lambda name: name not in known).f1,
        "invalid": sum(not is_valid(tags) for tags in predicted) / len(predicted),
    }


def count_mistakes(gold: Tags, predicted: Tags) -> dict[str, int]:
    """Count what went wrong with the entities, read strictly.

    Example: `count_mistakes([["B-PER", "O"]], [["B-LOC", "O"]])` is
    `{"missed": 0, "wrong type": 1, "wrong end": 0, "invented": 0}`.

    Of the gold entities that were not found, "wrong type" has the same words with another type, "wrong end" overlaps a
    predicted one in some words, "missed" overlaps none. A predicted entity that overlaps no gold one is "invented".
    """
    counts = dict.fromkeys(("missed", "wrong type", "wrong end", "invented"), 0)
    for real, said in ([entities_of(tags, "strict") for tags in pair] for pair in checked(gold, predicted)):
        for entity in set(real) - set(said):
            beside = [other for other in said if overlap(entity, other)]
            same_words = any(other[1:] == entity[1:] for other in beside)
            counts["wrong type" if same_words else "wrong end" if beside else "missed"] += 1
        counts["invented"] += sum(not any(overlap(entity, other) for other in real) for entity in said)
    return counts
