"""Where two results part, in words."""

import math
from collections import Counter

import numpy as np
import pytest
import torch

from bertlab.exercises.comparison import difference

ALIKE = [
    (1, 1.0),
    (0.1 + 0.2, 0.3),
    (math.nan, math.nan),
    (3, np.int64(3)),
    (0.5, np.float32(0.5)),
    ({"a": 2}, Counter("aa")),
    ({"a": [0.3, ("x",)]}, {"a": [0.1 + 0.2, ("x",)]}),
    ({1, 2}, frozenset({2, 1})),
    (torch.tensor([0.1, 0.2]), torch.tensor([0.1, 0.2 + 1e-8])),
    ([torch.ones(2, 3)], [torch.ones(2, 3)]),
    (None, None),
]
DIFFERENT = [
    ([1, 2], (1, 2), "expected a list, got a tuple"),
    ([1, 2], [1, 3], "at [1]: expected 2, got 3"),
    ([1, 2], [1], "expected 2 items, got 1"),
    ("ab", ["a", "b"], "expected a str, got a list"),
    ({"ids": [[1], [2, 3]]}, {"ids": [[1], [2, 4]]}, "at ['ids'][1][1]: expected 3, got 4"),
    ({"ids": 1, "types": 2}, {"ids": 1}, "the key 'types' is missing"),
    ({"ids": 1}, {"ids": 1, "types": 2}, "the key 'types' should not be there"),
    (0.25, 0.3, "expected 0.25, got 0.3"),
    (0.5, torch.tensor(0.5), "`.item()` takes a number"),
    (torch.ones(2, 3), torch.ones(3, 2), "expected shape (2, 3), got shape (3, 2)"),
    (torch.ones(2), torch.ones(2, dtype=torch.long), "expected dtype torch.float32, got dtype torch.int64"),
    (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5]), "Greatest absolute difference: 0.5 at index (1,)"),
    (torch.tensor(1.0), torch.tensor(2.0), "values differ. Expected 1.0 but got 2.0"),
    ([1], None, "expected a list, got None"),
    ([1], iter([1]), "wrap it in `list(...)`"),
    (10**400, 1.5, "cannot be compared"),
]


@pytest.mark.parametrize(("expected", "got"), ALIKE)
def test_alike(expected, got):
    assert difference(expected, got) is None


@pytest.mark.parametrize(("expected", "got", "words"), DIFFERENT)
def test_different(expected, got, words):
    assert words in (difference(expected, got) or "")
    assert difference(got, expected) is not None
