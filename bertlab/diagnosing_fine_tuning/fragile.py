"""Runs that fail on few texts: the top layers drawn anew, since pre-training left them fit for its own task.

Source: Zhang et al. 2021 (arXiv:2006.05987, "Revisiting Few-sample BERT Fine-tuning"), section 5.
"""

import torch
from torch import nn

from bertlab.models import encoder, pick_layers


@torch.no_grad()
def draw_top_layers_anew(model: nn.Module, layers: int, seed: int) -> None:
    """Draw the pooler and the topmost layers anew, as before any pre-training; all below stays as it is.

    Example: `draw_top_layers_anew(model, layers=2, seed=0)`

    Weights come from a normal distribution of `initializer_range`, biases are 0, LayerNorm multiplies by 1. With 0
    layers it is the pooler alone, where there is one. The paper tries 1 to 6 of 24 layers. ValueError if there are not
    so many layers; TypeError for a model that is not built like BERT.
    """
    all_layers = pick_layers(model)
    if not 0 <= layers <= len(all_layers):
        raise ValueError(f"this model has {len(all_layers)} layers: draw 0 to {len(all_layers)} anew, not {layers}")
    body = encoder(model)
    pooler = getattr(body, "pooler", None)
    generator = torch.Generator().manual_seed(seed)
    for part in (*all_layers[len(all_layers) - layers :], *([pooler] if pooler else [])):
        for module in part.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=body.config.initializer_range, generator=generator)
            elif isinstance(module, nn.LayerNorm):
                nn.init.ones_(module.weight)
            if isinstance(module, nn.Linear | nn.LayerNorm) and module.bias is not None:
                nn.init.zeros_(module.bias)
