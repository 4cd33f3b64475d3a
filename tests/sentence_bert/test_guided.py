"""The guided loss is GISTEmbed's, as the library has it; the plain loss with its mask is a part of it."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import GISTEmbedLoss

from bertlab.sentence_bert.guided import all_cosines, false_negatives, guided_ranking_loss
from bertlab.sentence_bert.ranking import cosines, ranking_loss
from tests.sentence_bert.given import Given, assert_same, draw


def near(columns, seed):
    """Vectors of which each column lies near the first, as a guide's of texts that belong together do."""
    noise = draw(len(columns), hidden=5, seed=seed)
    return [(noise[0] + 0.6 * other).detach() for other in noise]


def theirs(tokenizer, columns, guide, **options):
    model, teacher = Given(tokenizer), Given(tokenizer, "guide")
    loss = GISTEmbedLoss(model, teacher, **options)
    return loss([{"vectors": a, "guide": b} for a, b in zip(columns, guide, strict=True)], torch.empty(0))


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_it_is_the_librarys_loss(tokenizer, count, margin):
    columns = draw(count)
    guide = near(columns, seed=3)
    left_out = false_negatives(all_cosines(tuple(guide)), margin).sum()
    assert 0 < left_out < 7 * 7 * 2
    ours = guided_ranking_loss(tuple(columns), tuple(guide), scale=20.0, margin=margin)
    assert_same(ours, theirs(tokenizer, columns, guide, temperature=0.05, margin=margin), columns)


def test_the_plain_loss_without_false_negatives_is_the_librarys_too(tokenizer):
    columns = draw(2)
    guide = near(columns, seed=3)
    mask = false_negatives(cosines(*guide), margin=0.3)
    assert mask.any()
    options = {"temperature": 0.05, "margin": 0.3, "contrast_anchors": False, "contrast_positives": False}
    assert_same(ranking_loss(*columns, excluded=mask), theirs(tokenizer, columns, guide, **options), columns)


def test_a_larger_margin_leaves_out_more_and_the_own_positive_never():
    guide = torch.rand(7, 37, generator=torch.Generator().manual_seed(0))
    counts = [int(false_negatives(guide, margin).sum()) for margin in (0.0, 0.2, 2.0)]
    assert counts[0] < counts[1] < counts[2] == 7 * 36
    assert not false_negatives(guide, 2.0).diagonal().any()


def test_a_text_is_never_its_own_negative_even_if_the_guide_finds_all_texts_alike():
    columns, guide = draw(2), [torch.ones(7, 5), torch.ones(7, 5)]
    loss = guided_ranking_loss(tuple(columns), tuple(guide), scale=1.0)
    scores = all_cosines(tuple(columns))
    scores = scores.masked_fill(torch.cat([torch.zeros(7, 7), torch.eye(7), torch.eye(7)], 1).bool(), -torch.inf)
    torch.testing.assert_close(loss, (scores.logsumexp(1) - scores.diagonal()).mean())


def test_the_guide_gets_no_gradient():
    columns, guide = draw(2), draw(2, seed=1)
    guided_ranking_loss(tuple(columns), tuple(guide)).backward()
    assert columns[0].grad is not None
    assert guide[0].grad is None


def test_columns_of_the_guide_must_be_as_many():
    with pytest.raises(ValueError, match="3 columns and 2 of the guide"):
        guided_ranking_loss(tuple(draw(3)), tuple(draw(2)))
    with pytest.raises(ValueError, match="1 columns and 1 of the guide"):
        guided_ranking_loss(tuple(draw(1)), tuple(draw(1)))
