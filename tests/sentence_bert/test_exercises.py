"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math

import numpy as np
import pytest
import torch
from sklearn.preprocessing import normalize as normalize_rows
from torch import nn
from torch.nn import functional

from bertlab.exercises.display import State
from bertlab.sentence_bert import cosent, exercises, matryoshka, mining, ranking, triplet


def ranking_with(ready=functional.normalize, sharpen=lambda scores, t: scores / t, finish=functional.cross_entropy):
    """Vectors made ready, all products, then a loss: one of them wrong, or none."""

    def answer(anchors, positives, temperature):
        scores = sharpen(ready(anchors) @ ready(positives).T, temperature)
        return finish(scores, torch.arange(len(scores)))

    return answer


def ranking_one_by_one(anchors, positives, temperature, denominator=lambda row, i: sum(row)):
    losses = []
    for i, anchor in enumerate(anchors):
        row = [torch.exp(functional.cosine_similarity(anchor, p, dim=0) / temperature) for p in positives]
        losses.append(-torch.log(row[i] / denominator(row, i)))
    return torch.stack(losses).mean()


def ranking_against_others(anchors, positives, temperature):
    return ranking_one_by_one(anchors, positives, temperature, lambda row, i: sum(row[:i] + row[i + 1 :]))


def ranking_with_own_first(anchors, positives, temperature):
    """The own positive put before all, itself among them, and label 0 for each anchor."""
    scores = ranking.cosines(anchors, positives) / temperature
    scores = torch.cat([scores.diagonal()[:, None], scores], dim=1)
    return functional.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))


def log_softmax(dim, sign=-1):
    return lambda scores, labels: sign * functional.log_softmax(scores, dim)[labels, labels].mean()


def triplet_with(distance=functional.pairwise_distance, sign=1, finish=lambda values: values.relu().mean(), order=1):
    """Two distances, the margin, and what becomes of them: one of them wrong, or none."""

    def answer(anchor, positive, negative, margin):
        difference = distance(anchor, positive) - distance(anchor, negative)
        return finish(order * difference + sign * margin)

    return answer


def triplets_one_by_one(anchor, positive, negative, margin):
    rows = zip(anchor, positive, negative, strict=True)
    return torch.stack([max(torch.tensor(0.0), (a - p).norm() - (a - n).norm() + margin) for a, p, n in rows]).mean()


def triplets_of_the_library(anchor, positive, negative, margin):
    return nn.TripletMarginLoss(margin=margin)(anchor, positive, negative)


def negatives_one_by_one(similarities, positive, margin, place=lambda row, fit: max(fit, key=row.__getitem__)):
    """Lists and loops; `place` chooses among the columns that fit."""
    chosen = []
    for row, best in zip(similarities.tolist(), positive.tolist(), strict=True):
        fit = [column for column, value in enumerate(row) if value <= row[best] - margin]
        chosen.append(place(row, fit) if fit else -1)
    return torch.tensor(chosen)


def negatives_by_sorting(similarities, positive, margin):
    order = similarities.argsort(dim=1, descending=True)
    ordered = similarities.gather(1, order)
    fit = ordered <= similarities[torch.arange(len(positive)), positive][:, None] - margin
    first = fit.int().argmax(1)
    return torch.where(fit[:, -1], order[torch.arange(len(order)), first], torch.tensor(-1))


def negatives_of_numpy(similarities, positive, margin):
    values = similarities.numpy().copy()
    limits = np.take_along_axis(values, positive.numpy()[:, None], 1) - margin
    values[values > limits] = -np.inf
    return torch.tensor(np.where(np.isinf(values).all(1), -1, values.argmax(1)))


def negatives_with(fits, none=-1, fill=-torch.inf):
    """The most similar of those that `fits(similarities, limits of the positives, margin)` lets in."""

    def answer(similarities, positive, margin):
        own = similarities[torch.arange(len(positive)), positive]
        fit = fits(similarities, own.unsqueeze(1), margin)
        best = torch.where(fit, similarities, fill).max(1).indices
        best[~fit.any(1)] = best[~fit.any(1)] if none is None else none
        return best

    return answer


def below(similarities, own, margin):
    return own - similarities >= margin


def negatives_other_than_the_positive(similarities, positive, margin):
    others = similarities.clone()
    others[torch.arange(len(positive)), positive] = -1e4
    return others.argmax(1)


def place_in_the_rest(row, fit):
    left = [row[column] for column in fit]
    return left.index(max(left))


def cosent_with(counts=torch.gt, sharpen=lambda differences, scale: differences * scale, finish=torch.logsumexp):
    """Differences of cosines, those that count, and −∞ for the others: one of them wrong, or none."""

    def answer(cosines, scores, scale):
        exponents = sharpen(cosines[None, :] - cosines[:, None], scale)
        exponents = torch.where(counts(scores[:, None], scores[None, :]), exponents, -torch.inf)
        return finish(functional.pad(exponents.flatten(), (1, 0)), 0)  # padded by a 0, whose exponential is 1

    return answer


def cosent_one_by_one(cosines, scores, scale, pairs=lambda n: [(i, j) for i in range(n) for j in range(n)], one=1):
    total = 0.0
    for i, j in pairs(len(scores)):
        if scores[i] > scores[j]:
            total += torch.exp(scale * (cosines[j] - cosines[i]))
    return torch.log(one + total)


def cosent_with_softplus(cosines, scores, scale):
    higher = scores[:, None] > scores
    return functional.softplus(scale * (cosines - cosines[:, None]))[higher].sum()


def cosent_by_zeros(cosines, scores, scale):
    higher = scores[:, None] > scores
    return torch.log(1 + torch.exp((scale * (cosines - cosines[:, None])).masked_fill(~higher, 0)).sum())


def cosent_by_mean(cosines, scores, scale):
    i, j = torch.nonzero(scores[:, None] > scores, as_tuple=True)
    return torch.log(1 + torch.exp(scale * (cosines[j] - cosines[i])).mean())


def shortened(cut=lambda vectors, dim: vectors[:, :dim], size=lambda kept: kept.norm(dim=1).unsqueeze(1)):
    def answer(vectors, dim):
        kept = cut(vectors, dim)
        return kept / size(kept)

    return answer


def shortened_one_by_one(vectors, dim):
    return torch.stack([row[:dim] / math.sqrt(sum(value**2 for value in row[:dim].tolist())) for row in vectors])


def shortened_late(vectors, dim):
    return functional.normalize(vectors, dim=1)[:, :dim]


def shortened_by_zeros(vectors, dim):
    vectors = vectors.clone()
    vectors[:, dim:] = 0
    return functional.normalize(vectors, dim=1)


RIGHT = [
    (exercises.ranking_loss, ranking_with()),
    (exercises.ranking_loss, ranking_one_by_one),
    (exercises.ranking_loss, ranking_with(finish=log_softmax(1))),
    (
        exercises.ranking_loss,
        ranking_with(finish=lambda s, labels: -(s.softmax(-1) * torch.eye(len(s))).sum(1).log().mean()),
    ),
    (exercises.ranking_loss, lambda a, p, t: ranking.ranking_loss(a, p, scale=1 / t)),
    (exercises.triplet_loss, triplet_with()),
    (exercises.triplet_loss, triplet_with(lambda a, b: (a - b).pow(2).sum(1).sqrt())),
    (exercises.triplet_loss, triplets_one_by_one),
    (exercises.triplet_loss, triplets_of_the_library),
    (exercises.triplet_loss, triplet.triplet_loss),
    (exercises.hard_negatives, negatives_one_by_one),
    (exercises.hard_negatives, negatives_by_sorting),
    (exercises.hard_negatives, negatives_of_numpy),
    (exercises.hard_negatives, negatives_with(below)),
    (exercises.hard_negatives, negatives_with(below, fill=-2.0)),
    (exercises.cosent_loss, cosent_with()),
    (exercises.cosent_loss, cosent_one_by_one),
    (exercises.cosent_loss, lambda c, s, scale: cosent_with()(c, s * 7 - 3, scale)),
    (exercises.shorten, shortened()),
    (exercises.shorten, shortened_one_by_one),
    (exercises.shorten, lambda vectors, dim: functional.normalize(vectors[:, :dim])),
    (exercises.shorten, lambda vectors, dim: functional.normalize(shortened_late(vectors, dim))),
    (exercises.shorten, lambda vectors, dim: torch.tensor(normalize_rows(vectors[:, :dim].numpy()))),
    (exercises.shorten, matryoshka.truncate),
]

MISTAKEN = [
    (exercises.ranking_loss, ranking_with(sharpen=torch.mul), "multiplies by the temperature"),
    (exercises.ranking_loss, ranking_against_others, "leaves out the own positive"),
    (exercises.ranking_loss, ranking_with_own_first, "counts the own positive twice"),
    (exercises.ranking_loss, ranking_with(lambda vectors: vectors), "takes the dot product"),
    (exercises.ranking_loss, ranking_with(finish=log_softmax(0)), "lets positives choose their anchors"),
    (exercises.ranking_loss, lambda a, p, t: ranking_with()(p, a, t), "lets positives choose their anchors"),
    (
        exercises.ranking_loss,
        ranking_with(finish=lambda s, labels: functional.cross_entropy(s, labels, reduction="sum")),
        "adds up the anchors",
    ),
    (exercises.ranking_loss, ranking_with(finish=log_softmax(1, sign=1)), "forgets the minus"),
    (
        exercises.ranking_loss,
        ranking_with(lambda vectors: vectors / vectors.square().sum(1).sqrt()),
        "divides columns by norms of rows",
    ),
    (exercises.triplet_loss, triplet_with(lambda a, b: (a - b).square().sum(1)), "squares the distances"),
    (exercises.triplet_loss, triplet_with(finish=torch.mean), "lets the loss go below 0"),
    (exercises.triplet_loss, triplet_with(finish=lambda v: torch.relu(v.mean())), "cuts off after the mean"),
    (exercises.triplet_loss, lambda a, p, n, m: triplet.triplet_loss(a, n, p, m), "swaps positive and negative"),
    (exercises.triplet_loss, triplet_with(order=-1), "swaps positive and negative"),
    (
        exercises.triplet_loss,
        triplet_with(lambda a, b: 1 - (functional.normalize(a) * functional.normalize(b)).sum(1)),
        "takes the cosine distance",
    ),
    (exercises.triplet_loss, triplet_with(sign=-1), "subtracts the margin"),
    (exercises.triplet_loss, triplet_with(torch.dist), "takes one distance for all"),
    (exercises.triplet_loss, triplet_with(finish=lambda v: v.relu().sum()), "adds up the triplets"),
    (exercises.hard_negatives, lambda s, positive, margin: s.max(1).indices, "takes the most similar of all"),
    (
        exercises.hard_negatives,
        negatives_with(lambda s, own, margin: s >= own - margin),
        "takes the most similar of all",
    ),
    (exercises.hard_negatives, negatives_other_than_the_positive, "keeps out only the positive"),
    (exercises.hard_negatives, negatives_with(lambda s, own, margin: s < own), "ignores the margin"),
    (exercises.hard_negatives, negatives_with(lambda s, own, margin: s - own <= margin), "adds the margin"),
    (
        exercises.hard_negatives,
        lambda *args: negatives_one_by_one(*args, lambda row, fit: min(fit, key=row.__getitem__)),
        "takes the least similar",
    ),
    (
        exercises.hard_negatives,
        negatives_with(lambda s, own, margin: s <= own.squeeze() - margin),
        "lines limits up with columns",
    ),
    (exercises.hard_negatives, negatives_with(below, none=None), "gives 0 where there is none"),
    (exercises.hard_negatives, lambda *args: negatives_one_by_one(*args, place_in_the_rest), "counts only those left"),
    (exercises.cosent_loss, lambda *args: cosent_one_by_one(*args, one=0), "leaves out the 1"),
    (exercises.cosent_loss, cosent_with(finish=lambda e, dim: e[1:].logsumexp(dim)), "leaves out the 1"),
    (exercises.cosent_loss, cosent_with(torch.lt), "turns the order round"),
    (exercises.cosent_loss, cosent_with(torch.ge), "counts equal scores"),
    (exercises.cosent_loss, cosent_with(sharpen=torch.div), "divides by the scale"),
    (exercises.cosent_loss, cosent_by_mean, "averages the exponentials"),
    (
        exercises.cosent_loss,
        lambda *args: cosent_one_by_one(*args, lambda n: [(i, j) for i in range(n) for j in range(i + 1, n)]),
        "looks only forward",
    ),
    (exercises.cosent_loss, cosent_by_zeros, "counts the rest as 1"),
    (exercises.cosent_loss, cosent_with_softplus, "takes a logarithm of each"),
    (exercises.shorten, shortened_late, "scales before the cut"),
    (exercises.shorten, shortened(lambda v, dim: v[:, v.shape[1] - dim :]), "takes the last dimensions"),
    (exercises.shorten, lambda v, dim: torch.narrow(v, 1, 0, dim), "leaves the lengths"),
    (exercises.shorten, shortened(size=lambda v: v.norm(dim=0, keepdim=True)), "scales the columns"),
    (exercises.shorten, shortened_by_zeros, "sets the rest to 0"),
    (
        exercises.shorten,
        shortened(size=lambda v: torch.linalg.vector_norm(v, dim=-1)),
        "divides columns by norms of rows",
    ),
    (exercises.shorten, shortened(size=torch.linalg.matrix_norm), "takes one norm for all"),
    (exercises.shorten, shortened(lambda v, dim: v[:dim]), "keeps the first vectors"),
]


def first_label_for_all(scores, labels):
    return functional.cross_entropy(scores, torch.zeros_like(labels))


def both_directions(scores, labels):
    return (functional.cross_entropy(scores, labels) + functional.cross_entropy(scores.T, labels)) / 2


def similarity_of_pairs(anchors, positives, temperature):
    return (1 - functional.cosine_similarity(anchors, positives)).mean() / temperature


def one_side_divided(anchors, positives, temperature):
    return ranking_with(lambda vectors: vectors)(functional.normalize(anchors), positives, temperature)


def negatives_below_the_best(similarities, positive, margin):
    return exercises.hardest_below(similarities, similarities.argmax(1), margin)


def negatives_below_the_mean(similarities, positive, margin):
    own = similarities[torch.arange(len(positive)), positive]
    return negatives_with(lambda s, _, margin: s <= own.mean() - margin)(similarities, positive, margin)


def second_best(similarities, positive, margin):
    return similarities.topk(2, dim=1).indices[:, 1]


def their_similarities(similarities, positive, margin):
    chosen = exercises.hardest_below(similarities, positive, margin)
    return similarities.gather(1, chosen.clamp(min=0)[:, None]).squeeze(1)


def cosent_of_neighbors(cosines, scores, scale):
    return cosent_one_by_one(cosines, scores, scale, lambda n: [(i, i + 1) for i in range(n - 1)])


WRONG_AT_THE_EDGES = [
    (exercises.ranking_loss, ranking_with(finish=first_label_for_all)),
    (exercises.ranking_loss, ranking_with(finish=both_directions)),
    (exercises.ranking_loss, ranking_with(sharpen=lambda scores, t: scores)),
    (exercises.ranking_loss, ranking_with(sharpen=lambda scores, t: scores / t**2)),
    (exercises.ranking_loss, ranking_with(finish=lambda s, labels: -s.softmax(1).diagonal().mean())),
    (exercises.ranking_loss, ranking_with(finish=lambda s, labels: -s.log_softmax(1).mean())),
    (exercises.ranking_loss, ranking_with(finish=lambda s, labels: -s.diagonal().mean())),
    (exercises.ranking_loss, ranking_with(finish=lambda s, labels: functional.cross_entropy(-s, labels))),
    (exercises.ranking_loss, ranking_with(lambda vectors: vectors / vectors.norm())),
    (exercises.ranking_loss, ranking_with(lambda vectors: functional.normalize(vectors, dim=0))),
    (exercises.ranking_loss, similarity_of_pairs),
    (exercises.ranking_loss, one_side_divided),
    (exercises.ranking_loss, lambda a, p, t: functional.cross_entropy(-torch.cdist(a, p) / t, torch.arange(len(a)))),
    (
        exercises.ranking_loss,
        lambda a, p, t: ranking_with(finish=lambda s, n: functional.cross_entropy(s, n, reduction="none"))(a, p, t),
    ),
    (exercises.ranking_loss, lambda a, p, t: ranking_with()(a, p, t).item()),
    (exercises.triplet_loss, triplet_with(lambda a, b: (a - b).norm(dim=0))),
    (exercises.triplet_loss, triplet_with(lambda a, b: (a - b).abs().sum(1))),
    (exercises.triplet_loss, triplet_with(functional.cosine_similarity)),
    (exercises.triplet_loss, triplet_with(sign=0)),
    (exercises.triplet_loss, triplet_with(finish=lambda v: v[v > 0].mean())),  # over those that cost something
    (exercises.triplet_loss, triplet_with(finish=lambda v: v.relu().amax())),
    (exercises.triplet_loss, triplet_with(finish=lambda v: functional.softplus(v).mean())),
    (exercises.triplet_loss, triplet_with(finish=torch.relu)),
    (exercises.triplet_loss, triplet_with(finish=lambda v: max(0, v))),  # Python's max, of a tensor
    (exercises.triplet_loss, lambda a, p, n, m: triplet.triplet_loss(p, a, n, m)),  # the distance from the positive
    (exercises.triplet_loss, lambda a, p, n, m: triplet.squared_triplet_loss(*map(functional.normalize, (a, p, n)), m)),
    (exercises.hard_negatives, negatives_with(lambda s, own, margin: s < own - margin)),
    (exercises.hard_negatives, negatives_with(below, none=0)),
    (exercises.hard_negatives, negatives_with(below, fill=0.0)),
    (exercises.hard_negatives, negatives_with(below, fill=-0.5)),
    (exercises.hard_negatives, lambda s, positive, margin: s.argmin(1)),
    (exercises.hard_negatives, lambda s, positive, margin: positive),
    (exercises.hard_negatives, negatives_below_the_best),
    (exercises.hard_negatives, negatives_below_the_mean),
    (exercises.hard_negatives, second_best),
    (exercises.hard_negatives, their_similarities),
    (
        exercises.hard_negatives,
        lambda s, positive, margin: mining.mine_hard_negatives(s, _one_hot(positive, s), 1, margin),
    ),
    (exercises.hard_negatives, lambda s, positive, margin: exercises.hardest_below(s, positive, margin)[:, None]),
    (exercises.hard_negatives, lambda s, positive, margin: exercises.hardest_below(s, positive, margin).float()),
    (exercises.cosent_loss, cosent_of_neighbors),
    (exercises.cosent_loss, cosent_with(torch.ne)),
    (exercises.cosent_loss, cosent_with(lambda a, b: torch.ones_like(a > b))),
    (exercises.cosent_loss, cosent_with(sharpen=lambda differences, scale: differences)),
    (exercises.cosent_loss, cosent_with(finish=lambda e, dim: e.exp().sum())),
    (exercises.cosent_loss, cosent_with(finish=lambda e, dim: e.logsumexp(dim) / len(e))),
    (exercises.cosent_loss, cosent_with(finish=lambda e, dim: -e.logsumexp(dim))),
    (exercises.cosent_loss, lambda c, s, scale: (c - s / 5).square().mean()),
    (exercises.cosent_loss, lambda c, s, scale: cosent_with()(s, c, scale)),
    (exercises.shorten, shortened(lambda v, dim: v[:, :: v.shape[1] // dim][:, :dim])),
    (exercises.shorten, shortened(lambda v, dim: v[:, : dim - 1] if dim > 1 else v)),
    (exercises.shorten, shortened(lambda v, dim: v[:, 1 : dim + 1])),
    (exercises.shorten, shortened(size=lambda v: v.square().sum(1, keepdim=True))),
    (exercises.shorten, shortened(size=lambda v: v.abs().sum(1, keepdim=True))),
    (exercises.shorten, shortened(size=lambda v: v.abs().amax(1, keepdim=True))),
    (exercises.shorten, lambda v, dim: v[:, :dim].softmax(1)),
    (exercises.shorten, lambda v, dim: functional.normalize(v, dim=1)),
    (exercises.shorten, lambda v, dim: functional.normalize(v.topk(dim, dim=1).values)),
]


def _random(*shape, seed=13):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _one_hot(positive, similarities):
    return functional.one_hot(positive, similarities.shape[1]).bool()


def test_the_ranking_loss_is_that_of_the_topic():
    anchors, positives = _random(7, 37), _random(7, 37, seed=7)
    ours = exercises.in_batch_cross_entropy(anchors, positives, 0.05)
    torch.testing.assert_close(ours, ranking.ranking_loss(anchors, positives, scale=20.0))


def test_the_triplet_loss_is_that_of_the_topic():
    columns = [_random(13, 7, seed=seed) for seed in (1, 2, 3)]
    ours = exercises.hinge_on_distances(*columns, 0.5)
    torch.testing.assert_close(ours, triplet.triplet_loss(*columns, margin=0.5))
    assert ours > 0.1


def test_hard_negatives_are_those_of_the_topic():
    similarities = _random(37, 7) / 3
    positive = _random(37, 7, seed=7).argmax(1)
    ours = exercises.hardest_below(similarities, positive, 0.2)
    theirs = torch.full((37,), -1)
    for negative in mining.mine_hard_negatives(similarities, _one_hot(positive, similarities), margin=0.2):
        theirs[negative.anchor] = negative.candidate
    torch.testing.assert_close(ours, theirs)
    assert 0 < (ours == -1).sum() < 13


def test_cosent_is_that_of_the_topic():
    u, v = _random(13, 7), _random(13, 7, seed=7)
    scores = (_random(13, seed=3) * 2).round()
    assert len(scores.unique()) < 10
    ours = exercises.loss_of_order(torch.cosine_similarity(u, v, dim=1), scores, 20.0)
    torch.testing.assert_close(ours, cosent.cosent_loss(u, v, scores, scale=20.0))


def test_shortened_vectors_are_those_of_the_topic():
    vectors = _random(13, 37)
    torch.testing.assert_close(exercises.first_dimensions(vectors, 7), matryoshka.truncate(vectors, 7))


LINED_UP = {"divides columns by norms of rows", "lines limits up with columns"}


@pytest.mark.parametrize("exercise", [exercises.ranking_loss, exercises.hard_negatives, exercises.shorten])
def test_what_is_broadcast_wrongly_raises_nothing_where_sizes_are_the_same(exercise):
    [lined_up] = [mistake.answer for mistake in exercise.mistakes if mistake.name in LINED_UP]
    case = exercise.cases[1]
    assert not torch.allclose(lined_up(*case.args), exercise.reference(*case.args), atol=0.01)


def test_no_triplet_lies_on_the_edge_where_rounding_would_decide():
    for case in exercises.triplet_loss.cases:
        anchor, positive, negative, margin = case.args
        costs = (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin
        assert costs.abs().min() > 0.1


def test_similarities_are_subtracted_without_rounding_and_none_is_there_twice():
    for case in exercises.hard_negatives.cases:
        similarities, _, margin = case.args
        assert torch.equal(similarities * 8, (similarities * 8).round())
        assert margin * 8 == round(margin * 8)
        assert all(len(row.unique()) == len(row) for row in similarities)


def test_kinds_and_shapes_are_told():
    number = exercises.ranking_loss.check(lambda a, p, t: exercises.in_batch_cross_entropy(a, p, t).item())
    assert "expected a tensor, got a float" in number.message
    each = exercises.triplet_loss.check(triplet_with(finish=torch.relu))
    assert "expected shape (), got shape (2,)" in each.message
    found = exercises.hard_negatives.check(their_similarities)
    assert found.state == State.NOT_YET
    assert "expected dtype torch.int64" in found.message


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    def close(ours, expected):
        torch.testing.assert_close(ours, torch.tensor(expected), rtol=0, atol=5e-5)

    anchors, positives = torch.tensor([[1.0, 0], [3, 4]]), torch.tensor([[2.0, 0], [0, 5]])
    close(exercises.in_batch_cross_entropy(anchors, positives, 0.5), 0.3200)
    anchor, positive, negative = torch.tensor([[[0.0, 0], [1, 1]], [[3, 4], [1, 2]], [[0, 2], [1, 9]]])
    close(exercises.hinge_on_distances(anchor, positive, negative, 1.0), 2.0)
    similarities = torch.tensor([[0.9, 0.8, 0.4], [0.3, 0.2, 0.5]])
    assert exercises.hardest_below(similarities, torch.tensor([0, 1]), 0.25).tolist() == [2, -1]
    close(exercises.loss_of_order(torch.tensor([0.2, 0.3, 0.1]), torch.tensor([5.0, 0, 0]), 10.0), 1.4076)
    close(exercises.first_dimensions(torch.tensor([[3.0, 4, 5], [0, -2, 1]]), 2), [[0.6, 0.8], [0.0, -1.0]])
