"""The course's sentence encoder: the embedded BERT with a LoRA adapter that was distilled from a larger training.

    model, tokenizer = sentence_encoder()
    vectors = embed(model, tokenizer, ["A dog barks.", "Rain."], normalize=True)

The adapter lies in the format of the library peft, so that `PeftModel.from_pretrained(model, ADAPTER)` loads it as
well. It was made for the embedded weights and for no others; how, says `bertlab/training/distill.py`.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from bertlab.checkpoints import EMBEDDED, REPAIR, CheckpointError, checkpoint, damaged, fingerprint
from bertlab.constants import CHECKPOINTS
from bertlab.fine_tuning.lora import LoRALinear, add_lora, merge_lora
from bertlab.models import encoder

ADAPTER = CHECKPOINTS / "bertlab-mini-sentence"
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
ADAPTED = ("query", "key", "value", "dense")
"""All six matrices of a layer: the output of the attention and both of the feed-forward network are called `dense`."""
RANK = 64


def prepare(model: nn.Module, rank: int = RANK) -> None:
    """Put a new adapter beside every matrix of the encoder and freeze the rest. Example: `prepare(model, rank=4)`.

    ValueError if the model has a pooler: its matrix is called `dense` as well, and no vector of a sentence needs it.
    """
    if getattr(encoder(model), "pooler", None) is not None:
        raise ValueError("the model has a pooler, which takes no adapter: load it with add_pooling_layer=False")
    add_lora(model, rank, alpha=float(rank), names=ADAPTED)


def adapters(model: nn.Module) -> dict[str, LoRALinear]:
    """Return the adapted layers by their names. Example: `len(adapters(model)) == 6 * 6` for six layers."""
    return {name: part for name, part in model.named_modules() if isinstance(part, LoRALinear)}


def save_adapter(model: nn.Module, folder: Path, base: str) -> None:
    """Write the adapter in float16, in the files of peft. Example: `save_adapter(model, Path("runs/a"), base="411e")`.

    `base` names the weights that it belongs on: the fingerprint of the embedded BERT's.
    """
    found = adapters(model)
    if not found:
        raise ValueError("the model has no adapter: call prepare(model) before training it")
    weights: dict[str, Tensor] = {}
    for name, part in found.items():
        weights[f"base_model.model.{name}.lora_A.weight"] = part.A.detach().half().contiguous()
        weights[f"base_model.model.{name}.lora_B.weight"] = part.B.detach().half().contiguous()
    rank = len(next(iter(found.values())).A)
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "task_type": "FEATURE_EXTRACTION",
        "base_model_name_or_path": EMBEDDED.name,
        "revision": base,
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": list(ADAPTED),
        "inference_mode": True,
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes for its owner alone; a shared machine has others
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_adapter(model: nn.Module, folder: Path = ADAPTER) -> None:
    """Add an adapter's products to the matrices of a model: an ordinary model again, as fast as before.

    Example: `load_adapter(AutoModel.from_pretrained(checkpoint(), add_pooling_layer=False))`

    CheckpointError if the adapter's matrices are not those of the model, or its product is scaled; ValueError as in
    `prepare`.
    """
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    if config["lora_alpha"] != config["r"]:
        raise CheckpointError(f"{folder}: its lora_alpha is not its r, so that it is none of the course: use peft")
    prepare(model, config["r"])
    stored = load_file(folder / WEIGHTS)
    found = adapters(model)
    expected = {f"base_model.model.{name}.lora_{side}.weight" for name in found for side in "AB"}
    if stored.keys() != expected:
        raise CheckpointError(f"{folder}: its adapter has other matrices than the model, which needs another one")
    with torch.no_grad():
        for name, part in found.items():
            for side, own in (("A", part.A), ("B", part.B)):
                weight = stored[f"base_model.model.{name}.lora_{side}.weight"]
                if weight.shape != own.shape:
                    raise CheckpointError(
                        f"{folder}: {name} has an adapter of shape {tuple(weight.shape)}, but the model needs "
                        f"{tuple(own.shape)}: it was made for another model"
                    )
                own.copy_(weight)
    merge_lora(model)
    model.requires_grad_(True)


def sentence_encoder() -> tuple[Any, Any]:
    """Return the course's sentence encoder, adapter merged, and its tokenizer.

    Example: `model, tokenizer = sentence_encoder()`, then `embed(model, tokenizer, texts, normalize=True)`.

    It is the embedded BERT's, whichever checkpoint the course is set to. CheckpointError if a file is damaged, or the
    adapter was made for other weights than those that are there.
    """
    folder = checkpoint(EMBEDDED.name)
    if problems := damaged(ADAPTER):
        raise CheckpointError("\n".join([*problems, REPAIR]))
    made_for = json.loads((ADAPTER / CONFIG).read_text(encoding="utf-8"))["revision"]
    if made_for != fingerprint():
        raise CheckpointError(
            f"the adapter in {ADAPTER} was made for the weights {made_for}, and those of {EMBEDDED.name} are "
            f"{fingerprint()}: make it anew with python -m bertlab.training.distill"
        )
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    load_adapter(model)
    return model.eval(), AutoTokenizer.from_pretrained(folder)
