"""The optimizers of a run: Muon for the matrices inside the encoder, AdamW for all else."""

import torch
from torch import nn


def is_inner_matrix(name: str, weight: nn.Parameter) -> bool:
    """Say whether Muon moves this weight: matrices between hidden states, not embeddings, heads, biases or norms.

    Example: `is_inner_matrix("bert.encoder.layer.0.output.dense.weight", weight)` is true.
    """
    return weight.ndim == 2 and ("encoder.layer" in name or "transform.dense" in name)


def make_optimizers(model: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Muon (Jordan 2024), scaled so that AdamW's rates suit it, and AdamW; biases and norms are not decayed.

    Example: `make_optimizers(model, lr=4e-4)`

    Muon replaces a matrix's momentum by the nearest matrix whose singular values are all one: every direction is
    learnt at one speed. (Liu et al. 2025, arXiv:2502.16982, for the scale.)
    """
    named = dict(model.named_parameters())
    inner = [weight for name, weight in named.items() if is_inner_matrix(name, weight)]
    others = [weight for name, weight in named.items() if not is_inner_matrix(name, weight)]
    groups = [
        {"params": [weight for weight in others if weight.ndim > 1], "weight_decay": 0.01},
        {"params": [weight for weight in others if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return [
        torch.optim.Muon(inner, lr=lr, weight_decay=0.01, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98), eps=1e-6, fused=True),
    ]
