"""What the folder of a BERT holds, whoever saved it and when: a configuration, and weights, under today's names."""

import json
import warnings
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig

KNOWN = {
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "tie_word_embeddings": True,
}
"""The settings that our code knows, each with the one value that it can build."""


def read_config(folder: str | Path) -> BertConfig:
    """Read the sizes of a BERT.

    Example: `read_config(bertlab.checkpoint()).vocab_size` is `30522`.

    ValueError if the folder holds another kind of model.
    """
    kind = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8")).get("model_type", "bert")
    if kind != "bert":
        raise ValueError(f"{folder} holds a model of type {kind!r}: give the folder of a BERT")
    return BertConfig.from_pretrained(folder)


def checked_config(config: BertConfig) -> BertConfig:
    """Return a configuration that our code builds as it says. Example: `checked_config(BertConfig())`.

    ValueError for a BERT with parts that our code does not have, or whose heads do not share its width evenly.
    """
    for name, value in KNOWN.items():
        asked = getattr(config, name, value)
        if asked != value:
            raise ValueError(f"the configuration says {name}={asked!r}, and our BERT only knows {value!r}")
    if config.hidden_size % config.num_attention_heads:
        raise ValueError(f"{config.num_attention_heads} heads cannot share {config.hidden_size} numbers evenly")
    return config


def read_weights(folder: str | Path) -> dict[str, Tensor]:
    """Read the tensors of a BERT, under the names of Hugging Face's `BertForPreTraining`.

    Example: `read_weights(folder)["bert.pooler.dense.weight"].shape` is `(hidden_size, hidden_size)`.

    FileNotFoundError if there is neither a file `model.safetensors` nor its parts (`model-00001-of-00002.safetensors`).
    """
    files = sorted(Path(folder).glob("model*.safetensors"))
    if not files:
        raise FileNotFoundError(f"{folder} has no model.safetensors, the one kind of weights that the course loads")
    return {modern_name(name): tensor for file in files for name, tensor in load_file(file).items()}


def modern_name(name: str) -> str:
    """Translate the name of a weight into today's.

    Example: `modern_name("embeddings.LayerNorm.gamma")` is `"bert.embeddings.LayerNorm.weight"`.

    Files converted from Google's say gamma and beta; an encoder saved without a head has no "bert." in front.
    """
    if name.startswith(("embeddings.", "encoder.", "pooler.")):
        name = f"bert.{name}"
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def load_weights(model: nn.Module, folder: str | Path) -> None:
    """Copy the weights in a folder into a model; numbers stored in half precision become those of the model.

    Example: `load_weights(BertForPreTraining(read_config(folder)), folder)`

    Weights that the model has no place for, such as another task's head, are left out. A pooler or head that the folder
    lacks stays random, with a warning that names it. ValueError if a part of the encoder is missing.
    """
    weights = read_weights(folder)
    model.load_state_dict(weights, strict=False)
    unfilled = [name for name, _ in model.named_parameters() if name not in weights]  # a tied one has only one name
    parts = sorted({".".join(name.split(".")[:2]) for name in unfilled})
    if {"bert.embeddings", "bert.encoder"} & {*parts}:
        raise ValueError(f"{folder} does not hold a whole BERT: it has nothing for {unfilled[0]}")
    if parts:
        warnings.warn(f"{folder} has no weights for {', '.join(parts)}: left at random", stacklevel=3)


def initialize(model: nn.Module, std: float) -> None:
    """Draw fresh weights: matrices and embeddings from a normal distribution cut at two `std`, biases 0, LayerNorms 1.

    Example: `initialize(model, std=0.02)`, as in google-research/bert, `create_initializer`.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
