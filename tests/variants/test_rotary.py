"""Rotary positions: against Hugging Face's, and what they promise."""

import pytest
import torch
from transformers import ModernBertConfig
from transformers.models.modernbert.modeling_modernbert import ModernBertRotaryEmbedding, apply_rotary_pos_emb

from bertlab.variants.rotary import frequencies, rotate
from tests.encoders import assert_close

KINDS = {"full_attention": 160_000.0, "sliding_attention": 10_000.0}
BATCH, HEADS, SEQ, SIZE = 3, 4, 37, 12


@pytest.fixture
def vectors():
    """Queries and keys."""
    generator = torch.Generator().manual_seed(5)
    return [torch.randn(BATCH, HEADS, SEQ, SIZE, generator=generator, requires_grad=True) for _ in range(2)]


def library(kind, query, key):
    rotary = ModernBertRotaryEmbedding(ModernBertConfig(hidden_size=HEADS * SIZE, num_attention_heads=HEADS))
    return apply_rotary_pos_emb(query, key, *rotary(query, torch.arange(SEQ)[None], kind))


@pytest.mark.parametrize("kind", KINDS)
def test_it_equals_the_library_s_in_values_and_gradients(kind, vectors):
    expected, found = library(kind, *vectors), tuple(rotate(one, KINDS[kind]) for one in vectors)
    assert_close(found, expected)
    gradients = [torch.autograd.grad((a @ b.transpose(-1, -2)).sin().sum(), vectors) for a, b in (found, expected)]
    assert_close(*gradients, rtol=1e-4, atol=1e-4)
    with pytest.raises(AssertionError, match="not close"):
        assert_close(tuple(rotate(one, 1_000.0) for one in vectors), expected)


def test_the_score_depends_on_the_difference_of_positions_only(vectors):
    query, key = (one.double() for one in vectors)
    here, there = torch.arange(SEQ), torch.arange(SEQ) + 211
    scores = rotate(query, 100.0, here) @ rotate(key, 100.0, here).mT
    assert_close(rotate(query, 100.0, there) @ rotate(key, 100.0, there).mT, scores)
    with pytest.raises(AssertionError, match="not close"):
        assert_close(rotate(query, 100.0, there) @ rotate(key, 100.0, here).mT, scores)


def test_of_one_query_and_one_key_every_diagonal_is_one_number(vectors):
    query, key = (one[0, 0, :1].expand(SEQ, SIZE) for one in vectors)
    scores = rotate(query) @ rotate(key).mT
    assert_close(scores[1:, 1:], scores[:-1, :-1])
    assert scores[0].std() > 0.1
    assert (scores - scores.mT).abs().max() > 0.1  # what stands before is told from what stands after


def test_length_stays_and_the_first_position_is_not_turned(vectors):
    turned = rotate(vectors[0])
    assert_close(turned.norm(dim=-1), vectors[0].norm(dim=-1))
    assert torch.equal(turned[..., 0, :], vectors[0][..., 0, :])
    assert_close(rotate(torch.tensor([[3.0, 4.0], [3.0, 4.0]])).norm(dim=-1), torch.tensor([5.0, 5.0]))


def test_a_turn_by_hand():
    turned = rotate(torch.tensor([[0.0, 0.0], [1.0, 0.0]]))[1]
    assert_close(turned, torch.tensor([1.0, 1.0]) * torch.tensor([1.0, 0.0]).new_tensor([0.540302, 0.841471]))


def test_the_paper_s_neighbors_are_the_same_with_rows_in_another_order(vectors):
    """Su et al., equation 34."""
    angles = torch.arange(SEQ)[:, None] * frequencies(SIZE, 10_000.0).repeat_interleave(2)
    swapped = torch.stack((-vectors[0][..., 1::2], vectors[0][..., 0::2]), dim=-1).flatten(-2)
    paper = vectors[0] * angles.cos() + swapped * angles.sin()
    order = torch.cat((torch.arange(0, SIZE, 2), torch.arange(1, SIZE, 2)))
    assert_close(rotate(vectors[0][..., order]), paper[..., order])


def test_a_larger_theta_turns_the_last_pair_more_slowly():
    assert torch.equal(frequencies(4, 10_000.0), torch.tensor([1.0, 0.01]))
    assert frequencies(12, 160_000.0)[-1] < frequencies(12, 10_000.0)[-1] / 9
    assert (frequencies(12, 160_000.0).diff() < 0).all()


def test_an_odd_head_is_refused():
    with pytest.raises(ValueError, match="head of 7 numbers"):
        rotate(torch.zeros(5, 7))
