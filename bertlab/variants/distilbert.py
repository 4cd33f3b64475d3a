"""DistilBERT: a BERT with half the layers, without token types and without a pooler.

Every part that is left is BERT's own, so all that this file holds is what went, and the names that Hugging Face gives
to the rest. At the sizes of BERT-base 66,362,880 of its 109,482,240 parameters remain. Source: Sanh et al. 2019
(arXiv:1910.01108), section 3, "Student architecture". How such a student is made and taught is in `distillation.py`.
"""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn
from transformers import AutoConfig, BertConfig, DistilBertConfig

from bertlab.inside_the_encoder.model import Hidden, Layer, MLMHead, TokenIds
from bertlab.inside_the_encoder.weights import checked_config, initialize, read_weights
from bertlab.variants.layers import BaseModelOutput, MaskedLMOutput, run_layers

NAMES = {
    "transformer.layer": "encoder.layer",
    "q_lin": "self.query",
    "k_lin": "self.key",
    "v_lin": "self.value",
    "out_lin": "output.dense",
    "sa_layer_norm": "attention.output.LayerNorm",
    "ffn.lin1": "intermediate.dense",
    "ffn.lin2": "output.dense",
    "output_layer_norm": "output.LayerNorm",
    "vocab_transform": "cls.predictions.transform.dense",
    "vocab_layer_norm": "cls.predictions.transform.LayerNorm",
    "vocab_projector": "cls.predictions.decoder",
}
"""What Hugging Face calls a part of DistilBERT, and what the same part is called in BERT and here."""


def our_names(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of Hugging Face's DistilBERT, with or without its MLM head, the names that they have in BERT.

    Example: `[*our_names({"transformer.layer.0.ffn.lin1.bias": weight})]` is
    `["encoder.layer.0.intermediate.dense.bias"]`.

    A tied weight, which a file holds once, comes back under each of its names.
    """
    found = {}
    for name, weight in weights.items():
        for theirs, ours in NAMES.items():
            name = name.replace(theirs, ours)
        found[name] = weight
    if "vocab_projector.bias" in weights:
        found["cls.predictions.bias"] = weights["vocab_projector.bias"]
        found["cls.predictions.decoder.weight"] = weights["distilbert.embeddings.word_embeddings.weight"]
    return found


def bert_config(config: DistilBertConfig) -> BertConfig:
    """Say the sizes of a DistilBERT in the words of BERT.

    Example: `bert_config(DistilBertConfig(hidden_dim=37)).intermediate_size` is `37`.

    ValueError for a DistilBERT with parts that our code does not have.
    """
    if config.sinusoidal_pos_embds:
        raise ValueError("sinusoidal_pos_embds=True, and our DistilBERT learns its positions: set it to False")
    return checked_config(
        BertConfig(
            vocab_size=config.vocab_size,
            pad_token_id=config.pad_token_id,
            max_position_embeddings=config.max_position_embeddings,
            hidden_size=config.dim,
            num_hidden_layers=config.n_layers,
            num_attention_heads=config.n_heads,
            intermediate_size=config.hidden_dim,
            hidden_act=config.activation,
            hidden_dropout_prob=config.dropout,
            attention_probs_dropout_prob=config.attention_dropout,
            initializer_range=config.initializer_range,
            tie_word_embeddings=config.tie_word_embeddings,
        )
    )


class Embeddings(nn.Module):
    """What a token is and where it stands: two vectors, summed and normalized. (BERT has a third for the segment.)"""

    def __init__(self, config: BertConfig):
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids: TokenIds) -> Hidden:
        """Look up and add. ValueError if there are more tokens than positions."""
        seq, limit = input_ids.shape[1], self.position_embeddings.num_embeddings
        if seq > limit:
            raise ValueError(f"{seq} tokens for {limit} positions: tokenize with truncation=True, max_length={limit}")
        positions = self.position_embeddings(torch.arange(seq, device=input_ids.device))  # (T, hidden), for every text
        return self.dropout(self.LayerNorm(self.word_embeddings(input_ids) + positions))


class LayerWithoutOneDropout(Layer):
    """BERT's layer, except that what attention found is added without dropout, as in Hugging Face's code."""

    def __init__(self, config: BertConfig):
        super().__init__(config)
        self.attention["output"].dropout = nn.Identity()


class DistilBertModel(nn.Module):
    """The encoder: embeddings and a stack of layers."""

    def __init__(self, config: DistilBertConfig):
        super().__init__()
        self.config, sizes = config, bert_config(config)
        self.embeddings = Embeddings(sizes)
        layers = nn.ModuleList(LayerWithoutOneDropout(sizes) for _ in range(config.n_layers))
        self.encoder = nn.ModuleDict({"layer": layers})
        initialize(self, config.initializer_range)

    def forward(
        self,
        input_ids: TokenIds,
        attention_mask: TokenIds | Int[Tensor, "batch seq seq"] | None = None,
        token_type_ids: TokenIds | None = None,
        output_attentions: bool = False,
    ) -> BaseModelOutput:
        """Take what BERT takes. `token_type_ids`, which BERT's tokenizer makes, change nothing: no part reads them."""
        hidden = self.embeddings(input_ids)
        return BaseModelOutput(*run_layers(self.encoder["layer"].children(), hidden, attention_mask, output_attentions))


class DistilBertForMaskedLM(nn.Module):
    """The encoder with its one head, `cls.predictions` (MLM): it is never asked whether a sentence follows."""

    base_model_prefix = "distilbert"

    def __init__(self, config: DistilBertConfig):
        super().__init__()
        self.config = config
        self.distilbert = DistilBertModel(config)
        predictions = MLMHead(bert_config(config), self.distilbert.embeddings.word_embeddings)
        self.cls = nn.ModuleDict({"predictions": predictions})
        initialize(self.cls, config.initializer_range)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "DistilBertForMaskedLM":
        """Load a DistilBERT from its folder. ValueError if the folder holds another model, or one without MLM head."""
        config, weights = AutoConfig.from_pretrained(folder), read_weights(folder)
        if not isinstance(config, DistilBertConfig) or "vocab_transform.weight" not in weights:
            raise ValueError(f"{folder} holds no DistilBERT with its MLM head: give a folder of DistilBertForMaskedLM")
        model = cls(config)
        model.load_state_dict(our_names(weights))
        return model.eval()

    def forward(self, input_ids: TokenIds, **inputs: Any) -> MaskedLMOutput:
        """Take what `DistilBertModel` takes, and return the logits."""
        hidden, attentions = self.distilbert(input_ids, **inputs)
        return MaskedLMOutput(self.cls["predictions"](hidden), attentions)
