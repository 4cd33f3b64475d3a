"""Every path of a three-word sentence is scored by hand; what is summed over them follows."""

import math

import pytest
import torch
from torch.testing import assert_close

from bertlab.token_classification.brute_force import best_path, log_partition, marginals, score_table

EMISSIONS = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
START, END = torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.0])
TRANSITIONS = torch.tensor([[1.0, -1.0], [0.0, 2.0]])
BY_HAND = {  # start, emissions, transitions, end
    (0, 0, 0): 0 + (1 + 0 + 1) + (1 + 1) + 0,
    (0, 0, 1): 0 + (1 + 0 + 1) + (1 - 1) + 1,
    (0, 1, 0): 0 + (1 + 2 + 1) + (-1 + 0) + 0,
    (0, 1, 1): 0 + (1 + 2 + 1) + (-1 + 2) + 1,
    (1, 0, 0): 1 + (0 + 0 + 1) + (0 + 1) + 0,
    (1, 0, 1): 1 + (0 + 0 + 1) + (0 - 1) + 1,
    (1, 1, 0): 1 + (0 + 2 + 1) + (2 + 0) + 0,
    (1, 1, 1): 1 + (0 + 2 + 1) + (2 + 2) + 1,
}


@pytest.fixture
def table():
    return score_table(EMISSIONS, START, TRANSITIONS, END)


def test_every_path_is_scored_as_by_hand(table):
    assert list(BY_HAND.values()) == [4, 3, 3, 6, 3, 2, 6, 9]
    assert [tuple(path) for path in table.paths.tolist()] == list(BY_HAND)
    assert table.scores.tolist() == list(BY_HAND.values())


def test_the_best_path_is_not_that_of_the_best_emissions(table):
    assert best_path(table) == ([1, 1, 1], 9.0)
    assert EMISSIONS[0].argmax() == 0


def test_the_log_partition_sums_all_paths(table):
    assert log_partition(table).item() == pytest.approx(math.log(sum(map(math.exp, BY_HAND.values()))))


def test_a_marginal_sums_the_paths_through_a_tag(table):
    found = marginals(table, tags=2)
    total = sum(map(math.exp, BY_HAND.values()))
    for word in range(3):
        through = sum(math.exp(score) for path, score in BY_HAND.items() if path[word] == 1)
        assert found[word, 1].item() == pytest.approx(through / total)
    assert_close(found.sum(1), torch.ones(3))


def test_one_word_has_no_transitions():
    table = score_table(torch.tensor([[1.0, 2.0, 4.0]]), torch.zeros(3), torch.full((3, 3), torch.nan), torch.zeros(3))
    assert table.scores.tolist() == [1, 2, 4]
    assert best_path(table) == ([2], 4.0)


@pytest.mark.parametrize(("words", "tags"), [(0, 3), (6, 9)])
def test_too_many_paths_and_none_are_refused(words, tags):
    with pytest.raises(ValueError, match=f"{words} words and {tags} tags have {tags**words:,} paths"):
        score_table(torch.zeros(words, tags), torch.zeros(tags), torch.zeros(tags, tags), torch.zeros(tags))
