"""Each pooling equals the library's, and padding changes none."""

import pytest
import torch
from sentence_transformers.sentence_transformer.modules import Pooling

from bertlab.sentence_embeddings.pooling import (
    LAST_FOUR,
    POOLINGS,
    cls_pooling,
    find_pooling,
    max_pooling,
    mean_of_layers,
    mean_pooling,
    without_prompt,
    without_special_tokens,
)
from tests.encoders import assert_close

HIDDEN = torch.randn(7, 13, 5, generator=torch.Generator().manual_seed(0)) - 3  # nearly all values are negative
LENGTHS = [13, 1, 4, 4, 9, 2, 11]
MASK = (torch.arange(13) < torch.tensor(LENGTHS)[:, None]).long()


def library(hidden, mask, pooling, **inputs):
    features = {"token_embeddings": hidden, "attention_mask": mask, **inputs}
    return Pooling(hidden.shape[-1], pooling, include_prompt=not inputs)(features)["sentence_embedding"]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_pooling_is_the_librarys_wherever_the_padding_is(pooling, side):
    mask = MASK if side == "right" else MASK.flip(1)
    assert_close(POOLINGS[pooling](HIDDEN, mask), library(HIDDEN, mask, pooling))
    assert_close(POOLINGS[pooling](HIDDEN, mask.bool()), library(HIDDEN, mask, pooling))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_neighbors_and_what_stands_at_padding_change_nothing(pooling):
    pooled = POOLINGS[pooling](HIDDEN, MASK)
    other = torch.where(MASK[..., None] == 1, HIDDEN, 1e4)
    assert_close(POOLINGS[pooling](other, MASK), pooled)
    for row, length in enumerate(LENGTHS):
        alone = POOLINGS[pooling](HIDDEN[row : row + 1, :length], torch.ones(1, length))
        assert_close(alone[0], pooled[row])


def test_by_hand():
    hidden, mask = torch.tensor([[[1.0, -4.0], [3.0, -2.0], [99.0, 0.0]]]), torch.tensor([[1, 1, 0]])
    assert cls_pooling(hidden, mask).tolist() == [[1, -4]]
    assert mean_pooling(hidden, mask).tolist() == [[2, -3]]
    assert max_pooling(hidden, mask).tolist() == [[3, -2]]


def test_a_text_without_a_token():
    mask = torch.zeros(7, 13).long()
    assert mean_pooling(HIDDEN, mask).abs().max() == 0
    assert (max_pooling(HIDDEN, mask) == -torch.inf).all()


def test_a_pooling_by_name_or_of_ones_own():
    assert find_pooling("max") is max_pooling
    assert find_pooling(library) is library
    with pytest.raises(ValueError, match="there is no pooling 'sum': choose from cls, mean, max, or give a function"):
        find_pooling("sum")


def test_layers():
    states = [number + torch.zeros(2, 3, 5) for number in (0.0, 1.0, 10.0, 100.0, 1000.0)]
    assert_close(mean_of_layers(states, -1), states[4])
    assert_close(mean_of_layers(states, 0), states[0])
    assert mean_of_layers(states, LAST_FOUR).unique().tolist() == [1111 / 4]
    assert mean_of_layers(states, range(1, 3)).unique().tolist() == [5.5]
    for wrong in (5, -6, (), (0, 7)):
        with pytest.raises(ValueError, match="give numbers from 0, what goes into the first layer, to 4"):
            mean_of_layers(states, wrong)


def test_without_special_tokens():
    special = torch.tensor([[1, 0, 0, 1, 1], [1, 0, 1, 1, 1]])
    mask = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])
    assert without_special_tokens(mask, special).tolist() == [[0, 1, 1, 0, 0], [0, 1, 0, 0, 0]]
    assert without_special_tokens(mask.bool(), special).dtype == torch.bool


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_without_the_prompt_as_in_the_library(pooling, side):
    mask = (torch.arange(13) < torch.tensor([13, 5, 4, 6, 9, 7, 11])[:, None]).long()
    mask = mask if side == "right" else mask.flip(1)
    ours = POOLINGS[pooling](HIDDEN, without_prompt(mask, 3))
    assert_close(ours, library(HIDDEN, mask, pooling, prompt_length=3))
    assert (ours - POOLINGS[pooling](HIDDEN, mask)).abs().max() > 0.1
    assert without_prompt(mask, 3).sum(1).tolist() == [10, 2, 1, 3, 6, 4, 8]
    assert_close(without_prompt(mask, 0), mask)
