"""Each shape of data has its objective, each named objective is there, and what fits none is told what to become."""

import pytest

from bertlab.sentence_bert import chooser, classification, contrastive, cosent, ranking, simcse, triplet
from bertlab.sentence_bert.chooser import choose_objective, kind_of_labels

ROOM = [classification, contrastive, cosent, ranking, simcse, triplet]


@pytest.mark.parametrize(
    ("texts", "labels", "name"),
    [
        (1, [], "simcse_loss"),
        (1, ["sports", "news"], "triplet_loss"),
        (1, [True, False], "triplet_loss"),
        (2, [], "ranking_loss"),
        (2, [1, 1, 1], "ranking_loss"),
        (2, [1, 0, 1], "contrastive_loss"),
        (2, [False, True], "contrastive_loss"),
        (2, [0, 0], "contrastive_loss"),
        (2, [0, 1, 2], "PairClassifier"),
        (2, ["entailment", "neutral"], "PairClassifier"),
        (2, [0.0, 1.0], "cosent_loss"),
        (2, [5, 2.5], "cosent_loss"),
        (3, [], "ranking_loss"),
        (7, [], "ranking_loss"),
    ],
)
def test_the_shape_of_the_data_decides(texts, labels, name):
    assert choose_objective(texts, labels).name == name


def test_hard_negatives_have_a_reason_of_their_own():
    assert "hard negatives" in choose_objective(3).reason
    assert choose_objective(2).reason != choose_objective(3).reason
    assert choose_objective(4) == choose_objective(3)


def test_every_choice_is_in_this_room_and_can_be_reached():
    for choice in chooser.CHOICES.values():
        assert any(hasattr(module, choice.name) for module in ROOM), choice.name
    labels = {"none": [], "binary": [0, 1], "class": ["a", "b"], "score": [0.5]}
    assert all(choose_objective(texts, labels[kind]) == choice for (texts, kind), choice in chooser.CHOICES.items())


def test_what_fits_none_is_told_what_to_become():
    with pytest.raises(ValueError, match="make pairs of them"):
        choose_objective(3, [0.5])
    with pytest.raises(ValueError, match="make classes of it, or pairs"):
        choose_objective(1, [4.5])
    with pytest.raises(ValueError, match="at least one text"):
        choose_objective(0)
    with pytest.raises(ValueError, match="some labels are strings and some are numbers"):
        kind_of_labels(["1", 1])
