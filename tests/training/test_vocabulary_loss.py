import pytest
import torch
from torch import nn

from bertlab.training import vocabulary_loss as module
from bertlab.training.vocabulary_loss import logits_buffer, vocabulary_loss


def gradients(loss, *tensors) -> list[torch.Tensor]:
    return list(torch.autograd.grad(3 * loss, tensors))


@pytest.mark.parametrize("piece", [4, 13, 64])
def test_loss_and_gradients_are_those_of_cross_entropy_whatever_the_piece(monkeypatch, piece):
    monkeypatch.setattr(module, "PIECE", piece)
    torch.manual_seed(0)
    hidden, decoder = torch.randn(13, 7, requires_grad=True), nn.Linear(7, 37)
    labels = torch.randint(37, (13,))
    ours = vocabulary_loss(hidden, decoder, labels)
    theirs = nn.functional.cross_entropy(decoder(hidden), labels, reduction="sum")
    torch.testing.assert_close(ours, theirs)
    leaves = hidden, decoder.weight, decoder.bias
    for mine, expected in zip(gradients(ours, *leaves), gradients(theirs, *leaves), strict=True):
        torch.testing.assert_close(mine, expected)


def test_in_bf16_the_loss_is_near_the_one_in_fp32():
    torch.manual_seed(0)
    hidden, decoder, labels = torch.randn(600, 32), nn.Linear(32, 3000), torch.randint(3000, (600,))
    exact = nn.functional.cross_entropy(decoder(hidden), labels)
    ours = vocabulary_loss(hidden.bfloat16(), decoder.bfloat16(), labels) / 600
    assert ours.dtype == torch.float32
    assert ours.item() == pytest.approx(exact.item(), abs=5e-3)


def test_no_position_gives_no_loss_and_no_gradient():
    hidden, decoder = torch.randn(0, 7, requires_grad=True), nn.Linear(7, 37)
    loss = vocabulary_loss(hidden, decoder, torch.zeros(0, dtype=torch.long))
    assert loss == 0
    assert all((gradient == 0).all() for gradient in gradients(loss, decoder.weight, decoder.bias))


def test_the_buffer_is_the_same_memory_until_more_is_asked_for():
    weight = torch.zeros(41, 3)
    first = logits_buffer(11, weight)
    assert logits_buffer(7, weight).data_ptr() == first.data_ptr()
    assert logits_buffer(29, weight).shape == (29, 41)
