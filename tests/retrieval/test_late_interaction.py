"""MaxSim is sentence-transformers', and padding plays no part in it."""

import pytest
import torch
from sentence_transformers.util import maxsim as theirs

from bertlab.retrieval.late_interaction import best_matches, maxsim
from tests.encoders import assert_close


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(4)
    queries, texts = torch.randn(3, 5, 13, generator=generator), torch.randn(7, 11, 13, generator=generator)
    query_mask = torch.arange(5) < torch.tensor([5, 1, 3])[:, None]
    text_mask = torch.arange(11) < torch.tensor([11, 1, 2, 9, 4, 3, 7])[:, None]
    return queries, texts, query_mask, text_mask


def test_equal_to_sentence_transformers(data):
    queries, texts, query_mask, text_mask = data
    expected = theirs(queries, texts, query_mask, text_mask)
    assert_close(maxsim(*data), expected)
    assert_close(maxsim(queries, texts, query_mask.long(), text_mask.long()), expected)
    assert_close(maxsim(queries[:0], texts, query_mask[:0], text_mask), torch.empty(0, 7))


def test_without_masks_by_a_plain_loop(data):
    queries, texts, query_mask, text_mask = data
    for i, j in [(0, 0), (1, 3), (2, 6)]:
        query, text = queries[i][query_mask[i]], texts[j][text_mask[j]]
        by_hand = sum(max(float(q @ t) for t in text) for q in query)
        assert maxsim(*data)[i, j].item() == pytest.approx(by_hand, rel=1e-5)


def test_padding_wins_no_maximum(data):
    """All products with real tokens are negative: zeros, or what stands in the padding, would win."""
    queries, texts, query_mask, text_mask = data
    queries, texts = queries.abs(), torch.where(text_mask[:, :, None], -texts.abs(), texts.abs())
    found = maxsim(queries, texts, query_mask, text_mask)
    assert (found < 0).all()
    changed = torch.where(text_mask[:, :, None], texts, 99.0), torch.where(query_mask[:, :, None], queries, 99.0)
    assert_close(maxsim(changed[1], changed[0], query_mask, text_mask), found)


def test_best_matches_add_up(data):
    queries, texts, query_mask, text_mask = data
    query, text = queries[2][query_mask[2]], texts[4][text_mask[4]]
    matches = best_matches(query, text)
    assert len(matches) == 3
    assert sum(match.score for match in matches) == pytest.approx(maxsim(*data)[2, 4].item(), rel=1e-5)
    for token, match in zip(query, matches, strict=True):
        assert match.score == pytest.approx(float(token @ text[match.place]), rel=1e-5)


def test_a_text_without_tokens_is_refused(data):
    queries, texts, query_mask, text_mask = data
    text_mask[3] = False
    with pytest.raises(ValueError, match="a text needs a token"):
        maxsim(queries, texts, query_mask, text_mask)


def test_gradients_pass(data):
    queries, texts, query_mask, text_mask = data
    queries.requires_grad_()
    maxsim(queries, texts, query_mask, text_mask).sum().backward()
    assert queries.grad[query_mask].abs().sum() > 0
    assert (queries.grad[~query_mask] == 0).all()
