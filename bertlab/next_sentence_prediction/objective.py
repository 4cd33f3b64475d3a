"""Next-sentence prediction: does the second text follow the first? BERT's second objective, and what it measures.

Source: Devlin et al. 2019 (arXiv:1810.04805), section 3.1, task 2; google-research/bert, `run_pretraining.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.constants import IGNORED
from bertlab.models import encoder
from bertlab.small_bert.model import model_inputs, small_bert
from bertlab.small_bert.training import LiveTraining
from bertlab.tinyworld import World, next_sentence_pairs
from bertlab.tinyworld.next_sentence import IS_NEXT, Negatives

Batch = dict[str, Tensor]
Pair = tuple[str, str]

POSITIONS = 19
"""The longest pair of the tiny world: the longest first sentence and the longest second one, which may meet."""
NSP_BATCH_SIZE, NSP_STEPS = 64, 350
"""A run of some fifteen seconds on one idle core."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
CHUNK = 32
"""How many pairs go through a model at a time."""


def next_sentence_logits(model: nn.Module, inputs: dict[str, Tensor]) -> Float[Tensor, "batch 2"]:
    """Return the scores for *follows* (0) and *does not follow* (1), from [CLS] by way of the pooler.

    Example: `next_sentence_logits(model, tokenizer("It rained.", "We stayed in.", return_tensors="pt")).softmax(1)`
    """
    pooled = encoder(model)(**inputs)[1]  # (batch, hidden)
    return model.get_submodule("cls.seq_relationship")(pooled)


def refuse_what_is_not_in_pairs(pairs: Any) -> None:
    """Raise TypeError for one text, one pair, or anything else that is no list of pairs.

    Example: `refuse_what_is_not_in_pairs([("It rained.", "We stayed in.")])`
    """
    if isinstance(pairs, str) or any(isinstance(pair, str) or len(pair) != 2 for pair in pairs):
        raise TypeError('give a list of pairs, [("It rained.", "We stayed in.")], also where there is only one')


@torch.inference_mode()
def follows(pairs: Sequence[Pair], model: nn.Module, tokenizer: PreTrainedTokenizerFast) -> Float[Tensor, " pairs"]:
    """Return P(the second text follows the first) for each pair, according to the model.

    Example: `follows([("It rained.", "We stayed in.")], model, tokenizer)[0]`

    Pairs too long for the model lose the end of their longer text. TypeError for texts that are not in pairs.
    """
    refuse_what_is_not_in_pairs(pairs)
    limit = encoder(model).config.max_position_embeddings
    order = sorted(range(len(pairs)), key=lambda number: len("".join(pairs[number])))  # similar lengths: little padding
    found = torch.empty(len(pairs))
    for start in range(0, len(pairs), CHUNK):
        some = order[start : start + CHUNK]
        first, second = map(list, zip(*(pairs[number] for number in some), strict=True))
        encoded = tokenizer(first, second, padding=True, truncation=True, max_length=limit, return_tensors="pt")
        found[some] = next_sentence_logits(model, dict(encoded)).softmax(1)[:, IS_NEXT]
    return found


def nsp_batch(world: World, size: int, seed: int, negatives: Negatives) -> Batch:
    """Draw pairs of the tiny world: `model_inputs`, and `next_labels`, 0 where the second sentence follows.

    Example: `nsp_batch(world, 64, seed=0, negatives="other topic")["next_labels"]`

    The same seed gives the same batch.
    """
    pairs = next_sentence_pairs(world, size, negatives, torch.Generator().manual_seed(seed))
    return {**model_inputs(pairs.input_ids), "next_labels": pairs.labels}


def nsp_loss(model: nn.Module, batch: Batch) -> Float[Tensor, ""]:
    """Return the mean of −log P(label) over the pairs, in nats; a label of -100 takes no part.

    Example: `nsp_loss(model, nsp_batch(world, 64, seed=0, negatives="other topic"))`
    """
    logits = next_sentence_logits(model, {name: batch[name] for name in INPUTS})
    return nn.functional.cross_entropy(logits, batch["next_labels"], ignore_index=IGNORED)


@torch.inference_mode()
def nsp_accuracy(model: nn.Module, batch: Batch) -> float:
    """Return the share of pairs that the model gets right. Example: `nsp_accuracy(model, held_out)`."""
    logits = next_sentence_logits(model, {name: batch[name] for name in INPUTS})
    return (logits.argmax(1) == batch["next_labels"]).double().mean().item()


def nsp_training(
    world: World,
    negatives: Negatives,
    seed: int = 0,
    steps: int = NSP_STEPS,
    evaluate: Callable[[nn.Module], float] | None = None,
) -> LiveTraining:
    """Make a run that trains a fresh small BERT to tell pairs apart, with nothing else to learn.

    Example: `for _ in nsp_training(world, "other topic"): ...`

    `evaluate` gives a loss to plot, as in `LiveTraining`.
    """

    def make_batch(step: int) -> Batch:
        return nsp_batch(world, NSP_BATCH_SIZE, seed * steps + step, negatives)

    return LiveTraining(small_bert(world.discourses, seed, POSITIONS), make_batch, nsp_loss, steps, evaluate)
