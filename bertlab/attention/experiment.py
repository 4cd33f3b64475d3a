"""Take each attention head out in turn, measure what it costs, and how important it had looked before.

    python -m bertlab.attention.experiment

writes data/results/attention.csv: a row for each head, third of the passages (the seed), and metric. It belongs to the
embedded BERT, whichever checkpoint is set, and each row names the weights that it was measured on. After a new
training the same command measures everything again.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import AutoModelForPreTraining, AutoTokenizer

from bertlab.attention.importance import gradient_importance, looks
from bertlab.checkpoints import EMBEDDED, checkpoint, fingerprint
from bertlab.experiments.record import Results
from bertlab.inside_the_encoder.ablation import without_heads
from bertlab.masked_language_modeling.measure import mlm_loss_on
from bertlab.texts import passages

results = Results("attention")
PARTS = 3
"""Every head is measured on three separate parts of the text: how far they differ is the uncertainty."""


@cache
def load() -> tuple[Any, Any]:
    """Return the embedded model, with attention to look at, and its tokenizer. Example: `model, tokenizer = load()`"""
    folder = checkpoint(EMBEDDED.name)
    model = AutoModelForPreTraining.from_pretrained(folder, attn_implementation="eager").eval()
    return model, AutoTokenizer.from_pretrained(folder)


@cache
def part(seed: int) -> list[str]:
    """Return every third passage, beginning with number `seed`. Example: `part(0) == passages()[::3]`"""
    return passages()[seed::PARTS]


@cache
def intact(seed: int) -> float:
    """Return the loss of the whole model on one part of the text. Example: `intact(0)`"""
    return mlm_loss_on(*load(), part(seed), seed)


@cache
def guesses(seed: int) -> dict[str, list[list[float]]]:
    """Return what looking and the gradient say about each head on one part.

    Example: `guesses(0)["confidence"][2][5]` is that of head 5 in layer 2.
    """
    found = {**looks(*load(), part(seed)), "gradient": gradient_importance(*load(), part(seed), seed)}
    return {name: values.tolist() for name, values in found.items()}


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Return what the loss rises by without one head, in nats, and how it had looked.

    Example: `measure("layer 2, head 5", 0)["loss increase"]`
    """
    layer, head = (int(word.split()[1]) for word in setting.split(", "))
    model, tokenizer = load()
    whole = intact(seed)  # before the head is out: this may be the run that measures it
    with without_heads(model, {layer: [head]}):
        without = mlm_loss_on(model, tokenizer, part(seed), seed)
    return {"loss increase": without - whole} | {name: values[layer][head] for name, values in guesses(seed).items()}


def settings() -> list[str]:
    """Name every head of the model. Example: `settings()[0] == "layer 0, head 0"`"""
    config = load()[0].config
    heads = range(config.num_attention_heads)
    return [f"layer {layer}, head {head}" for layer in range(config.num_hidden_layers) for head in heads]


def recorded(metric: str) -> Float[Tensor, "layers heads parts"]:
    """Read what the file holds of one metric. Example: `recorded("loss increase")[2, 5]` has a value for each part.

    ValueError if the file was made with other weights than the embedded ones, or is not complete.
    """
    values = results.of_embedded().values(metric)
    wanted = [(setting, seed) for setting in settings() for seed in range(PARTS)]
    if sorted(values) != sorted(wanted):
        raise ValueError(f"{results.path.name} does not hold every head of the embedded model: {results.again}")
    return torch.tensor([values[run] for run in wanted]).reshape(load()[0].config.num_hidden_layers, -1, PARTS)


if __name__ == "__main__":
    results.record([(head, seed) for seed in range(PARTS) for head in settings()], measure, fingerprint())
