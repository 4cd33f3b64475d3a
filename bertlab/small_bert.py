"""A BERT small enough to be trained while one watches, and what it is trained on: the tiny world.

Its parts are those of `bertlab.inside_the_encoder`, with two layers of width 96. It has no dropout: every sentence is
drawn anew, so that there is nothing to overfit.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import BertConfig

from bertlab.corpora import DATA
from bertlab.inside_the_encoder import BertForPreTraining
from bertlab.masked_language_modeling import IGNORED, mask_tokens
from bertlab.tinyworld import MASK, PAD, SEP, Channel, Mixture

TRAINING = Channel(rate=0.4)
"""How sentences are corrupted while training: more of them than the 15 % at which the loss is measured. That gives more
to learn from in each sentence (Wettig et al. 2023, arXiv:2202.08005, found 40 % better for BERT-large, too)."""

BATCH_SIZE, STEPS = 144, 1500
"""A run of about a minute on one idle core, in the course of which the loss comes within 0.05 nats of the floor."""

WORD_SCALE = 7.5
"""By how much fresh word embeddings are larger than BERT's (standard deviation 0.15 in place of 0.02). The output is
tied to them, so that a model this narrow begins with a preference for the word that it reads, and need not learn to
copy first."""


TINYWORLD_BERT = DATA / "checkpoints" / "tinyworld-bert"
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


def mlm_batch(
    mixture: Mixture, size: int, seed: int, channel: Channel = TRAINING
) -> dict[str, Int[Tensor, "batch seq"]]:
    """Draw `size` sentences and corrupt them as BERT does: `model_inputs` of what is read, and `labels`.

    Example: `mlm_batch(world.sentences, 256, seed=0)["labels"]` is the original id where selected, -100 elsewhere.

    The same seed gives the same batch.
    """
    generator = torch.Generator().manual_seed(seed)
    input_ids = mixture.sample(size, generator).input_ids
    corrupted, labels = mask_tokens(
        input_ids,
        input_ids < MASK,
        mask_token_id=MASK,
        vocab_size=mixture.vocab_size,
        generator=generator,
        **channel._asdict(),
    )
    return {**model_inputs(input_ids), "input_ids": corrupted, "labels": labels}


def mlm_losses(model: nn.Module, batch: dict[str, Int[Tensor, "batch seq"]]) -> Float[Tensor, " positions"]:
    """Return the loss at each selected position, in nats, in the order of `labels[labels != -100]`.

    Example: `mlm_losses(model, batch) - floor(mixture, batch["input_ids"], batch["labels"]).losses`

    Logits are computed at the selected positions only.
    """
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    chosen = batch["labels"] != IGNORED
    hidden = model.get_submodule("bert")(**inputs)[0][chosen]  # (positions, hidden)
    logits = model.get_submodule("cls.predictions")(hidden)
    return nn.functional.cross_entropy(logits, batch["labels"][chosen], reduction="none")


def mlm_loss(model: nn.Module, batch: dict[str, Int[Tensor, "batch seq"]]) -> Float[Tensor, ""]:
    """Return the mean loss at the selected positions, in nats.

    Example: `mlm_loss(model, mlm_batch(world.sentences, 256, seed=0))`
    """
    return mlm_losses(model, batch).mean()
