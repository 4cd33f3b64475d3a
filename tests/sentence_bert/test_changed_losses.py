"""Each changed loss differs from the ranking loss in the one thing it says, and in nothing else."""

import pytest
import torch
from torch.testing import assert_close

from bertlab.sentence_bert.changed_losses import in_groups, pulled_together
from bertlab.sentence_bert.ranking import ranking_loss
from tests.sentence_bert.given import assert_same, draw


@pytest.mark.parametrize("size", [7, 37])
def test_a_group_as_large_as_the_batch_changes_nothing(size):
    anchors, positives = draw(2)
    assert_same(in_groups(size)(anchors, positives), ranking_loss(anchors, positives), [anchors, positives])


def test_a_group_is_a_batch_of_its_own_and_each_anchor_counts_once():
    anchors, positives = draw(2)
    parts = [slice(0, 3), slice(3, 6), slice(6, 7)]
    expected = sum(ranking_loss(anchors[part], positives[part]) * (part.stop - part.start) for part in parts) / 7
    assert_same(in_groups(3)(anchors, positives), expected, [anchors, positives])
    assert in_groups(3)(anchors, positives) < ranking_loss(anchors, positives)


def test_alone_an_anchor_has_nothing_to_be_told_from():
    assert_close(in_groups(1)(*draw(2)), torch.tensor(0.0), rtol=0, atol=1e-5)


def test_pulling_together_is_content_with_one_vector_for_all():
    anchors, positives = draw(2)
    expected = torch.stack([1 - a @ p / a.norm() / p.norm() for a, p in zip(anchors, positives, strict=True)]).mean()
    assert_same(pulled_together(anchors, positives), expected, [anchors, positives])
    collapsed = torch.ones(7, 13)
    assert_close(pulled_together(collapsed, 3 * collapsed), torch.tensor(0.0), rtol=0, atol=1e-6)
