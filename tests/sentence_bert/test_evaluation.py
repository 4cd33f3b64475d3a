"""Figures of an encoder, against values worked out by hand; a tie never counts in its favor."""

import pytest
import torch
from torch.testing import assert_close

from bertlab.sentence_bert.evaluation import Judged, figures_of, reciprocal_ranks, triple_accuracy, vectors_of
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_embeddings.isotropy import mean_cosine
from bertlab.sentence_embeddings.pairs import ScoredPairs

X, Y = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]
BETWEEN = [1.0, 1.0, 0.0]


def rows(*given):
    return torch.tensor(given)


def test_a_triple_is_right_only_if_its_positive_is_strictly_nearer():
    anchors = rows(X, X, X, Y)
    positives = rows(X, BETWEEN, Y, [0.0, 9.0, 0.0])
    negatives = rows(Y, [2.0, 2.0, 0.0], X, BETWEEN)  # right, a tie, wrong, right
    assert triple_accuracy(anchors, positives, negatives) == 0.5
    assert triple_accuracy(anchors, anchors, anchors) == 0


def test_a_rank_is_counted_among_all_candidates():
    anchors = rows(X, Y, BETWEEN)
    candidates = rows(X, BETWEEN, [-1.0, 0.0, 0.0], [0.0, 3.0, 0.0])
    # X finds its own first; Y its own (cosine 0.71) behind the fourth (1); the third its own last of four.
    assert_close(reciprocal_ranks(anchors, candidates), torch.tensor([1, 1 / 2, 1 / 4], dtype=torch.double))


def test_of_equally_similar_candidates_the_own_one_comes_last():
    collapsed = torch.ones(7, 13)
    assert_close(reciprocal_ranks(collapsed, torch.ones(13, 13)), torch.full((7,), 1 / 13, dtype=torch.double))
    assert_close(reciprocal_ranks(rows(X), rows(X, Y, X, [5.0, 0.0, 0.0])), torch.tensor([1 / 3], dtype=torch.double))


def make_judged():
    torch.manual_seed(0)
    sizes = (7, 7, 7, 11, 11)
    return Judged(*(torch.randn(size, 13) for size in sizes), torch.rand(11))


def test_the_figures_are_those_of_their_vectors():
    judged = Judged(
        rows(X, Y), rows(X, BETWEEN), rows(Y, [0.0, 3.0, 0.0]), rows(X, X, X), rows(Y, BETWEEN, X), rows(0.5, 2.5, 1.0)
    )
    found = figures_of(judged)
    assert found["triples"] == 0.5
    assert found["MRR"] == pytest.approx((1 + 1 / 3) / 2)  # Y finds both negatives before its own
    assert found["similarity"] == pytest.approx(0.5)  # orders 1, 2, 3 and 1, 3, 2
    assert found["mean cosine"] == mean_cosine(torch.cat([judged.positives, judged.negatives]))


def test_cut_vectors_are_judged_by_their_first_numbers():
    judged = make_judged()
    cut = Judged(*(column[:, :5] for column in judged[:-1]), judged.scores)
    assert figures_of(judged, 5) == pytest.approx(figures_of(cut), abs=1e-6)
    assert figures_of(judged, 13) == pytest.approx(figures_of(judged), abs=1e-6)
    assert figures_of(judged, 5) != pytest.approx(figures_of(judged), abs=1e-3)


def test_length_does_not_count():
    judged = make_judged()
    longer = Judged(*(column * torch.arange(1, len(column) + 1)[:, None] for column in judged[:-1]), judged.scores)
    assert figures_of(longer) == pytest.approx(figures_of(judged), abs=1e-6)


def test_every_column_is_embedded_under_its_name():
    triples = Triples(("a", "bb"), ("ccc", "dddd"), ("eeeee", "ffffff"))
    pairs = ScoredPairs(("g" * 7,), ("h" * 8,), (2.5,))
    judged = vectors_of(lambda texts: torch.tensor([[float(len(text))] for text in texts]), triples, pairs)
    assert [column.flatten().tolist() for column in judged] == [[1, 2], [3, 4], [5, 6], [7], [8], [2.5]]


def test_triples_without_negatives_are_refused():
    with pytest.raises(ValueError, match="no negatives"):
        vectors_of(
            lambda texts: torch.ones(len(texts), 3), Triples(("a",), ("b",)), ScoredPairs(("c",), ("d",), (1.0,))
        )
