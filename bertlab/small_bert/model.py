"""A BERT for the tiny world, small enough to be trained while one watches.

Its parts are those of `bertlab.inside_the_encoder`, with two layers of width 96. It has no dropout: every sentence it
reads is a fresh one, so there is nothing to overfit.
"""

import torch
from jaxtyping import Int
from torch import Tensor
from transformers import BertConfig

from bertlab.constants import CHECKPOINTS
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.tinyworld import PAD, SEP, Mixture

WORD_SCALE = 7.5
"""By how much fresh word embeddings are larger than BERT's (standard deviation 0.15 in place of 0.02). The output is
tied to them, so that a model this narrow begins with a preference for the word that it reads, and need not learn to
copy first."""


TINYWORLD_BERT = CHECKPOINTS / "tinyworld-bert"
"""The weights of notebook 04's BERT, trained with seed 0. Its own card says how, and how good they are."""


def small_bert(mixture: Mixture, seed: int = 0, positions: int | None = None) -> BertForPreTraining:
    """Return a fresh model that reads the sentences of a mixture, the same one for the same seed.

    Example: `small_bert(world.sentences)`

    `positions`: the longest sequence that it can read, if there are longer ones than those of the mixture.
    """
    config = BertConfig(
        vocab_size=mixture.vocab_size,
        hidden_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=positions or mixture.emissions.shape[1],
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertForPreTraining(config)
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight.mul_(WORD_SCALE)
    return model


def trained_bert() -> BertForPreTraining:
    """Load the small BERT that notebook 04 trains, without training it. Example: `trained_bert()`."""
    return BertForPreTraining.from_pretrained(TINYWORLD_BERT)


def model_inputs(input_ids: Int[Tensor, "batch seq"]) -> dict[str, Int[Tensor, "batch seq"]]:
    """Add to ids `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`, padded with [PAD], what a tokenizer would have returned.

    Example: `model(**model_inputs(world.discourses.sample(7).input_ids))`
    """
    separators = (input_ids == SEP).long()
    seen = separators.cumsum(1) - separators  # how many [SEP] stand before each token
    real = (input_ids != PAD).long()
    return {"input_ids": input_ids, "attention_mask": real, "token_type_ids": seen.clamp(max=1) * real}
