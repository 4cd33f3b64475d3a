"""ALBERT is BERT with two economies: narrow embeddings, and one layer that is applied again and again.

Words are looked up in E numbers and projected to the H of the encoder (V·E + E·H weights in place of V·H), and the head
for masked words goes back through E. All L layers are the same one: its weights are kept once, and the work stays what
it was, L layers. Next-sentence prediction gives way to sentence-order prediction. The GELU is the tanh approximation.
Source: Lan et al. 2020 (arXiv:1909.11942), section 3.1; google-research/albert, `modeling.py`.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AlbertConfig

from bertlab.inside_the_encoder.model import (
    AttentionWeights,
    BertModel,
    Embeddings,
    EncoderOutput,
    Hidden,
    MLMHead,
    TokenIds,
)
from bertlab.inside_the_encoder.weights import initialize
from bertlab.variants.layers import MaskedLMOutput, run_layers
from bertlab.variants.roberta import as_bert, from_library

GELU = {"gelu": "none", "gelu_new": "tanh"}
"""What ALBERT's configurations call the two forms of GELU (version 1 has the first, version 2 the second)."""

NAMES = {
    "encoder.embedding_hidden_mapping_in": "embeddings.projection",
    "albert_layer_groups.0.albert_layers.0": "layer.0",
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.dense": "attention.output.dense",
    "attention.LayerNorm": "attention.output.LayerNorm",
    "ffn_output": "output.dense",
    "ffn.": "intermediate.dense.",
    "full_layer_layer_norm": "output.LayerNorm",
    "pooler.": "pooler.dense.",
    "predictions.dense": "predictions.transform.dense",
    "predictions.LayerNorm": "predictions.transform.LayerNorm",
}
"""What the library calls the parts of an ALBERT, and what they are called in a BERT. The parts are the same."""


def our_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of the library's ALBERT the names of ours.

    Example: `list(our_names({"pooler.bias": torch.zeros(2)}))` is `["pooler.dense.bias"]`.
    """
    found = {}
    for name, tensor in weights.items():
        for theirs, ours in NAMES.items():
            name = name.replace(theirs, ours)
        found[name] = tensor
    return found


class FactorizedEmbeddings(Embeddings):
    """BERT's embeddings, `embedding_size` wide, and a projection to the width of the encoder."""

    def __init__(self, config: AlbertConfig):
        super().__init__(as_bert(config, hidden_size=config.embedding_size))
        self.projection = nn.Linear(config.embedding_size, config.hidden_size)

    def forward(self, input_ids: TokenIds, token_type_ids: TokenIds) -> Hidden:
        """Look up, add, normalize and project. ValueError if there are more tokens than positions."""
        return self.projection(super().forward(input_ids, token_type_ids))


class AlbertModel(BertModel):
    """BERT's encoder with these embeddings, and with one layer for all.

    ValueError for more than one kind of layer, another activation, and all that `BertModel` refuses.
    """

    def __init__(self, config: AlbertConfig, add_pooling_layer: bool = True):
        if (config.num_hidden_groups, config.inner_group_num) != (1, 1):
            raise ValueError("our ALBERT has one layer: num_hidden_groups and inner_group_num must be 1")
        if config.hidden_act not in GELU:
            raise ValueError(f"the configuration says hidden_act={config.hidden_act!r}, and ours knows {[*GELU]}")
        super().__init__(as_bert(config, num_hidden_layers=1, hidden_act="gelu"))
        self.config: Any = config
        self.embeddings = FactorizedEmbeddings(config)
        initialize(self.embeddings, config.initializer_range)
        layer: Any = next(self.encoder["layer"].children())
        layer.intermediate.gelu = nn.GELU(GELU[config.hidden_act])
        layer.output.dropout = nn.Identity()  # Google's code has one here, the library has none
        if not add_pooling_layer:
            self.pooler = nn.Sequential()

    def forward(
        self,
        input_ids: TokenIds,
        attention_mask: torch.Tensor | None = None,
        token_type_ids: TokenIds | None = None,
        output_attentions: bool = False,
    ) -> EncoderOutput:
        """As BERT's, but for one line: there is one layer, `num_hidden_layers` times."""
        hidden = self.embeddings(input_ids, torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids)
        layers = [*self.encoder["layer"].children()] * self.config.num_hidden_layers
        hidden, attentions = run_layers(layers, hidden, attention_mask, output_attentions)
        return EncoderOutput(hidden, self.pooler(hidden[:, 0]), attentions)


class AlbertMLMHead(MLMHead):
    """BERT's head in the narrow space: from H down to E, where the words are."""

    def __init__(self, config: AlbertConfig, word_embeddings: nn.Embedding):
        super().__init__(as_bert(config, hidden_size=config.embedding_size), word_embeddings)
        self.transform.dense = nn.Linear(config.hidden_size, config.embedding_size)
        self.transform.gelu = nn.GELU(GELU[config.hidden_act])
        initialize(self, config.initializer_range)


class AlbertForMaskedLM(nn.Module):
    """The encoder, without a pooler, and the head for masked words."""

    base_model_prefix = "albert"
    from_pretrained = classmethod(from_library)
    our_names = staticmethod(our_names)

    def __init__(self, config: AlbertConfig):
        super().__init__()
        self.config = config
        self.albert = AlbertModel(config, add_pooling_layer=False)
        self.predictions = AlbertMLMHead(config, self.albert.embeddings.word_embeddings)

    def forward(self, input_ids: TokenIds, **inputs: Any) -> MaskedLMOutput:
        """Take what `AlbertModel` takes, and return the logits."""
        hidden, _, attentions = self.albert(input_ids, **inputs)
        return MaskedLMOutput(self.predictions(hidden), attentions)


class AlbertForPreTrainingOutput(NamedTuple):
    """Scores for what is behind each token, and for whether the two texts stand in order (0) or were swapped (1)."""

    prediction_logits: Float[Tensor, "batch seq vocab"]
    sop_logits: Float[Tensor, "batch labels"]
    attentions: tuple[AttentionWeights, ...]


class AlbertForPreTraining(nn.Module):
    """The encoder with both heads: masked words (`predictions`) and sentence order (`sop_classifier`)."""

    base_model_prefix = "albert"
    from_pretrained = classmethod(from_library)
    our_names = staticmethod(our_names)

    def __init__(self, config: AlbertConfig):
        super().__init__()
        self.config = config
        self.albert = AlbertModel(config)
        self.predictions = AlbertMLMHead(config, self.albert.embeddings.word_embeddings)
        dropout = nn.Dropout(config.classifier_dropout_prob)
        classifier = nn.Linear(config.hidden_size, config.num_labels or 2)  # as the library: two, unless told otherwise
        self.sop_classifier = nn.Sequential(OrderedDict(dropout=dropout, classifier=classifier))
        initialize(self.sop_classifier, config.initializer_range)

    def forward(self, input_ids: TokenIds, **inputs: Any) -> AlbertForPreTrainingOutput:
        """Take what `AlbertModel` takes, and return the logits of both heads."""
        hidden, pooled, attentions = self.albert(input_ids, **inputs)
        return AlbertForPreTrainingOutput(self.predictions(hidden), self.sop_classifier(pooled), attentions)
