"""Measures for a rare class, equal to scikit-learn's on random scores with ties, and where a class is empty."""

import numpy as np
import pytest
import torch
from sklearn import metrics
from sklearn.utils.class_weight import compute_class_weight

from bertlab.diagnosing_fine_tuning.imbalance import (
    average_precision,
    best_threshold,
    class_scores,
    class_weights,
    imbalanced,
    macro_f1,
    micro_f1,
    precision_recall_curve,
)
from bertlab.fine_tuning.labeled import LabeledTexts


def draw(seed: int, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randint(classes, (37,), generator=generator) for _ in range(2))


def draw_scores(seed: int, levels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Few levels give many ties."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randint(levels, (37,), generator=generator) / levels
    labels = (torch.rand(37, generator=generator) < 0.3).long()
    labels[0] = 1
    return scores, labels


@pytest.mark.parametrize("seed", range(5))
def test_scores_of_classes_are_those_of_scikit_learn(seed):
    predicted, labels = draw(seed)
    expected = metrics.precision_recall_fscore_support(labels, predicted)
    for number in range(3):
        assert class_scores(predicted, labels, number) == pytest.approx([column[number] for column in expected])
    assert macro_f1(predicted, labels) == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert micro_f1(predicted, labels) == pytest.approx(metrics.f1_score(labels, predicted, average="micro"))
    assert micro_f1(predicted, labels) == pytest.approx(metrics.accuracy_score(labels, predicted))


@pytest.mark.parametrize(
    ("predicted", "labels"),
    [([0, 0, 0], [0, 0, 1]), ([0, 1, 2], [0, 1, 1]), ([0, 0], [0, 0]), ([1, 1], [0, 0]), ([2, 0, 1], [0, 1, 2])],
)
def test_empty_classes_count_as_in_scikit_learn(predicted, labels):
    ours = torch.tensor(predicted), torch.tensor(labels)
    for number in (0, 1, 2):
        expected = metrics.precision_recall_fscore_support(labels, predicted, labels=[number], zero_division=0)
        assert class_scores(*ours, number) == pytest.approx([column[0] for column in expected])
    assert macro_f1(*ours) == pytest.approx(metrics.f1_score(labels, predicted, average="macro", zero_division=0))
    assert micro_f1(*ours) == pytest.approx(metrics.f1_score(labels, predicted, average="micro"))


@pytest.mark.parametrize("levels", [1, 2, 5, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_the_curve_and_its_area_are_those_of_scikit_learn(seed, levels):
    scores, labels = draw_scores(seed, levels)
    precision, recall, thresholds = metrics.precision_recall_curve(labels.numpy(), scores.numpy())
    curve = precision_recall_curve(scores, labels)
    # scikit-learn goes from the lowest threshold up, and adds the point (recall 0, precision 1) at the end
    np.testing.assert_allclose(curve.precision.flip(0), precision[:-1])
    np.testing.assert_allclose(curve.recall.flip(0), recall[:-1])
    np.testing.assert_array_equal(curve.thresholds.flip(0), thresholds)
    expected = metrics.average_precision_score(labels.numpy(), scores.numpy())
    assert average_precision(scores, labels) == pytest.approx(expected)
    assert average_precision(scores, labels.bool()) == pytest.approx(expected)


@pytest.mark.parametrize("levels", [1, 2, 5, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_no_threshold_has_a_higher_f1_and_no_lower_one_the_same(seed, levels):
    scores, labels = draw_scores(seed, levels)
    threshold = best_threshold(scores, labels)
    f1 = {value: metrics.f1_score(labels, scores >= value) for value in scores.unique().tolist()}
    assert threshold == min(value for value in f1 if f1[value] == max(f1.values()))


def test_without_positives():
    scores, labels = torch.tensor([0.5, 0.1, 0.7]), torch.zeros(3).long()
    with pytest.warns(UserWarning, match="No positive class"):
        expected = metrics.average_precision_score(labels.numpy(), scores.numpy())
    assert average_precision(scores, labels) == expected == 0
    with pytest.raises(ValueError, match="without positives"):
        best_threshold(scores, labels)


@pytest.mark.parametrize("scores", [torch.empty(0), torch.tensor([0.1, float("nan")])])
def test_scores_that_are_none_are_refused(scores):
    with pytest.raises(ValueError, match="a curve needs texts"):
        average_precision(scores, torch.ones(len(scores)).long())


def test_scores_that_say_nothing_get_the_share_of_positives():
    assert average_precision(torch.zeros(20), torch.arange(20) < 3) == pytest.approx(3 / 20)


def test_weights_are_those_of_scikit_learn():
    labels = torch.tensor([0] * 20 + [1] * 13 + [2] * 4)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels.numpy())
    torch.testing.assert_close(class_weights(labels, 3), torch.tensor(expected, dtype=torch.float))
    torch.testing.assert_close(class_weights(labels, 3)[labels].sum().item(), 37.0)


@pytest.mark.parametrize(("labels", "classes"), [([0, 0], 2), ([0, 1, 2], 2)])
def test_a_class_without_texts_or_a_text_without_class_is_refused(labels, classes):
    with pytest.raises(ValueError, match="needs a text"):
        class_weights(torch.tensor(labels), classes)
    if 1 not in labels:
        with pytest.raises(ValueError, match="valid labels"):
            compute_class_weight("balanced", classes=np.arange(classes), y=np.array(labels))


DATA = LabeledTexts(
    tuple(f"text {number}" for number in range(120)), tuple(number % 2 for number in range(120)), ("no", "yes")
)


@pytest.mark.parametrize(("ratio", "left"), [(1, 60), (20, 3), (7, 9), (1000, 1)])
def test_one_class_is_thinned_out_and_the_other_left_alone(ratio, left):
    thin = imbalanced(DATA, ratio, seed=1)
    assert sum(thin.labels) == left
    assert len(thin) == 60 + left
    numbers = [int(str(text).split()[1]) for text in thin.texts]
    assert numbers == sorted(numbers)
    assert all(label == number % 2 for number, label in zip(numbers, thin.labels, strict=True))


def test_the_other_class_can_be_the_rare_one_and_the_seed_decides_which_stay():
    assert imbalanced(DATA, 20, rare=0).labels.count(0) == 3
    assert imbalanced(DATA, 20, seed=1) == imbalanced(DATA, 20, seed=1) != imbalanced(DATA, 20, seed=2)
    assert set(imbalanced(DATA, 20, seed=1).texts) < set(imbalanced(DATA, 5, seed=1).texts)


@pytest.mark.parametrize(("ratio", "rare"), [(0, 1), (-1, 1), (20, 2)])
def test_what_cannot_be_thinned_out_is_refused(ratio, rare):
    with pytest.raises(ValueError, match="give a"):
        imbalanced(DATA, ratio, rare=rare)
    with pytest.raises(ValueError, match="give a"):
        imbalanced(imbalanced(DATA, 20), 10)
