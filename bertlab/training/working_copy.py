"""Training in bf16 with nothing lost: the step runs on a copy of the weights, the optimizer on the weights in fp32."""

import copy

import torch
from torch import nn
from transformers import BertForPreTraining


class WorkingCopy:
    """A model in the precision of the step, beside the master that the optimizer moves.

    Autocast would turn every weight into bf16 at each use, and keep sums, norms and softmaxes in fp32. Here the copy is
    all bf16, made once a step; the master takes up changes far smaller than bf16 can hold.

    Example: `working = WorkingCopy(model, torch.bfloat16)`, then in each step `loss(working.model).backward()`,
    `working.take_gradients()`, an optimizer step on `model`, and `working.refresh()`.
    """

    def __init__(self, master: BertForPreTraining, dtype: torch.dtype):
        self.master, self.model = master, copy.deepcopy(master).train()
        nn.Module.to(self.model, dtype)
        self.masters, self.copies = list(master.parameters()), list(self.model.parameters())

    def take_gradients(self) -> None:
        """Move the gradients of the copy to the master; a weight that the loss does not touch has none: zero."""
        for master, weight in zip(self.masters, self.copies, strict=True):
            if master.grad is None:
                master.grad = torch.zeros_like(master)
            if weight.grad is None:
                master.grad.zero_()
            else:
                master.grad.copy_(weight.grad)
            weight.grad = None

    @torch.no_grad()
    def refresh(self) -> None:
        """Copy the master's weights after an optimizer step, or after they were loaded."""
        torch._foreach_copy_([*self.copies], [*self.masters])
