"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import numpy as np
import pytest
import torch
from scipy import linalg, stats
from sklearn.metrics.pairwise import cosine_similarity
from torch.nn import functional

from bertlab.exercises.display import State
from bertlab.sentence_embeddings import correlation, exercises, isotropy, pooling, similarity


def pooled_text_by_text(pool):
    """Cut each text out by its mask before it is pooled."""
    return lambda hidden, mask: torch.stack([pool(h[m.bool()]) for h, m in zip(hidden, mask, strict=True)])


def mean_by_einsum(hidden, mask):
    return torch.einsum("bsh,bs->bh", hidden, mask.float()) / mask.sum(1).unsqueeze(1)


def mean_by_weights(hidden, mask):
    return ((mask / mask.sum(1, keepdim=True)).unsqueeze(1) @ hidden).squeeze(1)


def mean_of_numbers(hidden, mask):
    return hidden.masked_fill(~mask.bool().unsqueeze(-1), torch.nan).nanmean(1)


def cosines_one_by_one(a, b):
    return torch.tensor([[float(one @ other / (one.norm() * other.norm())) for other in b] for one in a])


def cosines_divided_last(a, b):
    return a @ b.T / (a.norm(dim=1)[:, None] * b.norm(dim=1))


def cosines_by_distances(a, b):
    return 1 - torch.cdist(functional.normalize(a), functional.normalize(b)) ** 2 / 2


def max_with_a_large_number(hidden, mask):
    return (hidden - 1e9 * (1 - mask.unsqueeze(-1))).max(1).values


def max_by_where(hidden, mask):
    return torch.where(mask[..., None] == 1, hidden, float("-inf")).max(dim=1)[0]


def max_of_numpy(hidden, mask):
    return torch.tensor(np.where(mask[..., None], hidden, -np.inf).max(1)).float()


def spearman_of(rank):
    """Correlate ranks in single precision."""
    return lambda x, y: torch.corrcoef(torch.stack([rank(x), rank(y)]).float())[0, 1].item()


def mean_ranks(values):
    """Count from 0, which is as good; ties by a mean over those of the same value."""
    ordered = values.sort().values.tolist()
    return torch.tensor([np.mean([at for at, other in enumerate(ordered) if other == one]) for one in values.tolist()])


def spearman_by_covariance(x, y):
    x, y = stats.rankdata(x), stats.rankdata(y)
    return np.cov(x, y)[0, 1] / (np.std(x, ddof=1) * np.std(y, ddof=1))


def whitened_by_root(fitted, given, root=linalg.sqrtm):
    """The inverse of the root of the covariance, without any eigenvectors."""
    mean = fitted.mean(0, keepdim=True)
    covariance = (fitted - mean).T @ (fitted - mean) / (len(fitted) - 1)
    return (given - mean) @ torch.tensor(root(covariance.numpy())).inverse().float()


def whitened_by_svd(fitted, given):
    _, scales, directions = torch.linalg.svd(fitted - fitted.mean(0), full_matrices=False)
    scales = scales / (len(fitted) - 1) ** 0.5
    return (given - fitted.mean(0)) @ (directions.T / scales @ directions)


def whitened_in_double_precision(fitted, given):
    variances, directions = np.linalg.eigh(np.cov(fitted.double(), rowvar=False))
    matrix = directions @ np.diag(variances**-0.5) @ directions.T
    return torch.tensor((given.double() - fitted.double().mean(0)).numpy() @ matrix).float()


def whitened_step_by_step(fitted, given):
    """The inverse root by the iteration of Newton and Schulz."""
    covariance, one = fitted.T.cov(), torch.eye(fitted.shape[1])
    root, inverse = covariance / covariance.trace(), one
    for _ in range(20):
        step = 1.5 * one - inverse @ root / 2
        root, inverse = root @ step, step @ inverse
    return (given - fitted.mean(0)) @ inverse / covariance.trace().sqrt()


RIGHT = [
    (exercises.mean_pooling, pooled_text_by_text(lambda tokens: tokens.mean(0))),
    (exercises.mean_pooling, mean_by_einsum),
    (exercises.mean_pooling, mean_by_weights),
    (exercises.mean_pooling, mean_of_numbers),
    (exercises.mean_pooling, pooling.mean_pooling),
    (exercises.similarities, cosines_one_by_one),
    (exercises.similarities, cosines_divided_last),
    (exercises.similarities, cosines_by_distances),
    (exercises.similarities, lambda a, b: functional.cosine_similarity(a[:, None], b[None], dim=-1)),
    (exercises.similarities, lambda a, b: torch.tensor(cosine_similarity(a, b))),
    (exercises.similarities, similarity.cosine),
    (exercises.max_pooling, pooled_text_by_text(lambda tokens: tokens.amax(0))),
    (exercises.max_pooling, max_with_a_large_number),
    (exercises.max_pooling, max_by_where),
    (exercises.max_pooling, max_of_numpy),
    (exercises.max_pooling, pooling.max_pooling),
    (exercises.spearman, spearman_of(mean_ranks)),
    (
        exercises.spearman,
        spearman_of(lambda values: (values[:, None] > values).sum(1) - (values[:, None] < values).sum(1)),
    ),
    (exercises.spearman, spearman_by_covariance),
    (exercises.spearman, lambda x, y: stats.spearmanr(x, y).statistic),
    (exercises.spearman, correlation.spearman),
    (exercises.whiten, whitened_by_root),
    (exercises.whiten, whitened_by_svd),
    (exercises.whiten, whitened_in_double_precision),
    (exercises.whiten, whitened_step_by_step),
]


def mean_with(top="bsh,bs->bh", count=lambda mask: mask.sum(1, keepdim=True)):
    """A sum of products over a count, one of which is wrong."""
    return lambda hidden, mask: torch.einsum(top, hidden, mask.float()) / count(mask)


def mean_of_slices(hidden, mask):
    return torch.stack([row[: int(count)].mean(0) for row, count in zip(hidden, mask.sum(1), strict=True)])


def mean_of_one_long_text(hidden, mask):
    return hidden.flatten(0, 1)[mask.flatten() == 1].mean(0)


def cosines_with(left=lambda a: functional.normalize(a), right=lambda b: functional.normalize(b)):
    """Two sides that are made ready, one of them or both in a wrong way."""
    return lambda a, b: torch.einsum("md,nd->mn", left(a), right(b))


def _each_divided_by(size):
    return cosines_with(lambda a: a / size(a), lambda b: b / size(b))


def cosines_of_pairs(a, b):
    return functional.cosine_similarity(a, b, dim=1)


def max_of(change, mask_of=lambda mask: mask, dim=1):
    """The maximum of changed hidden states, by a changed mask."""

    def answer(hidden, mask):
        return torch.where(mask_of(mask).bool().unsqueeze(2), change(hidden), -torch.inf).max(dim).values

    return answer


def max_of_products(hidden, mask):
    return torch.einsum("bsh,bs->bsh", hidden, mask.float()).max(1)[0]


def max_by_infinity(hidden, mask):
    return (hidden * mask.unsqueeze(-1) - (1 - mask.unsqueeze(-1)) * float("inf")).max(dim=1).values


def max_and_places(hidden, mask):
    hidden = hidden.clone()
    hidden[mask == 0] = -torch.inf
    return hidden.max(1)


def max_by_length(hidden, mask):
    return pooled_text_by_text(lambda tokens: max(tokens, key=lambda token: float(token @ token)))(hidden, mask)


def max_of_slices(hidden, mask):
    return torch.stack([row[: int(count)].amax(0) for row, count in zip(hidden, mask.sum(1), strict=True)])


def ordinal(values):
    return torch.tensor(stats.rankdata(values, method="ordinal"))


def short_formula(x, y):
    x, y = stats.rankdata(x), stats.rankdata(y)
    return 1 - 6 * np.sum((x - y) ** 2) / (len(x) ** 3 - len(x))


def cosine_of_ranks(x, y):
    return functional.cosine_similarity(mean_ranks(x) + 1, mean_ranks(y) + 1, dim=0).item()


def mean_over_std(x, y):
    x, y = mean_ranks(x), mean_ranks(y)
    return (((x - x.mean()) * (y - y.mean())).mean() / (x.std() * y.std())).item()


def whitened_with(power=-0.5, mean_from=0, learned_from=0, center=True, divisor=1, back=True, ready=lambda both: both):
    """By eigenvectors, wrong in one way or more."""

    def answer(*both):
        fitted, given = ready(both)[learned_from], ready(both)[1]
        middle = fitted - fitted.mean(0)
        variances, directions = torch.linalg.eigh(middle.T @ middle / (len(fitted) - divisor))
        matrix = directions @ torch.diag(variances**power)
        matrix = matrix @ directions.T if back else matrix
        return (given - ready(both)[mean_from].mean(0) if center else given) @ matrix

    return answer


def whitened_by_covariance_of_vectors(fitted, given):
    """Turned and divided step by step: the first step already does not fit."""
    variances, directions = torch.linalg.eigh(fitted.cov())
    return (given - fitted.mean(0, keepdim=True)) @ directions / variances.sqrt() @ directions.T


def standardized(fitted, given):
    middle = fitted - fitted.mean(0)
    return (given - fitted.mean(0)) / ((middle**2).sum(0) / (len(fitted) - 1)).sqrt()


MISTAKEN = [
    (exercises.mean_pooling, lambda hidden, mask: hidden.sum(1) / mask.shape[1], "averages padding too"),
    (exercises.mean_pooling, mean_with("bsh,bt->bh", lambda mask: mask.sum(1, True) ** 2), "leaves padding in the sum"),
    (exercises.mean_pooling, lambda hidden, mask: (hidden * mask.unsqueeze(2)).mean(1), "counts padding"),
    (exercises.mean_pooling, mean_with(count=lambda mask: mask.sum()), "divides by the whole batch"),
    (exercises.mean_pooling, mean_with(count=lambda mask: 1), "forgets to divide"),
    (exercises.mean_pooling, lambda hidden, mask: hidden.select(1, 0), "takes the first vector"),
    (exercises.mean_pooling, mean_of_slices, "takes the first positions"),
    (exercises.mean_pooling, mean_of_one_long_text, "mixes the texts"),
    (exercises.similarities, lambda a, b: torch.inner(a, b), "takes the dot product"),
    (exercises.similarities, cosines_with(right=lambda b: b), "leaves lengths in b"),
    (
        exercises.similarities,
        _each_divided_by(lambda vectors: torch.linalg.vector_norm(vectors, dim=1)),
        "divides columns by norms of rows",
    ),
    (
        exercises.similarities,
        lambda a, b: a @ b.T / a.norm(dim=-1) / b.norm(dim=-1),
        "divides by norms of other rows",
    ),
    (
        exercises.similarities,
        _each_divided_by(lambda vectors: vectors.norm(dim=0, keepdim=True)),
        "normalizes the columns",
    ),
    (exercises.similarities, _each_divided_by(torch.linalg.matrix_norm), "takes one norm for all"),
    (
        exercises.similarities,
        _each_divided_by(lambda vectors: vectors.pow(2).sum(1)[:, None]),
        "divides by squared lengths",
    ),
    (exercises.similarities, cosines_of_pairs, "compares pairs only"),
    (exercises.max_pooling, max_of_products, "lets zeros win"),
    (exercises.max_pooling, lambda hidden, mask: hidden.max(1).values, "looks at padding too"),
    (exercises.max_pooling, max_of(lambda hidden: hidden, lambda mask: mask == 0), "turns the mask round"),
    (exercises.max_pooling, max_by_infinity, "makes nan"),
    (exercises.max_pooling, max_of_slices, "takes the first positions"),
    (exercises.max_pooling, max_and_places, "returns places too"),
    (exercises.max_pooling, max_of(lambda hidden: hidden, dim=-1), "compares within a token"),
    (exercises.max_pooling, lambda hidden, mask: hidden[mask == 1].max(0).values, "mixes the texts"),
    (exercises.spearman, lambda x, y: stats.pearsonr(x, y).statistic, "correlates the values"),
    (exercises.spearman, spearman_of(lambda values: values.argsort()), "sorts once"),
    (exercises.spearman, spearman_of(ordinal), "breaks ties by position"),
    (exercises.spearman, spearman_of(lambda values: values.argsort().argsort() + 1), "breaks ties by position"),
    (
        exercises.spearman,
        spearman_of(lambda values: torch.searchsorted(values.sort().values, values)),
        "gives ties the lowest rank",
    ),
    (
        exercises.spearman,
        spearman_of(lambda values: torch.tensor(stats.rankdata(values, method="dense"))),
        "counts different values",
    ),
    (exercises.spearman, short_formula, "uses the short formula"),
    (exercises.spearman, mean_over_std, "mixes n and one less"),
    (exercises.spearman, cosine_of_ranks, "forgets the mean"),
    (exercises.whiten, whitened_with(learned_from=1, mean_from=1), "learns from given"),
    (exercises.whiten, whitened_with(mean_from=1), "takes the mean of given"),
    (exercises.whiten, whitened_with(center=False), "keeps the mean"),
    (exercises.whiten, standardized, "divides by standard deviations"),
    (exercises.whiten, whitened_by_covariance_of_vectors, "takes vectors for dimensions"),
    (exercises.whiten, whitened_with(power=-1), "divides by variances"),
    (exercises.whiten, whitened_with(back=False), "leaves out the way back"),
    (exercises.whiten, whitened_with(divisor=0), "divides by n"),
]


def mean_of_maximum(hidden, mask):
    return (pooling.max_pooling(hidden, mask) + pooling.mean_pooling(hidden, mask)) / 2


def last_tokens(hidden, mask):
    return hidden[torch.arange(len(mask)), mask.sum(1) - 1]


def max_filled_with(value):
    return lambda hidden, mask: hidden.masked_fill(mask.unsqueeze(-1) == 0, value).amax(1)


def spearman_of_sorted_values(x, y):
    return stats.pearsonr(x.sort().values, y.sort().values).statistic


def whitened_around_0(fitted, given):
    variances, directions = torch.linalg.eigh(fitted.T @ fitted / (len(fitted) - 1))
    return (given - fitted.mean(0)) @ directions @ torch.diag(variances.rsqrt()) @ directions.T


def whitened_by_rows_of_u(fitted, given):
    variances, directions = torch.linalg.eigh(fitted.T.cov())
    return (given - fitted.mean(0)) @ directions.T @ torch.diag(variances.rsqrt()) @ directions


def whitened_by_cholesky(fitted, given):
    return (given - fitted.mean(0)) @ torch.linalg.cholesky(fitted.T.cov().inverse())


WRONG_AT_THE_EDGES = [
    (exercises.mean_pooling, lambda hidden, mask: pooling.max_pooling(hidden, mask)),
    (exercises.mean_pooling, mean_of_maximum),
    (exercises.mean_pooling, last_tokens),
    (exercises.mean_pooling, lambda hidden, mask: hidden.mean(-1)),
    (exercises.mean_pooling, lambda hidden, mask: (hidden * mask).sum(1) / mask.sum(1)),  # the mask without a dimension
    (exercises.mean_pooling, lambda hidden, mask: pooling.mean_pooling(hidden, 1 - mask)),
    (exercises.mean_pooling, lambda hidden, mask: functional.normalize(pooling.mean_pooling(hidden, mask))),
    (exercises.mean_pooling, lambda hidden, mask: pooling.mean_pooling(functional.normalize(hidden, dim=2), mask)),
    (exercises.mean_pooling, lambda hidden, mask: pooling.mean_pooling(hidden, mask)[:, None]),
    (exercises.mean_pooling, lambda hidden, mask: pooling.mean_pooling(hidden, mask).tolist()),
    (exercises.similarities, lambda a, b: similarity.cosine(b, a)),
    (exercises.similarities, cosines_with(left=lambda a: a)),
    (exercises.similarities, cosines_with(left=lambda a: a / a.norm(dim=1))),
    (exercises.similarities, cosines_with(right=lambda b: b / b.norm(dim=1))),
    (exercises.similarities, torch.cdist),
    (exercises.similarities, lambda a, b: similarity.cosine(a, b).abs()),
    (exercises.similarities, lambda a, b: similarity.cosine(a, b).acos()),
    (exercises.similarities, lambda a, b: 1 - similarity.cosine(a, b)),
    (exercises.similarities, lambda a, b: similarity.cosine(a, b).softmax(1)),
    (exercises.similarities, lambda a, b: similarity.cosine(a, b).diagonal()),
    (exercises.similarities, lambda a, b: similarity.cosine(a - a.mean(1, True), b - b.mean(1, True))),
    (exercises.similarities, _each_divided_by(lambda vectors: vectors.abs().sum(1, keepdim=True))),
    (exercises.similarities, _each_divided_by(lambda vectors: vectors.sum(1, keepdim=True))),
    (exercises.similarities, _each_divided_by(lambda vectors: vectors.abs().amax(1, keepdim=True))),
    (exercises.max_pooling, pooling.mean_pooling),
    (exercises.max_pooling, max_filled_with(-1.0)),
    (exercises.max_pooling, max_filled_with(-10.0)),
    (exercises.max_pooling, max_filled_with(-100.0)),
    (exercises.max_pooling, max_filled_with(-1e4)),
    (exercises.max_pooling, lambda hidden, mask: hidden.amax(2)),
    (exercises.max_pooling, lambda hidden, mask: hidden.max(1)),
    (exercises.max_pooling, lambda hidden, mask: pooling.max_pooling(hidden.abs(), mask) * hidden[:, 0].sign()),
    (exercises.max_pooling, lambda hidden, mask: -pooling.max_pooling(-hidden, mask)),
    (exercises.max_pooling, max_of(torch.abs)),
    (exercises.max_pooling, max_by_length),
    (exercises.max_pooling, lambda hidden, mask: max_and_places(hidden, mask).indices),
    (exercises.spearman, lambda x, y: stats.kendalltau(x, y).statistic),
    (exercises.spearman, spearman_of(lambda values: torch.tensor(stats.rankdata(values, method="max")))),
    (exercises.spearman, lambda x, y: short_formula(ordinal(x), ordinal(y))),
    (exercises.spearman, spearman_of_sorted_values),
    (exercises.spearman, spearman_of(lambda values: torch.tensor(np.argsort(values.numpy())))),  # ties in any order
    (exercises.spearman, lambda x, y: functional.cosine_similarity(mean_ranks(x), mean_ranks(y), dim=0).item()),
    (exercises.spearman, lambda x, y: stats.spearmanr(x, -y).statistic),
    (exercises.spearman, lambda x, y: stats.spearmanr(x, y).statistic * len(x) / (len(x) - 1)),
    (exercises.spearman, lambda x, y: abs(stats.spearmanr(x, y).statistic)),
    (exercises.spearman, lambda x, y: stats.spearmanr(x, y).statistic ** 2),
    (exercises.spearman, lambda x, y: stats.spearmanr(x, y).pvalue),
    (exercises.spearman, lambda x, y: np.cov(stats.rankdata(x), stats.rankdata(y))[0, 1]),
    (exercises.spearman, lambda x, y: torch.tensor(stats.spearmanr(x, y).statistic)),
    (exercises.whiten, whitened_around_0),
    (exercises.whiten, whitened_by_rows_of_u),
    (exercises.whiten, whitened_by_cholesky),
    (exercises.whiten, whitened_with(learned_from=1)),
    (exercises.whiten, whitened_with(power=0.0)),
    (exercises.whiten, whitened_with(power=0.5)),
    (exercises.whiten, whitened_with(ready=lambda both: [functional.normalize(vectors) for vectors in both])),
    (exercises.whiten, lambda fitted, given: whitened_by_root(fitted, fitted)),
    (exercises.whiten, lambda fitted, given: whitened_by_root(fitted, given, lambda covariance: covariance)),
    (exercises.whiten, lambda fitted, given: functional.normalize(whitened_by_root(fitted, given))),
]


def _random(*shape, seed=13):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("ours", "topics"),
    [
        (exercises.mean_of_tokens, pooling.mean_pooling),
        (exercises.maximum_of_tokens, pooling.max_pooling),
    ],
)
def test_poolings_are_those_of_the_topic(ours, topics):
    hidden = _random(7, 13, 37)
    mask = (_random(7, 13, seed=7) > 0).long()
    assert 0 < mask.sum(1).min() < mask.sum(1).max()
    torch.testing.assert_close(ours(hidden, mask), topics(hidden, mask))


def test_cosines_are_those_of_the_topic():
    a, b = _random(7, 37), _random(13, 37, seed=7)
    torch.testing.assert_close(exercises.cosines(a, b), similarity.cosine(a, b))


def test_rank_correlation_is_that_of_the_topic():
    x, y = (_random(2, 37) * 2).round()
    y = x + y
    assert len(x.unique()) < 13
    assert exercises.rank_correlation(x, y) == pytest.approx(correlation.spearman(x, y))
    assert 0.2 < exercises.rank_correlation(x, y) < 0.9


def test_whitening_is_that_of_the_topic_but_for_the_axes():
    fitted, given = _random(37, 7) @ _random(7, 7, seed=3) + 5, _random(13, 7, seed=7)
    ours, topics = exercises.whitened(fitted, given), isotropy.fit_whitening(fitted, epsilon=0.0)(given)
    torch.testing.assert_close(ours @ ours.T, topics @ topics.T, rtol=1e-3, atol=1e-3)


def test_what_was_fitted_is_white_afterward():
    fitted = _random(37, 7) @ _random(7, 7, seed=3) + 5
    white = exercises.whitened(fitted, fitted)
    torch.testing.assert_close(white.T.cov(), torch.eye(7), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(white.mean(0), torch.zeros(7), rtol=0, atol=1e-4)


@pytest.mark.parametrize("case", exercises.whiten.cases)
def test_single_precision_is_enough_for_whitening(case):
    variances = torch.linalg.eigvalsh(case.args[0].T.cov())
    assert variances.max() < 10 * variances.min()
    assert (variances[1:] > 1.5 * variances[:-1]).all()  # no axis could be another
    doubled = exercises.whitened(*(vectors.double() for vectors in case.args))
    torch.testing.assert_close(exercises.whitened(*case.args).double(), doubled, rtol=0, atol=2e-6)


def test_the_first_case_tells_u_from_its_transpose_whatever_the_signs_of_eigenvectors():
    variances, directions = torch.linalg.eigh(exercises.whiten.cases[0].args[0].T.cov())
    scales = torch.diag(variances.rsqrt())
    right, wrong = directions @ scales @ directions.T, directions.T @ scales @ directions
    assert (right - wrong).diagonal().abs().max() > 0.5  # a diagonal is a sum of squares, which have no signs


def test_norms_without_keepdim_raise_nothing_where_all_sizes_are_the_same():
    [square] = [c for c in exercises.similarities.cases if len(c.args[0]) == len(c.args[1]) == c.args[0].shape[1]]
    broadcast = [mistake.answer for mistake in exercises.similarities.mistakes if "norms of" in mistake.name]
    assert len(broadcast) == 2
    for answer in broadcast:
        assert (answer(*square.args) - exercises.cosines(*square.args)).abs().max() > 0.1


def test_no_correlation_is_so_near_0_that_rounding_could_show():
    answers = [exercises.rank_correlation, *(mistake.answer for mistake in exercises.spearman.mistakes)]
    assert min(abs(answer(*case.args)) for answer in answers for case in exercises.spearman.cases) > 0.1


def test_shapes_tensors_and_pairs_are_told():
    pooled = exercises.mean_pooling.check(lambda hidden, mask: hidden.mean(-1))
    assert "expected shape (1, 2), got shape (1, 3)" in pooled.message
    correlated = exercises.spearman.check(lambda x, y: torch.tensor(stats.spearmanr(x, y).statistic))
    assert "`.item()`" in correlated.message
    both = exercises.max_pooling.check(lambda hidden, mask: hidden.max(1))
    assert both.state == State.NOT_YET
    assert "expected a tensor" in both.message


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    hidden, mask = torch.tensor([[[1.0, -5.0], [3.0, -2.0], [9.0, 0.0]]]), torch.tensor([[1, 1, 0]])
    assert exercises.mean_of_tokens(hidden, mask).tolist() == [[2.0, -3.5]]
    assert exercises.maximum_of_tokens(hidden, mask).tolist() == [[3.0, -2.0]]
    found = exercises.cosines(torch.tensor([[3.0, 4.0]]), torch.tensor([[6.0, 8.0], [4.0, -3.0], [0.0, 2.0]]))
    torch.testing.assert_close(found, torch.tensor([[1.0, 0.0, 0.8]]))
    x, y = torch.tensor([0.1, 0.9, 0.2, 0.3]), torch.tensor([0.0, 5.0, 2.0, 2.0])
    assert exercises.rank_correlation(x, y) == pytest.approx(0.9487, abs=5e-5)
    fitted = torch.tensor([[3.0, 2.0], [-1.0, -2.0], [2.0, -1.0], [0.0, 1.0], [1.0, 0.0]])
    torch.testing.assert_close(exercises.whitened(fitted, torch.tensor([[5.0, 0.0]])), torch.tensor([[3.0, -1.0]]))
