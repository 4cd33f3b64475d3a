"""LoRA by hand: a frozen matrix, and beside it a product of two narrow ones that is trained (Hu et al. 2021)."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from bertlab.models import encoder

MATRICES = ("query", "value")
"""The matrices that the paper adapts."""


class LoRALinear(nn.Module):
    """A linear layer W x + b, frozen, plus (alpha / rank) · B A x, trained.

    Example: `LoRALinear(nn.Linear(384, 384), rank=4)` trains 4 · (384 + 384) = 3,072 numbers in place of 147,840.

    A is drawn, B is zero: at first the layer does what it did before. ValueError if the rank is not positive.
    """

    def __init__(self, linear: nn.Linear, rank: int, alpha: float = 16.0):
        super().__init__()
        if rank < 1:
            raise ValueError(f"the rank must be at least 1, not {rank}")
        self.linear = linear.requires_grad_(False)
        self.A = nn.Parameter(torch.empty(rank, linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.A, a=5**0.5)
        self.scale = alpha / rank

    def forward(self, x: Float[Tensor, "... inputs"]) -> Float[Tensor, "... outputs"]:
        """Return the frozen layer's result plus the narrow one's. Example: `layer(hidden)`."""
        return self.linear(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merged(self) -> nn.Linear:
        """Return one ordinary linear layer that does the same. Example: `LoRALinear(nn.Linear(4, 4), 2).merged()`."""
        both = nn.Linear(self.linear.in_features, self.linear.out_features, bias=self.linear.bias is not None)
        both.load_state_dict(self.linear.state_dict())
        with torch.no_grad():
            both.weight += self.scale * self.B @ self.A
        return both


def matrices_of(model: nn.Module, names: Sequence[str]) -> Iterator[tuple[nn.Module, str, nn.Linear]]:
    """Yield the owner, the name and the layer of each matrix of the encoder with one of these names.

    Example: `len(list(matrices_of(bert, ("query", "value")))) == 2 * 6`
    """
    for owner in list(encoder(model).modules()):
        for name, part in list(owner.named_children()):
            if name in names and isinstance(part, nn.Linear):
                yield owner, name, part


def add_lora(model: nn.Module, rank: int, alpha: float = 16.0, names: Sequence[str] = MATRICES) -> None:
    """Freeze the encoder and put LoRA beside the matrices of these names; a head stays as it is, trained.

    Example: `add_lora(model, rank=4)`

    ValueError if the encoder has no such matrix: other families call theirs `q_lin` or `q_proj`.
    """
    found = list(matrices_of(model, names))
    if not found:
        raise ValueError(f"{type(model).__name__} has no matrix called {' or '.join(names)}: name those that it has")
    encoder(model).requires_grad_(False)
    for owner, name, linear in found:
        setattr(owner, name, LoRALinear(linear, rank, alpha))


def merge_lora(model: nn.Module) -> None:
    """Add each product to its matrix: an ordinary model again, as fast as before. Example: `merge_lora(model)`."""
    for owner in list(model.modules()):
        for name, part in list(owner.named_children()):
            if isinstance(part, LoRALinear):
                setattr(owner, name, part.merged())
