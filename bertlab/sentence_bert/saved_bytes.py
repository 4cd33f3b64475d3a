"""How many bytes autograd keeps for the way back: what a batch costs in memory, counted rather than sampled."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass
class SavedBytes:
    """What is kept now, and the most that was kept at once. Example: `SavedBytes().most` is `0`."""

    now: int = 0
    most: int = 0
    uses: Counter[int] = field(default_factory=Counter)
    """How many saved tensors lie in each storage, by its address: views share one."""

    def keep(self, tensor: Tensor) -> "Kept":
        """Count a tensor in, until what is returned is gone. Example: `SavedBytes().keep(torch.ones(3)).tensor`"""
        storage = tensor.untyped_storage()
        if not self.uses[storage.data_ptr()]:
            self.now += storage.nbytes()
            self.most = max(self.most, self.now)
        self.uses[storage.data_ptr()] += 1
        return Kept(tensor, self)

    def release(self, tensor: Tensor) -> None:
        """Count a tensor out. Example: `counted.release(tensor)`"""
        storage = tensor.untyped_storage()
        self.uses[storage.data_ptr()] -= 1
        if not self.uses[storage.data_ptr()]:
            self.now -= storage.nbytes()


class Kept:
    """A saved tensor that says when it is let go. Example: `SavedBytes().keep(torch.ones(3))`"""

    def __init__(self, tensor: Tensor, counted: SavedBytes):
        self.tensor, self.counted = tensor, counted

    def __del__(self) -> None:
        self.counted.release(self.tensor)


@contextmanager
def saved_bytes(model: nn.Module) -> Iterator[SavedBytes]:
    """Count what autograd saves within the block; the model's own weights, which are there anyway, do not count.

    Example: `with saved_bytes(model) as kept: loss(model(**batch)).backward()`, then `kept.most`
    """
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    counted = SavedBytes()

    def pack(tensor: Tensor) -> Tensor | Kept:
        # Detached: a saved output would hold its own node, and with it itself, for good.
        return tensor if tensor.untyped_storage().data_ptr() in weights else counted.keep(tensor.detach())

    def unpack(saved: Tensor | Kept) -> Tensor:
        return saved.tensor if isinstance(saved, Kept) else saved

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        yield counted
