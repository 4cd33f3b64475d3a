"""The sum over truncations is the library's, around each kind of loss."""

from functools import partial

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import (
    CoSENTLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
    TripletLoss,
)
from sentence_transformers.util import truncate_embeddings

from bertlab.sentence_bert.cosent import cosent_loss
from bertlab.sentence_bert.matryoshka import matryoshka_loss, truncate
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.triplet import triplet_loss
from tests.sentence_bert.given import Given, assert_same, draw, features

SCORES = torch.tensor([0.0, 5.0, 2.5, 2.5, 1.0, 5.0, 0.5])
CASES = {
    "ranking": (2, ranking_loss, MultipleNegativesRankingLoss(Given())),
    "triplet": (3, partial(triplet_loss, margin=1.0), TripletLoss(Given(), triplet_margin=1.0)),
    "cosent": (2, lambda u, v: cosent_loss(u, v, SCORES), CoSENTLoss(Given())),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weights", [None, [1.0, 0.5, 2.0]])
def test_it_is_the_librarys_loss(case, weights):
    count, loss, theirs = CASES[case]
    columns = draw(count, length=2)
    theirs.model = Given()
    expected = MatryoshkaLoss(theirs.model, theirs, [13, 7, 2], weights)(features(*columns), SCORES)
    assert_same(matryoshka_loss(loss, columns, [13, 7, 2], weights), expected, columns)


def test_one_size_is_the_loss_of_truncated_vectors():
    columns = draw(2)
    cut = [column[:, :4] for column in columns]  # cosines do not care for length
    torch.testing.assert_close(matryoshka_loss(ranking_loss, columns, [4]), ranking_loss(*cut))


def test_truncated_vectors_have_length_one():
    [vectors] = draw(1)
    short = truncate(vectors, 5)
    assert short.norm(dim=1).tolist() == pytest.approx([1] * 7)
    torch.testing.assert_close(short * vectors[:, :5].norm(dim=1, keepdim=True), truncate_embeddings(vectors, 5))


def test_what_does_not_fit_is_refused():
    columns = draw(2)
    with pytest.raises(ValueError, match="14 numbers cannot be kept of 13"):
        matryoshka_loss(ranking_loss, columns, [14])
    with pytest.raises(ValueError, match="2 sizes and 1 weights"):
        matryoshka_loss(ranking_loss, columns, [13, 7], [1.0])
    with pytest.raises(ValueError, match="0 sizes"):
        matryoshka_loss(ranking_loss, columns, [])
