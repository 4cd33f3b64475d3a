"""Figures side by side: each what its own function says, and names that training saw apart from those it did not."""

import pytest

from bertlab.token_classification.bio import Entity
from bertlab.token_classification.entity_scores import Score, entity_score, partial_matches, token_accuracy
from bertlab.token_classification.tag_figures import count_mistakes, name_of, names_in, score_of_names, tag_figures
from bertlab.token_classification.tagged import TaggedSentences, load_tagged
from tests.token_classification.toys import NAMES

DATA = TaggedSentences(
    (("In", "New", "York", "Ann", "slept"), ("ann", "met", "Bob"), ("Oslo", "slept")),
    (("O", "B-LOC", "I-LOC", "B-PER", "O"), ("B-PER", "O", "B-PER"), ("B-LOC", "O")),
    NAMES,
)
FOUND = [["O", "I-LOC", "I-LOC", "B-PER", "O"], ["B-LOC", "O", "B-PER"], ["O", "B-PER"]]
KNOWN = {"ann", "new york"}


def test_names_are_compared_in_small_letters_and_whatever_their_type():
    assert names_in(DATA) == {"new york", "ann", "bob", "oslo"}
    assert name_of(("The", "NEW", "York"), Entity("PER", 1, 3)) == "new york"


def test_names_seen_and_not_seen_are_scored_apart():
    seen = score_of_names(DATA, FOUND, lambda name: name in KNOWN)
    not_seen = score_of_names(DATA, FOUND, lambda name: name not in KNOWN)
    assert seen == Score(1, 2, 3)  # "New York" begins with I-, and "ann" is no place
    assert not_seen == Score(1, 2, 2)  # of Bob and Oslo one was found, and "slept" is nobody
    assert score_of_names(DATA, FOUND, lambda name: name in KNOWN, "lenient") == Score(2, 3, 3)


@pytest.mark.parametrize("reading", ["strict", "lenient"])
def test_both_parts_add_up_to_the_whole(reading):
    parts = [score_of_names(DATA, FOUND, lambda name, part=part: (name in KNOWN) == part, reading) for part in (0, 1)]
    whole = entity_score(DATA.tags, FOUND, reading)
    assert [sum(column) for column in zip(*parts, strict=True)] == list(whole)


def test_figures_are_those_of_their_own_functions():
    found = tag_figures(DATA, FOUND, KNOWN)
    assert found == {
        "strict F1": entity_score(DATA.tags, FOUND, "strict").f1,
        "default F1": entity_score(DATA.tags, FOUND).f1,
        "partial F1": entity_score(DATA.tags, FOUND, credit=partial_matches).f1,
        "token accuracy": token_accuracy(DATA.tags, FOUND),
        "F1, seen": pytest.approx(2 / 5),
        "F1, not seen": pytest.approx(2 / 4),
        "invalid": pytest.approx(1 / 3),
    }
    assert found["strict F1"] < found["default F1"] <= found["partial F1"] < found["token accuracy"] + 0.2


def test_in_the_own_file_most_names_of_the_test_split_are_new():
    splits = load_tagged("entities")
    known = names_in(splits["train"])
    gold = score_of_names(splits["test"], splits["test"].tags, lambda name: name in known)
    both = entity_score(splits["test"].tags, splits["test"].tags)
    assert gold.f1 == 1
    assert 30 < gold.gold < both.gold - 30


def test_mistakes_are_counted_by_what_went_wrong():
    gold = [["B-PER", "I-PER", "O", "B-LOC", "O"], ["B-ORG", "O", "B-LOC"], ["B-PER", "O", "O"]]
    said = [["B-PER", "O", "O", "B-ORG", "B-PER"], ["O", "I-LOC", "B-LOC"], ["B-PER", "O", "B-MISC"]]
    assert count_mistakes(gold, said) == {"missed": 1, "wrong type": 1, "wrong end": 1, "invented": 2}
    assert not any(count_mistakes(gold, gold).values())
