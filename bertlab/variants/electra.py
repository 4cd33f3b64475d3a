"""ELECTRA: a small BERT writes plausible wrong words into a text, and the model learns to tell which words are wrong.

The encoder is BERT's, except that embeddings may be narrower than hidden states and that there is no pooler. What
changed is the task: BERT learns from the 15 % of the tokens that it has to guess, ELECTRA from a yes or no at every
token (Clark et al. 2020, arXiv:2003.10555, section 2; embeddings are shared with the generator, section 3.2).
All weights are called as in Hugging Face. The generator is thrown away after pre-training.
"""

from collections import OrderedDict
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from transformers import BertConfig, ElectraConfig

from bertlab.inside_the_encoder.model import AttentionWeights, Embeddings, Layer, TokenIds
from bertlab.inside_the_encoder.weights import checked_config, initialize
from bertlab.variants.layers import BaseModelOutput, MaskedLMOutput, run_layers

DISCRIMINATOR_WEIGHT = 50.0
"""A yes-or-no question costs far fewer nats than one with a whole vocabulary of answers (google-research/electra,
`configure_pretraining.py`, `disc_weight`)."""


def bert_config(config: ElectraConfig, hidden_size: int) -> BertConfig:
    """Return the sizes of a part of an ELECTRA, for our own BERT's parts to be built by.

    Example: `bert_config(ElectraConfig(), hidden_size=128).intermediate_size` is `1024`.
    """
    return BertConfig(**{**config.to_dict(), "hidden_size": hidden_size})


class ElectraModel(nn.Module):
    """The encoder: embeddings, a projection where they are of another width than hidden states, and a stack of layers.

    ValueError for an ELECTRA with parts that our code does not have.
    """

    def __init__(self, config: ElectraConfig):
        super().__init__()
        self.config = config
        if config.add_cross_attention:
            raise ValueError("add_cross_attention=True, and our ELECTRA is an encoder alone: set it to False")
        narrow, wide = config.embedding_size, config.hidden_size
        sizes = checked_config(bert_config(config, wide))
        self.embeddings = Embeddings(bert_config(config, narrow))
        self.embeddings_project = nn.Identity() if narrow == wide else nn.Linear(narrow, wide)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(sizes) for _ in range(config.num_hidden_layers))})
        initialize(self, config.initializer_range)

    def forward(
        self,
        input_ids: TokenIds,
        attention_mask: TokenIds | Int[Tensor, "batch seq seq"] | None = None,
        token_type_ids: TokenIds | None = None,
        output_attentions: bool = False,
    ) -> BaseModelOutput:
        """Take what a tokenizer returns, or a mask with a row per query. No mask: all is seen. No types: all are 0."""
        hidden = self.embeddings(input_ids, torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids)
        hidden = self.embeddings_project(hidden)
        return BaseModelOutput(*run_layers(self.encoder["layer"].children(), hidden, attention_mask, output_attentions))


class ElectraForMaskedLM(nn.Module):
    """The generator: an encoder whose MLM head works in the width of the embeddings."""

    base_model_prefix = "electra"

    def __init__(self, config: ElectraConfig):
        super().__init__()
        self.config, narrow = config, config.embedding_size
        self.electra = ElectraModel(config)
        dense, norm = nn.Linear(config.hidden_size, narrow), nn.LayerNorm(narrow, eps=config.layer_norm_eps)
        self.generator_predictions = nn.Sequential(OrderedDict(dense=dense, gelu=nn.GELU(), LayerNorm=norm))
        self.generator_lm_head = nn.Linear(narrow, config.vocab_size)
        initialize(self.generator_predictions, config.initializer_range)
        nn.init.zeros_(self.generator_lm_head.bias)
        self.generator_lm_head.weight = self.electra.embeddings.word_embeddings.weight  # tied, as in BERT

    def forward(self, input_ids: TokenIds, **inputs: Any) -> MaskedLMOutput:
        """Take what `ElectraModel` takes, and return the logits over the vocabulary."""
        hidden, attentions = self.electra(input_ids, **inputs)
        return MaskedLMOutput(self.generator_lm_head(self.generator_predictions(hidden)), attentions)


class ElectraForPreTrainingOutput(NamedTuple):
    """One score a token: above 0 for "replaced", below for "original"."""

    logits: Float[Tensor, "batch seq"]
    attentions: tuple[AttentionWeights, ...]


class ElectraForPreTraining(nn.Module):
    """The discriminator: an encoder that says at each token whether it was replaced. This one is kept."""

    base_model_prefix = "electra"

    def __init__(self, config: ElectraConfig):
        super().__init__()
        self.config, width = config, config.hidden_size
        self.electra = ElectraModel(config)
        layers = OrderedDict(dense=nn.Linear(width, width), gelu=nn.GELU(), dense_prediction=nn.Linear(width, 1))
        self.discriminator_predictions = nn.Sequential(layers)
        initialize(self.discriminator_predictions, config.initializer_range)

    def forward(self, input_ids: TokenIds, **inputs: Any) -> ElectraForPreTrainingOutput:
        """Take what `ElectraModel` takes, and return a logit for each token."""
        hidden, attentions = self.electra(input_ids, **inputs)
        return ElectraForPreTrainingOutput(self.discriminator_predictions(hidden).squeeze(-1), attentions)


def share_embeddings(generator: ElectraForMaskedLM, discriminator: ElectraForPreTraining) -> None:
    """Let the generator read, and predict, with the embeddings of the discriminator, which both then train.

    Example: `share_embeddings(generator, discriminator)`

    Source: section 3.2. ValueError if the embeddings are of different sizes.
    """
    theirs, ours = (model.electra.embeddings.word_embeddings for model in (generator, discriminator))
    if theirs.weight.shape != ours.weight.shape:
        raise ValueError(f"embeddings of {theirs} and {ours}: give both models one vocab_size and one embedding_size")
    generator.electra.embeddings = discriminator.electra.embeddings
    generator.generator_lm_head.weight = ours.weight


class Replaced(NamedTuple):
    """What the discriminator reads, and at each token 1 if it was replaced, 0 if it is the original."""

    input_ids: TokenIds
    labels: TokenIds


@torch.no_grad()
def replace(
    logits: Float[Tensor, "selected vocab"],
    input_ids: TokenIds,
    selected: Bool[Tensor, "batch seq"],
    generator: torch.Generator | None = None,
) -> Replaced:
    """Put a token that the generator draws in the place of each selected one.

    Example: `replace(output.logits[selected], input_ids, selected)`, of the output for the masked text.

    `input_ids` are the original ones: the discriminator never reads [MASK]. A token that was drawn right is an original
    (section 2). Nothing flows back through a draw, so the generator learns by MLM alone, not to fool the discriminator.
    """
    drawn = torch.multinomial(logits.softmax(-1), 1, generator=generator).squeeze(-1)
    read = input_ids.masked_scatter(selected, drawn)
    return Replaced(read, (read != input_ids).long())


def discriminator_loss(
    logits: Float[Tensor, "batch seq"], labels: TokenIds, attention_mask: TokenIds
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy of "replaced or not" over all real tokens, in nats.

    Example: `mlm + DISCRIMINATOR_WEIGHT * discriminator_loss(output.logits, replaced.labels, attention_mask)`
    """
    real = attention_mask == 1
    return nn.functional.binary_cross_entropy_with_logits(logits[real], labels[real].to(logits.dtype))
