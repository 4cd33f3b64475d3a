"""Take a part out of a trained model, for as long as a `with` block lasts, and see what goes wrong without it.

    with no_positions(model):
        print(mlm_loss_on(model, tokenizer, texts))

The weights stay as they are: hooks change what a part is given, or what it returns. They fit our models and those of
Hugging Face: the parts have the same names. (`head_mask=` does nothing there: transformers 5 ignores it.)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from bertlab.models import encoder, hooked, pick_layers


@contextmanager
def no_positions(model: nn.Module) -> Iterator[None]:
    """Give all positions the same vector, 0: a text is now a bag of tokens.

    Example: `with no_positions(model): ...`
    """
    with hooked([encoder(model).embeddings.position_embeddings], after=lambda part, given, result: 0 * result):
        yield


@contextmanager
def swapped_token_types(model: nn.Module) -> Iterator[None]:
    """Tell the model that the first text is the second, and the second the first.

    Example: `with swapped_token_types(model): ...`
    """
    with hooked([encoder(model).embeddings.token_type_embeddings], before=lambda part, given: (1 - given[0],)):
        yield


@contextmanager
def no_residuals(model: nn.Module, layers: Iterable[int] | None = None) -> Iterator[None]:
    """Let each sublayer pass on its own result alone, without what it started from; in some layers, or in all.

    Example: `with no_residuals(model, layers=[0]): ...`
    """
    with hooked(add_and_norms(model, layers), before=lambda part, given: (given[0], 0 * given[1])):
        yield


@contextmanager
def no_layer_norm(model: nn.Module, layers: Iterable[int] | None = None) -> Iterator[None]:
    """Let each sublayer pass on its sum as it is, neither normalized nor scaled and shifted; in some layers, or in all.

    Example: `with no_layer_norm(model): ...`
    """
    norms = [end.LayerNorm for end in add_and_norms(model, layers)]
    with hooked(norms, after=lambda part, given, result: given[0]):
        yield


@contextmanager
def without_heads(model: nn.Module, heads: Mapping[int, Iterable[int]]) -> Iterator[None]:
    """Put 0 in place of what some attention heads gathered.

    Example: `with without_heads(model, {0: [3, 7], 5: [0]}): ...` silences two heads of layer 0 and one of layer 5.

    ValueError if there is no such layer or head.
    """
    with ExitStack() as stack:
        for layer, numbers in zip(pick_layers(model, heads), heads.values(), strict=True):
            gate = silence(list(numbers), encoder(model).config.num_attention_heads)
            stack.enter_context(hooked([layer.attention.output.dense], before=gate))
        yield


def silence(heads: list[int], num_heads: int) -> Callable[..., tuple[Tensor]]:
    """Make the hook that puts 0 in place of some heads, which lie side by side in the input of the projection.

    Example: `silence([1], 3)(None, (torch.ones(1, 6),))[0].tolist()` is `[[1.0, 1.0, 0.0, 0.0, 1.0, 1.0]]`.
    """
    keep = torch.ones(num_heads, 1)
    for head in heads:
        if not 0 <= head < num_heads:
            raise ValueError(f"there is no head {head}: each layer has heads 0 to {num_heads - 1}")
        keep[head] = 0
    return lambda part, given: ((given[0].unflatten(-1, (num_heads, -1)) * keep.to(given[0])).flatten(-2),)


def add_and_norms(model: nn.Module, numbers: Iterable[int] | None) -> list[Any]:
    """Return the ends of both sublayers, where residual and LayerNorm are. Example: `add_and_norms(model, [0])`."""
    return [end for layer in pick_layers(model, numbers) for end in (layer.attention.output, layer.output)]
