"""The steps of BERT's forward pass in order, each at a module whose input or output shows whether it was right."""

from typing import NamedTuple

from transformers import BertConfig

OUTPUTS = ("MLM logits", "NSP logits")
"""What a BERT with both heads returns."""

EMBEDDINGS = [
    ("LayerNorm", "in", "sum of the embeddings", "word + position + token type, one row from each table"),
    ("LayerNorm", "out", "LayerNorm of the embeddings", "normalized with `eps=config.layer_norm_eps`"),
]
LAYER = [
    ("attention.self.query", "in", "input of attention", "what the LayerNorm below it returned, as it is"),
    ("attention.self.query", "out", "query", "`query(hidden)`"),
    ("attention.self.key", "out", "key", "`key(hidden)`"),
    ("attention.self.value", "out", "value", "`value(hidden)`"),
    (
        "attention.output.dense",
        "in",
        "what the heads gathered",
        "softmax(QKᵀ / √d + bias) V, head by head, d the size of a head, and the heads side by side again",
    ),
    ("attention.output.LayerNorm", "in", "sum after attention", "dense(gathered) + the input of attention"),
    (
        "attention.output.LayerNorm",
        "out",
        "LayerNorm after attention",
        "normalized with `eps=config.layer_norm_eps`",
    ),
    ("intermediate.dense", "in", "input of feed-forward", "what the LayerNorm after attention returned"),
    ("output.dense", "in", "activation", "the exact GELU (erf, not tanh) of `intermediate.dense`"),
    ("output.LayerNorm", "in", "sum after feed-forward", "dense(activation) + the input of feed-forward"),
    ("output.LayerNorm", "out", "LayerNorm after feed-forward", "normalized with `eps=config.layer_norm_eps`"),
]
POOLER = [("dense", "in", "input of the pooler", "the last hidden state at position 0, which is [CLS]")]
NSP_HEAD = [("seq_relationship", "in", "pooled vector", "the tanh of `pooler.dense`")]
MLM_HEAD = [
    ("transform.dense", "in", "input of the MLM head", "the hidden states of the last layer"),
    ("transform.LayerNorm", "in", "activation of the MLM head", "the exact GELU of `transform.dense`"),
    ("transform.LayerNorm", "out", "LayerNorm of the MLM head", "normalized with `eps=config.layer_norm_eps`"),
]


class Place(NamedTuple):
    """A step: the module and side where it shows, the part of BERT that it is of, its name, and what it should be.

    Example: `Place("bert.pooler.dense", "in", "pooler", "input of the pooler", "the last hidden state at [CLS]")`
    """

    module: str
    side: str
    part: str
    name: str
    formula: str


def list_places(config: BertConfig) -> list[Place]:
    """List the steps for a BERT of these sizes. Example: `list_places(BertConfig())[0].part` is `"embeddings"`."""
    found = _places("bert.embeddings", "embeddings", EMBEDDINGS)
    for number in range(config.num_hidden_layers):
        found += _places(f"bert.encoder.layer.{number}", f"layer {number}", LAYER, f"layer {number}, ")
    found += _places("bert.pooler", "pooler", POOLER) + _places("cls", "pooler", NSP_HEAD)
    found += _places("cls.predictions", "MLM head", MLM_HEAD)
    mlm, nsp = OUTPUTS
    found.append(Place(mlm, "out", "MLM head", mlm, "`decoder(...)`: its weight is the word embeddings; plus a bias"))
    found.append(Place(nsp, "out", "NSP head", nsp, "`seq_relationship(pooled)`"))
    return found


def _places(prefix: str, part: str, rows: list[tuple[str, str, str, str]], before: str = "") -> list[Place]:
    return [Place(f"{prefix}.{module}", side, part, before + name, formula) for module, side, name, formula in rows]


def number_of(weight: str, places: list[Place]) -> int:
    """Return the number of the first step that needs a weight.

    Example: `number_of("bert.embeddings.LayerNorm.weight", list_places(BertConfig()))` is `0`.
    """
    module = weight.rpartition(".")[0]
    if module.startswith("bert.embeddings."):
        return 0
    ends = {"bert.pooler.dense": "cls.seq_relationship", "cls.seq_relationship": OUTPUTS[1]}
    wanted = ends.get(module, module)
    numbers = (number for number, place in enumerate(places) if place.module == wanted)
    return next(numbers, len(places) - 2)  # of the decoder, which shows in the MLM logits
