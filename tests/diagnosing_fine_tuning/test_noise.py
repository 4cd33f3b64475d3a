"""Wrong labels: as many as asked for, each another label, and found again by losses that scikit-learn agrees with."""

from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from bertlab.diagnosing_fine_tuning.noise import (
    deal_folds,
    flip_labels,
    found_among,
    losses_of,
    out_of_fold_losses,
    suspects,
)

LABELS = tuple(number % 3 for number in range(37))


def test_as_many_labels_as_asked_for_become_others():
    noisy, flipped = flip_labels(LABELS, 0.3, classes=3, seed=7)
    assert len(flipped) == round(0.3 * 37)
    assert [i for i in range(37) if noisy[i] != LABELS[i]] == flipped
    assert set(noisy) <= {0, 1, 2}


def test_each_other_label_is_equally_likely():
    noisy, _ = flip_labels([1] * 3000, 1.0, classes=4, seed=0)
    counts = Counter(noisy)
    assert counts[1] == 0
    assert all(900 < counts[label] < 1100 for label in (0, 2, 3))


def test_the_texts_of_a_smaller_share_are_among_those_of_a_larger_one():
    less, few = flip_labels(LABELS, 0.1, classes=3, seed=1)
    more, many = flip_labels(LABELS, 0.5, classes=3, seed=1)
    assert set(few) < set(many)
    assert all(less[i] == more[i] for i in few)


def test_a_seed_gives_the_same_flips_and_another_seed_others():
    assert flip_labels(LABELS, 0.3, 3, seed=1) == flip_labels(LABELS, 0.3, 3, seed=1)
    assert flip_labels(LABELS, 0.3, 3, seed=1) != flip_labels(LABELS, 0.3, 3, seed=2)
    assert flip_labels(LABELS, 0.0, 3, seed=1) == (LABELS, [])


@pytest.mark.parametrize(("share", "classes"), [(-0.1, 3), (10.0, 3), (0.1, 2), (0.1, 1)])
def test_impossible_flips_are_refused(share, classes):
    with pytest.raises(ValueError, match=r"share must lie|there must be two classes"):
        flip_labels(LABELS, share, classes, seed=0)


def test_suspects_come_with_the_highest_loss_first_and_ties_in_order():
    assert suspects(torch.tensor([1.0, 2.0, 1.0, 0.0, 2.0])) == [1, 4, 0, 2, 3]
    assert suspects(torch.tensor([1.0, float("nan"), 5.0])) == [1, 2, 0]


def test_those_found_are_counted_among_the_first_only():
    assert [found_among([5, 3, 1, 0], {3, 0}, first) for first in (1, 2, 4, 9)] == [0, 1, 2, 2]


def test_losses_have_the_mean_that_scikit_learn_computes():
    logits, labels = torch.randn(37, 3, generator=torch.Generator().manual_seed(0)), torch.tensor(LABELS)
    losses = losses_of(logits, labels)
    assert losses.shape == (37,)
    expected = log_loss(labels, logits.double().softmax(-1).numpy())
    torch.testing.assert_close(losses.double().mean().item(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("folds", [2, 5, 7, 37])
def test_folds_share_out_texts_and_labels_evenly(folds):
    labels = [0] * 24 + [1] * 13
    dealt = deal_folds(labels, folds, seed=3)
    assert sorted(number for fold in dealt for number in fold) == list(range(37))
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1
    ones = [sum(labels[number] for number in fold) for fold in dealt]
    assert max(ones) - min(ones) <= 1


@pytest.mark.parametrize("folds", [0, 1, 38])
def test_impossible_folds_are_refused(folds):
    with pytest.raises(ValueError, match="2 to 37 folds"):
        deal_folds(LABELS, folds)


def fit_predict_on(vectors, labels):
    def fit_predict(train, held_out):
        model = LogisticRegression().fit(vectors[train], labels[train])
        return torch.tensor(model.predict_log_proba(vectors[held_out]))

    return fit_predict


def test_out_of_fold_losses_are_those_of_cross_validation():
    drawn = np.random.default_rng(0)
    labels = np.array(LABELS)
    vectors = drawn.normal(size=(37, 5)) + labels[:, None]
    losses = out_of_fold_losses(fit_predict_on(vectors, labels), LABELS, folds=4, seed=2)
    fold_of = np.empty(37, dtype=int)
    for number, fold in enumerate(deal_folds(LABELS, 4, 2)):
        fold_of[fold] = number
    shares = cross_val_predict(
        LogisticRegression(), vectors, labels, cv=PredefinedSplit(fold_of), method="predict_proba"
    )
    expected = torch.tensor(-np.log(shares[np.arange(37), labels]))
    torch.testing.assert_close(losses.double(), expected, rtol=1e-5, atol=1e-5)


def test_flipped_labels_are_found_again():
    drawn = np.random.default_rng(1)
    clean = [number % 2 for number in range(200)]
    noisy, flipped = flip_labels(clean, 0.1, classes=2, seed=0)
    vectors = drawn.normal(size=(200, 3)) + 3 * np.array(clean)[:, None]
    order = suspects(out_of_fold_losses(fit_predict_on(vectors, np.array(noisy)), noisy))
    assert found_among(order, flipped, first=20) >= 17  # by chance it would be 2
