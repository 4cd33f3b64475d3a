"""Entity scores are those of seqeval in both modes, partial ones those of nervaluate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator
from seqeval.metrics import accuracy_score, classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from bertlab.token_classification.bio import bio_tags, entities_of
from bertlab.token_classification.entity_scores import (
    Score,
    entity_score,
    exact_matches,
    partial_matches,
    scores_by_type,
    token_accuracy,
    total,
)

TYPES = ["LOC", "ORG", "PER"]
tag_pairs = st.lists(st.tuples(*2 * [st.sampled_from(bio_tags(TYPES))]), min_size=1, max_size=13)
FAMOUS = ([["B-PER", "I-PER"]], [["I-PER", "I-PER"]])


@st.composite
def sentences(draw):
    """Gold and predicted tags of some sentences; half of the predictions are mostly right."""
    pairs = draw(st.lists(tag_pairs, min_size=1, max_size=4))
    gold = [[one for one, _ in pair] for pair in pairs]
    copied = draw(st.booleans())
    other = [[b if not copied or i % 3 == 0 else a for i, (a, b) in enumerate(pair)] for pair in pairs]
    return gold, other


@pytest.mark.parametrize(("reading", "options"), [("lenient", {}), ("strict", {"mode": "strict", "scheme": IOB2})])
@given(both=sentences())
def test_equal_to_seqeval(reading, options, both):
    score = entity_score(*both, reading)
    by_type = scores_by_type(*both, reading)
    if not by_type:  # seqeval warns of a mean over no types, or fails
        assert score == (0, 0, 0)
        return
    options = options | {"zero_division": 0}
    assert score.f1 == pytest.approx(f1_score(*both, **options))
    assert score.precision == pytest.approx(precision_score(*both, **options))
    assert score.recall == pytest.approx(recall_score(*both, **options))
    report = classification_report(*both, output_dict=True, **options)
    assert [*by_type] == [name for name in report if " avg" not in name]
    for name, found in by_type.items():
        expected = report[name]
        assert found.f1 == pytest.approx(expected["f1-score"])
        assert found.precision == pytest.approx(expected["precision"])
        assert found.recall == pytest.approx(expected["recall"])
        assert found.gold == expected["support"]


@given(sentences())
def test_partial_matches_are_nervaluates(both):
    by_type = scores_by_type(*both, credit=partial_matches)
    expected = Evaluator(*both, tags=TYPES, loader="list").evaluate()["entities"]
    assert {*by_type} == {*expected}
    for name, found in by_type.items():
        partial = expected[name]["partial"]
        assert found == (partial.correct + partial.partial / 2, partial.actual, partial.possible)
        assert found.f1 == pytest.approx(partial.f1)


@given(both=sentences(), reading=st.sampled_from(["lenient", "strict"]))
def test_partial_is_never_below_exact_nor_above_what_is_there(both, reading):
    exact = entity_score(*both, reading)
    partial = entity_score(*both, reading, partial_matches)
    assert exact.correct <= partial.correct <= min(exact.gold, exact.predicted)
    assert exact[1:] == partial[1:]


def test_the_famous_case():
    assert entity_score(*FAMOUS).f1 == 1.0 == f1_score(*FAMOUS)
    assert entity_score(*FAMOUS, "strict") == (0, 0, 1)
    assert f1_score(*FAMOUS, mode="strict", scheme=IOB2, zero_division=0) == 0.0
    assert token_accuracy(*FAMOUS) == 0.5


def test_by_hand():
    gold = [["B-PER", "I-PER", "O", "B-LOC", "O"], ["B-ORG", "I-ORG", "I-ORG", "O", "B-PER", "O", "O"]]
    predicted = [["B-PER", "O", "O", "B-LOC", "O"], ["B-ORG", "I-ORG", "I-ORG", "O", "B-LOC", "B-PER", "O"]]
    assert scores_by_type(gold, predicted) == {"LOC": (1, 2, 1), "ORG": (1, 1, 1), "PER": (0, 2, 2)}
    assert entity_score(gold, predicted) == (2, 5, 4)
    assert entity_score(gold, predicted).precision == 2 / 5
    assert entity_score(gold, predicted).recall == 2 / 4
    assert entity_score(gold, predicted).f1 == pytest.approx(4 / 9)
    partial = scores_by_type(gold, predicted, credit=partial_matches)
    assert partial == {"LOC": (1, 2, 1), "ORG": (1, 1, 1), "PER": (0.5, 2, 2)}
    assert token_accuracy(gold, predicted) == 9 / 12 == accuracy_score(gold, predicted)


def test_one_prediction_over_two_entities_counts_for_the_first():
    gold, predicted = entities_of(["B-PER", "B-PER", "I-PER"]), entities_of(["B-PER", "I-PER", "I-PER"])
    assert partial_matches(gold, predicted) == partial_matches(predicted, gold) == 0.5
    assert exact_matches(gold, predicted) == 0


def test_nothing_to_find_and_nothing_found():
    score = entity_score([["O", "O"]], [["O", "O"]])
    assert (score, score.precision, score.recall, score.f1) == ((0, 0, 0), 0, 0, 0)
    assert total([]) == Score(0, 0, 0)


def test_token_accuracy_flatters():
    gold = [["O"] * 18 + ["B-PER", "I-PER"]] * 7
    predicted = [["O"] * 20] * 7
    assert token_accuracy(gold, predicted) == 0.9
    assert entity_score(gold, predicted).f1 == 0


@pytest.mark.parametrize("score", [scores_by_type, entity_score, token_accuracy])
def test_unequal_lengths_are_refused(score):
    with pytest.raises(ValueError, match="2 gold sentences but 1 predicted: give as many of both"):
        score([["O"], ["O"]], [["O"]])
    with pytest.raises(ValueError, match="sentence 1 has 2 gold tags but 1 predicted: predict one for each word"):
        score([["O"], ["O", "O"]], [["O"], ["O"]])


def test_no_tokens_are_refused():
    with pytest.raises(ValueError, match="there are no tokens"):
        token_accuracy([], [])
