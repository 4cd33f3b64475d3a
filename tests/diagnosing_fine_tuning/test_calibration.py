"""Reliability and temperature against scikit-learn, LBFGS and numbers worked by hand."""

import math

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from torch.nn.functional import cross_entropy

from bertlab.diagnosing_fine_tuning.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability,
    slope,
)
from bertlab.fine_tuning.loop import accuracy


def draw(texts: int = 137, classes: int = 3, scale: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that are calibrated at scale 1: each label is drawn from the softmax of its own logits."""
    generator = torch.Generator().manual_seed(texts)
    logits = 2 * torch.randn(texts, classes, generator=generator)
    labels = torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]
    return scale * logits, labels


@pytest.mark.parametrize("bins", [1, 4, 10, 15])
def test_bins_hold_what_those_of_scikit_learn_hold(bins):
    generator = torch.Generator().manual_seed(bins)
    probabilities = torch.rand(137, generator=generator).double()
    probabilities[:3] = torch.tensor([0.0, 0.5, 1.0])
    right = torch.rand(137, generator=generator) < probabilities
    found = [one for one in reliability(probabilities, right, bins) if one.texts]
    accuracies, confidences = calibration_curve(right.numpy(), probabilities.numpy(), n_bins=bins)
    np.testing.assert_allclose([one.accuracy for one in found], accuracies)
    np.testing.assert_allclose([one.confidence for one in found], confidences)
    assert sum(one.texts for one in found) == 137
    assert all(one.low <= one.confidence <= one.high for one in found)


def test_an_edge_belongs_to_the_lower_bin_and_an_empty_bin_has_no_means():
    probabilities = torch.tensor([0.25, 0.5, 0.75, 1.0])
    found = reliability(probabilities, torch.tensor([True, False, True, True]), bins=4)
    assert [one.texts for one in found] == [1, 1, 1, 1]
    empty, full = reliability(probabilities[3:], torch.tensor([True]), bins=2)
    assert (empty.texts, full.texts) == (0, 1)
    assert math.isnan(empty.confidence)
    assert math.isnan(empty.accuracy)


def test_the_error_is_the_mean_gap_over_the_texts():
    probabilities = torch.tensor([0.9, 0.8, 0.8, 0.6, 0.2])
    right = torch.tensor([True, False, True, False, False])
    # upper half: mean confidence 0.775, accuracy 0.5, four texts; lower half: 0.2 and 0, one text
    assert expected_calibration_error(probabilities, right, bins=2) == pytest.approx((4 * 0.275 + 0.2) / 5)
    assert expected_calibration_error(torch.empty(0), torch.empty(0).bool()) == 0


def test_what_is_sure_as_often_as_it_is_right_has_a_small_error():
    logits, labels = draw(20000)
    probabilities, given = logits.softmax(-1).max(-1)
    assert expected_calibration_error(probabilities, given == labels) < 0.02
    probabilities = (3 * logits).softmax(-1).amax(-1)
    assert expected_calibration_error(probabilities, given == labels) > 0.1


@pytest.mark.parametrize("bad", [torch.tensor([1.2]), torch.tensor([-0.1]), torch.tensor([float("nan")])])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        reliability(bad, torch.tensor([True]))
    with pytest.raises(ValueError, match="bins must be"):
        reliability(torch.tensor([0.5]), torch.tensor([True]), bins=0)


def test_the_slope_is_that_of_autograd():
    logits, labels = draw(37)
    sharpness = torch.tensor(0.7, requires_grad=True)
    (expected,) = torch.autograd.grad(cross_entropy(sharpness * logits, labels), sharpness)
    assert slope(logits, labels, 0.7) == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("scale", [0.01, 0.5, 1.0, 3.0, 200.0])
def test_the_temperature_is_the_one_that_lbfgs_finds(scale):
    logits, labels = draw(scale=scale)
    found = fit_temperature(logits, labels)
    log_temperature = torch.tensor(math.log(scale), dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-10)

    def closure():
        optimizer.zero_grad()
        loss = cross_entropy(logits.double() / log_temperature.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    torch.testing.assert_close(found, log_temperature.exp().item(), rtol=1e-5, atol=0)


class Logits(ClassifierMixin, BaseEstimator):
    """A classifier for scikit-learn whose decision is what it is given."""

    def fit(self, logits, labels):
        self.classes_ = np.unique(labels)
        return self

    def decision_function(self, logits):
        return logits

    def predict(self, logits):
        return self.classes_[logits.argmax(-1)]


def test_the_temperature_is_that_of_scikit_learn():
    logits, labels = draw(scale=3.0)
    ours = (logits.double() / fit_temperature(logits, labels)).softmax(-1)
    theirs = CalibratedClassifierCV(
        FrozenEstimator(Logits().fit(logits.numpy(), labels.numpy())), method="temperature", cv=2
    ).fit(logits.double().numpy(), labels.numpy())
    expected = torch.tensor(theirs.predict_proba(logits.double().numpy()))
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-4)  # as exactly as theirs searches


def test_a_model_three_times_too_sure_gets_a_temperature_of_three():
    logits, labels = draw(20000, scale=3.0)
    temperature = fit_temperature(logits, labels)
    assert temperature == pytest.approx(3, rel=0.05)
    probabilities, given = (logits / temperature).softmax(-1).max(-1)
    assert expected_calibration_error(probabilities, given == labels) < 0.02
    assert accuracy(logits / temperature, labels) == accuracy(logits, labels)
    assert torch.equal((logits / temperature).argmax(-1), logits.argmax(-1))


def test_without_a_wrong_text_there_is_no_best_temperature():
    logits, _ = draw(37)
    with pytest.raises(ValueError, match="no text is wrong"):
        fit_temperature(logits, logits.argmax(-1))
    with pytest.raises(ValueError, match="no text is wrong"):
        fit_temperature(torch.zeros(5, 2), torch.ones(5).long())  # ties: no temperature changes anything


def test_logits_worse_than_chance_are_refused():
    logits, _ = draw(37)
    with pytest.raises(ValueError, match="no higher than the others"):
        fit_temperature(logits, logits.argmin(-1))


def test_one_wrong_text_by_a_hair_is_enough():
    logits = torch.tensor([[0.0, 5.0]] * 12 + [[0.0, 1e-4]])
    labels = torch.tensor([1] * 12 + [0])
    temperature = fit_temperature(logits, labels)
    losses = [cross_entropy(logits.double() / (temperature * factor), labels).item() for factor in (0.99, 1, 1.01)]
    assert losses[1] == min(losses)
