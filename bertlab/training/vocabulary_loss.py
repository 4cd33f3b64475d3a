"""Cross-entropy over the whole vocabulary, loss and gradient in one pass, in pieces that share one buffer.

PyTorch's own way keeps the logits, their logarithms, and the gradients of both: four tensors of positions x 30,522, in
fp32, mapped again at each step. Here a piece of the positions has its logits in one buffer, turns them into
probabilities and these into their gradient in place, and multiplies that at once: what is kept is no larger than the
hidden states and the weights.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

PIECE = 512
"""Positions at a time on a CPU: their logits in bf16 are 31 MB. A GPU takes more."""

buffers: dict[tuple[torch.device, torch.dtype], Tensor] = {}


def logits_buffer(positions: int, weight: Tensor) -> Float[Tensor, "positions vocab"]:
    """Room for logits, the same memory at every call, made larger when more is asked for.

    Example: `logits_buffer(256, weight)`
    """
    key = weight.device, weight.dtype
    if key not in buffers or buffers[key].shape[1] != len(weight) or len(buffers[key]) < positions:
        buffers[key] = torch.empty(positions, len(weight), device=weight.device, dtype=weight.dtype)
    return buffers[key][:positions]


class VocabularyLoss(torch.autograd.Function):
    """The sum of `cross_entropy(hidden @ weight.T + bias, labels)`; `vocabulary_loss` is the way in."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Float[Tensor, "positions width"],
        weight: Float[Tensor, "vocab width"],
        bias: Float[Tensor, " vocab"],
        labels: Int[Tensor, " positions"],
        piece: int,
    ) -> Float[Tensor, ""]:
        """Compute the loss and, while a piece's logits are at hand, its gradients."""
        loss = torch.zeros((), device=hidden.device)
        to_hidden, to_weight, to_bias = torch.empty_like(hidden), torch.zeros_like(weight), torch.zeros_like(bias)
        for first in range(0, len(hidden), piece):
            states, right = hidden[first : first + piece], labels[first : first + piece]
            logits = logits_buffer(len(states), weight)
            torch.addmm(bias, states, weight.T, out=logits)
            torch.softmax(logits, -1, out=logits)
            probability = logits.gather(1, right[:, None]).float()
            loss -= probability.log().sum()
            logits.scatter_(1, right[:, None], (probability - 1).to(logits.dtype))  # now the gradient of the logits
            torch.mm(logits, weight, out=to_hidden[first : first + piece])
            to_weight.addmm_(logits.T, states)
            to_bias += logits.sum(0)
        ctx.save_for_backward(to_hidden, to_weight, to_bias)
        return loss

    @staticmethod
    def backward(ctx: Any, to_loss: Float[Tensor, ""]) -> tuple[Tensor | None, ...]:
        """Scale the gradients that are there already."""
        return *(gradient * to_loss for gradient in ctx.saved_tensors), None, None


def vocabulary_loss(
    hidden: Float[Tensor, "positions width"], decoder: nn.Linear, labels: Int[Tensor, " positions"]
) -> Float[Tensor, ""]:
    """The summed cross-entropy, in nats, of what `decoder` says of each position.

    Example: `vocabulary_loss(model.cls.predictions.transform(hidden), model.cls.predictions.decoder, labels)`

    Its gradients are those of `torch.nn.functional.cross_entropy(decoder(hidden), labels, reduction="sum")`. Logits
    have the dtype of `hidden`; PyTorch's softmax sums bf16 in fp32.
    """
    piece = PIECE if hidden.device.type == "cpu" else 16 * PIECE
    return VocabularyLoss.apply(hidden, decoder.weight, decoder.bias, labels, piece)
