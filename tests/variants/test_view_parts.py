"""Stripes are columns or diagonals, and the figure says how much of each part they are."""

import re

import pytest
import torch

from bertlab.variants import view_parts
from bertlab.variants.view_parts import show_parts, stripes
from tests.docstrings import assert_examples_hold


def test_columns_and_diagonals_are_told_apart():
    values = torch.randn(14, generator=torch.Generator().manual_seed(0))
    places = torch.arange(7)
    columns = stripes(values[:7].expand(7, 7))
    diagonals = stripes(values[places[:, None] - places + 7])
    assert columns[0] == pytest.approx(1)
    assert diagonals[1] == pytest.approx(1)
    assert columns[1] < 0.6 > diagonals[0]
    assert_examples_hold(stripes.__doc__, vars(view_parts))


def test_random_scores_have_few_of_either():
    found = [stripes(torch.randn(13, 13, generator=torch.Generator().manual_seed(seed))) for seed in range(200)]
    columns, diagonals = torch.tensor(found).mean(0).tolist()
    assert columns == pytest.approx(1 / 13, rel=0.1)
    assert diagonals == pytest.approx(2 / 13, rel=0.1)


def test_the_figure_is_told_in_words():
    rows = torch.arange(9.0).view(3, 3)
    found = show_parts({"c2c": rows, "c2p": rows.T, "p2c": rows + rows.T}, ["[CLS]", "<b>", "[SEP]"]).data
    alt = re.search(r'alt="([^"]*)"', found).group(1)
    assert "for &#x27;[CLS] &lt;b&gt; [SEP]&#x27;" in alt
    assert "content → position: 90% of the variance between columns, 20% between diagonals" in alt
