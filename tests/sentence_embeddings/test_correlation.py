"""Spearman as in SciPy, with ties, and intervals that cover what they should."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from bertlab.sentence_embeddings.correlation import (
    Interval,
    bootstrap,
    pearson,
    ranks,
    spearman,
    spearman_difference,
    spearman_interval,
)
from tests.sentence_embeddings.toys import draw


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 20)), min_size=2, max_size=37))
def test_ranks_and_correlations_are_scipys(pairs):
    first, second = torch.tensor(pairs).T
    assert ranks(first).tolist() == stats.rankdata(first.numpy()).tolist()
    assume(len(first.unique()) > 1 and len(second.unique()) > 1)
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first.numpy(), second.numpy()).statistic)
    assert pearson(first, second) == pytest.approx(stats.pearsonr(first.numpy(), second.numpy()).statistic)


def test_only_the_order_counts():
    values, scores = draw(37, 1)[:, 0], draw(37, 1, seed=1)[:, 0]
    assert spearman(values.exp(), scores) == pytest.approx(spearman(values, scores))
    assert spearman(-values, scores) == pytest.approx(-spearman(values, scores))
    assert spearman(values, values) == pytest.approx(1)
    assert pearson(values.exp(), scores) != pytest.approx(pearson(values, scores))


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ([2.0, 2.0, 2.0], "all values are 2.0: where nothing differs"),
        ([1.0, float("nan"), 2.0], "NaN or infinite: see which pair"),
        ([1.0, 2.0, float("inf")], "NaN or infinite"),
    ],
)
def test_values_without_an_order(first, message):
    with pytest.raises(ValueError, match=message):
        spearman(torch.tensor(first), torch.tensor([1, 2, 3]))
    with pytest.raises(ValueError, match=message):
        pearson(torch.tensor([1, 2, 3]), torch.tensor(first))
    with pytest.raises(ValueError, match="two pairs or more"):
        spearman(torch.tensor([1.0]), torch.tensor([1.0]))


def make_methods(rows=60):
    """Scores, a method that follows them with noise, and one with much of the same noise and some more."""
    scores, noise = draw(rows, 1)[:, 0], draw(rows, 1, seed=1)[:, 0]
    good = scores + noise
    return good, good + 0.3 * draw(rows, 1, seed=2)[:, 0], scores


def test_an_interval_is_close_to_scipys():
    good, _, scores = make_methods()
    ours = spearman_interval(good, scores, samples=500)
    theirs = stats.bootstrap(
        (good.numpy(), scores.numpy()),
        lambda a, b: stats.spearmanr(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=500,
        method="percentile",
        rng=0,
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.04)
    assert ours.value == spearman(good, scores)
    assert 0.1 < ours.high - ours.low < 0.5
    assert ours == spearman_interval(good, scores, samples=500)
    narrow = spearman_interval(good, scores, samples=500, level=0.5)
    assert ours.low < narrow.low < narrow.value < narrow.high < ours.high


def test_the_difference_of_two_methods_is_surer_than_either():
    good, worse, scores = make_methods()
    found = spearman_difference(good, worse, scores, samples=500)
    assert found.value == pytest.approx(spearman(good, scores) - spearman(worse, scores))
    alone = spearman_interval(good, scores, samples=500)
    assert found.high - found.low < (alone.high - alone.low) / 2
    assert spearman_difference(good, good, scores, samples=13) == Interval(0, 0, 0)


def test_samples_in_which_nothing_differs_are_passed_over():
    found = spearman_interval(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1, 1, 2]), samples=200)
    assert -1 <= found.low <= found.value <= found.high <= 1 + 1e-9

    def only_the_first(rows):
        if rows.tolist() != [0, 1]:
            raise ValueError("not this one")
        return 1.0

    with pytest.raises(ValueError, match="no sample of 2 pairs could be judged: give more pairs"):
        bootstrap(only_the_first, 2, 1, 0.95, seed=next(seed for seed in range(9) if draws(seed) != [0, 1]))


def draws(seed):
    return torch.randint(2, (2,), generator=torch.Generator().manual_seed(seed)).tolist()


@pytest.mark.parametrize(("samples", "level"), [(0, 0.95), (10, 0.0), (10, 1.0), (10, 95.0)])
def test_impossible_intervals(samples, level):
    with pytest.raises(ValueError, match="give at least 1 sample and a level between 0 and 1"):
        spearman_interval(torch.arange(5), torch.arange(5), samples, level)
