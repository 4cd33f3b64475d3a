"""How many parameters a BERT has: by hand from its sizes, and by machine from a model that takes no memory.

BERT-base is 109,482,240 without its pre-training heads and 110,106,428 with them; the paper says 110M. BERT-large is
335,141,888 and 336,226,108; the paper says 340M. Source: Devlin et al. 2019 (arXiv:1810.04805), section 3.
"""

import torch
from torch import nn
from transformers import BertConfig

from bertlab.inside_the_encoder.model import BertForPreTraining

LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
"""BERT-large, for `BertConfig(**LARGE)`; `BertConfig()` is BERT-base."""

ENCODER = ("embeddings", "attention", "feed-forward", "pooler")
"""The components that remain when the pre-training heads are taken off."""

PLACES = {
    "embeddings.": "embeddings",
    ".attention.": "attention",
    "encoder.": "feed-forward",  # what is left of a layer
    "pooler.": "pooler",
    "cls.predictions.": "MLM head",
    "cls.seq_relationship.": "NSP head",
    "classifier.": "classifier",
}
"""Where the weights of each component are: the first of these that occurs in a weight's name decides."""


def linear(inputs: int, outputs: int) -> int:
    """Count a linear layer: a weight from each input to each output, and a bias for each output.

    Example: `linear(768, 2)` is `1_538`, the head that BERT-base is given for a choice of two.
    """
    return inputs * outputs + outputs


def layer_parameters(hidden_size: int, intermediate_size: int) -> dict[str, int]:
    """Count the two halves of one layer of the encoder, each with the LayerNorm (a scale and a shift) that ends it.

    Example: `layer_parameters(768, 3072)` is `{"attention": 2_363_904, "feed-forward": 4_723_968}`.

    The number of heads does not matter: they share the width of query, key and value.
    """
    layer_norm = 2 * hidden_size
    return {
        "attention": 4 * linear(hidden_size, hidden_size) + layer_norm,  # query, key, value and the output projection
        "feed-forward": linear(hidden_size, intermediate_size) + linear(intermediate_size, hidden_size) + layer_norm,
    }


def count_by_hand(config: BertConfig) -> dict[str, int]:
    """Count each component of a BERT with both heads, in closed form.

    Example: `sum(count_by_hand(BertConfig()).values())` is `110_106_428`.

    The decoder of the MLM head counts only its bias: its matrix is the word embeddings, which were counted before.
    """
    width = config.hidden_size
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size
    layer = layer_parameters(width, config.intermediate_size)
    return {
        "embeddings": rows * width + 2 * width,
        "attention": config.num_hidden_layers * layer["attention"],
        "feed-forward": config.num_hidden_layers * layer["feed-forward"],
        "pooler": linear(width, width),
        "MLM head": linear(width, width) + 2 * width + config.vocab_size,
        "NSP head": linear(width, 2),
    }


def count_by_machine(model: nn.Module) -> dict[str, int]:
    """Count each component of a model by the names of its weights; a weight that two parts share counts once.

    Example: `count_by_machine(build_empty(BertConfig()))["NSP head"]` is `1_538`.

    Works for our models and for Hugging Face's, with these heads or a classifier. ValueError for any other weight.
    """
    counts: dict[str, int] = {}
    for name, weight in model.named_parameters():
        component = next((component for place, component in PLACES.items() if place in name), None)
        if component is None:
            raise ValueError(f"{name} is of no component that we know: give a BERT with its pre-training heads")
        counts[component] = counts.get(component, 0) + weight.numel()
    return counts


def build_empty(config: BertConfig) -> BertForPreTraining:
    """Build a model on the meta device: shapes without numbers, at once and in next to no memory, however large.

    Example: `build_empty(BertConfig(**LARGE)).bert.pooler.dense.weight.shape` is `(1024, 1024)`.
    """
    with torch.device("meta"):
        return BertForPreTraining(config)


def shares(counts: dict[str, int]) -> dict[str, float]:
    """Divide each count by their sum. Example: `shares({"embeddings": 3, "attention": 1})["embeddings"]` is `0.75`."""
    total = sum(counts.values())
    return {component: count / total for component, count in counts.items()}
