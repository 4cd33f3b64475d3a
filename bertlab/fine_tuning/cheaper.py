"""Train less: freeze the lower layers, or give them lower rates."""

from typing import Any

from torch import nn

from bertlab.fine_tuning.optimizer import split_by_decay
from bertlab.models import encoder, pick_layers


def freeze(model: nn.Module, layers: int) -> None:
    """Freeze the embeddings and the first layers of the encoder; all other parts are trained.

    Example: `freeze(model, layers=4)`

    With all layers frozen the pooler is still trained. ValueError if there are not so many layers.
    """
    all_layers = pick_layers(model)
    if not 0 <= layers <= len(all_layers):
        raise ValueError(f"this model has {len(all_layers)} layers: freeze 0 to {len(all_layers)}, not {layers}")
    model.requires_grad_(True)
    for part in (encoder(model).embeddings, *all_layers[:layers]):
        part.requires_grad_(False)


def layerwise_rates(
    model: nn.Module, lr: float, factor: float = 0.8, weight_decay: float = 0.01
) -> list[dict[str, Any]]:
    """Return parameter groups whose rate falls by a factor with each layer, from the head down to the embeddings.

    Example: `layerwise_rates(model, lr=1e-4, factor=0.8)[0]["lr"]` is that of the head.

    The head and the pooler get `lr`, the topmost layer `lr * factor`, the embeddings the lowest (Howard & Ruder 2018;
    Clark et al. 2020 use 0.8 for ELECTRA-small). Biases and LayerNorm do not decay.
    """
    parts: list[nn.Module] = [*reversed(pick_layers(model)), encoder(model).embeddings]
    inside = {id(weight) for part in parts for weight in part.parameters()}
    named = [[(name, weight) for name, weight in model.named_parameters() if id(weight) not in inside]]
    named += [list(part.named_parameters()) for part in parts]
    return [
        group
        for depth, weights in enumerate(named)
        for group in split_by_decay(weights, weight_decay, lr=lr * factor**depth)
    ]
