"""The mean squared error between cosine and score is the library's; scores on another scale are refused."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss

from bertlab.sentence_bert.regression import cosine_regression_loss, unit_scores
from tests.sentence_bert.given import Given, assert_same, draw, features

SCORES = torch.tensor([0.0, 5.0, 2.5, 4.0, 1.0, 3.5, 0.5])


def test_it_is_the_librarys_loss():
    u, v = draw(2)
    scores = unit_scores(SCORES)
    assert_same(cosine_regression_loss(u, v, scores), CosineSimilarityLoss(Given())(features(u, v), scores), [u, v])


def test_the_length_of_a_vector_does_not_count():
    u, v = draw(2)
    scores = unit_scores(SCORES)
    torch.testing.assert_close(cosine_regression_loss(3 * u, 7 * v, scores), cosine_regression_loss(u, v, scores))


def test_a_score_of_one_asks_for_the_same_direction():
    [u] = draw(1)
    assert cosine_regression_loss(u, 2 * u, torch.ones(7)).item() == pytest.approx(0, abs=1e-10)
    assert cosine_regression_loss(u, -u, torch.ones(7)).item() == pytest.approx(4)


def test_scores_from_0_to_5_are_refused_with_what_to_do():
    u, v = draw(2)
    with pytest.raises(ValueError, match=r"a score of 5 is no possible cosine: use unit_scores\(scores\) first"):
        cosine_regression_loss(u, v, SCORES)


def test_scales():
    torch.testing.assert_close(unit_scores(SCORES), SCORES / 5)
    torch.testing.assert_close(unit_scores(torch.tensor([1.0, 4.0, 7.0]), 1.0, 7.0), torch.tensor([0.0, 0.5, 1.0]))
    with pytest.raises(ValueError, match="scores from 0 to 5 do not fit the scale 0 to 4"):
        unit_scores(SCORES, high=4.0)
