"""One door into any BERT, ours or a library's: its encoder, its layers, hooks on its parts, and its MLM logits.

    hidden = encoder(model)(**inputs)[0]
    logits = mlm_logits(model, inputs, inputs["input_ids"] == tokenizer.mask_token_id)

Libraries name the same parts differently. What is not known here is refused by name, before it fails somewhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


def encoder(model: nn.Module) -> Any:
    """Return the encoder of a model with a head, and an encoder itself. Example: `encoder(model) is model.bert`."""
    return getattr(model, getattr(model, "base_model_prefix", "bert"), model)


def device(model: nn.Module) -> torch.device:
    """Return where the weights of a model are. Example: `tokenizer(text, return_tensors="pt").to(device(model))`."""
    return next(model.parameters()).device


def pick_layers(model: nn.Module, numbers: Iterable[int] | None = None) -> list[Any]:
    """Return layers that are built like BERT's by their numbers from 0, or all of them for None.

    Example: `pick_layers(model, [0, 5])`

    Raises:
        ValueError: there is no such layer.
        TypeError: the model has no layers, or layers with other parts, such as DistilBERT's.
    """
    found = list(getattr(getattr(encoder(model), "encoder", None), "layer", ()))
    if not found or not hasattr(found[0], "attention"):
        raise TypeError(
            f"{type(model).__name__} has no layers built like BERT's (encoder.layer[0].attention): "
            "give a BERT, RoBERTa or ELECTRA"
        )
    wanted = range(len(found)) if numbers is None else list(numbers)
    for number in wanted:
        if not 0 <= number < len(found):
            raise ValueError(f"there is no layer {number}: this model has layers 0 to {len(found) - 1}")
    return [found[number] for number in wanted]


@contextmanager
def hooked(
    parts: Iterable[nn.Module], before: Callable[..., Any] | None = None, after: Callable[..., Any] | None = None
) -> Iterator[None]:
    """Change what parts are given (`before`) or return (`after`), until the block ends, also if it ends in an error.

    Example: `with hooked([model.bert.pooler], after=lambda part, given, result: -result): ...`
    """
    with ExitStack() as stack:
        for part in parts:
            if before:
                stack.enter_context(part.register_forward_pre_hook(before))
            if after:
                stack.enter_context(part.register_forward_hook(after))
        yield


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch dropout off until the block ends, also if it ends in an error: it would make two runs on one text differ.

    Example: `with evaluating(model): ...`
    """
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


HEADS = (
    ("cls.predictions",),  # BERT, DeBERTa
    ("lm_head",),  # RoBERTa
    ("predictions",),  # ALBERT
    ("generator_predictions", "generator_lm_head"),  # ELECTRA's generator
    ("head", "decoder"),  # ModernBERT
)
"""What turns hidden states into logits over the vocabulary, by the names of the parts, one after the other."""


def mlm_head(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return what turns hidden states into logits over the vocabulary. Example: `mlm_head(model)(hidden)`.

    TypeError for a model without such a head, or with one of a family that is not known here.
    """
    parts = dict(model.named_modules())
    if "vocab_projector" in parts:
        return _distilbert_head(model)
    for chain in HEADS if type(model).__name__.endswith(("ForMaskedLM", "ForPreTraining")) else HEADS[:1]:
        if all(name in parts for name in chain):
            return nn.Sequential(*(parts[name] for name in chain))
    raise TypeError(
        f"{type(model).__name__} has no head for masked language modeling that is known here: load a BERT or one "
        "of its variants with AutoModelForMaskedLM.from_pretrained(...), or a BERT with AutoModelForPreTraining"
    )


def _distilbert_head(model: Any) -> Callable[[Tensor], Tensor]:
    """Chain the parts of DistilBERT's head, which has no module of its own."""
    return lambda hidden: model.vocab_projector(model.vocab_layer_norm(model.activation(model.vocab_transform(hidden))))


def mlm_logits(
    model: nn.Module, inputs: Mapping[str, Tensor], where: Bool[Tensor, "batch seq"] | None = None
) -> Float[Tensor, "*positions vocab"]:
    """Return the logits of masked language modeling at the positions where `where` is True, or at all of them.

    Example: `mlm_logits(model, inputs, labels != IGNORED)` has a row for each label that is not ignored.

    The product with the whole vocabulary takes more time than a small encoder, so the positions to predict are picked
    first. Dropout and gradients stay as they are: see `evaluating`. TypeError as in `mlm_head`.
    """
    head = mlm_head(model)
    hidden = encoder(model)(**inputs)[0]  # (batch, seq, hidden)
    return head(hidden if where is None else hidden[where])
