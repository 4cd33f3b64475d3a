"""What the modules of a model are given and return while it reads one batch."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig

from bertlab.exercises.wording import kind
from bertlab.inside_the_encoder.places import OUTPUTS

Notes = dict[tuple[str, str], Tensor]
"""By the name of a module and "in" or "out"; the outputs of the model are under their own names."""


def make_batch(config: BertConfig, length: int | None = None) -> dict[str, Tensor]:
    """Make two pairs of texts, the second padded; or one pair of a given length, three tokens of which are padding.

    Example: `make_batch(BertConfig())["input_ids"].shape` is `(2, 7)`.
    """
    generator = torch.Generator().manual_seed(0)
    if length:
        places = torch.arange(length)[None]
        return {
            "input_ids": torch.randint(config.vocab_size, (1, length), generator=generator),
            "token_type_ids": (places >= length // 2).long(),
            "attention_mask": (places < length - 3).long(),
        }
    return {
        "input_ids": torch.randint(config.vocab_size, (2, 7), generator=generator),
        "token_type_ids": torch.tensor([[0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 0, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]]),
    }


def take_notes(model: nn.Module, inputs: dict[str, Tensor]) -> tuple[Notes, Exception | None]:
    """Run a model, and note what each module is given and returns when it is first called, up to an error if any.

    Example: `take_notes(model, inputs)[0]["bert.pooler.dense", "in"]` is the hidden state at [CLS].
    """
    notes: Notes = {}

    def note(name: str, side: str, value: Any) -> None:
        if isinstance(value, Tensor):
            notes.setdefault((name, side), value.clone())

    hooks = []
    for name, module in model.named_modules():
        hooks.append(module.register_forward_pre_hook(lambda m, given, n=name: note(n, "in", next(iter(given), None))))
        hooks.append(module.register_forward_hook(lambda m, given, result, n=name: note(n, "out", result)))
    try:
        for output, logits in zip(OUTPUTS, _both_logits(model(**inputs)), strict=True):
            note(output, "out", logits)
    except Exception as error:
        return notes, error
    finally:
        for hook in hooks:
            hook.remove()
    return notes, None


def _both_logits(result: Any) -> list[Tensor]:
    found = list(result.values() if isinstance(result, dict) else result if isinstance(result, tuple | list) else [])
    if len(found) < 2 or not all(isinstance(logits, Tensor) for logits in found[:2]):
        raise ValueError(f"`forward` should return (MLM logits, NSP logits), and returned {kind(result)}")
    return found[:2]


def at_real_tokens(notes: Notes, inputs: dict[str, Tensor]) -> Notes:
    """Leave out what stands at padding: nobody reads it, and code may differ in what it writes there.

    Example: `at_real_tokens(notes, inputs)["MLM logits", "out"]` has a row for each real token of the batch.
    """
    real = inputs["attention_mask"].bool()
    return {key: value[real] if value.shape[:2] == real.shape else value for key, value in notes.items()}
