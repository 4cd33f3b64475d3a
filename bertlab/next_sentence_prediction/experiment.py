"""Is next-sentence prediction worth its while? Which negatives teach what, and what RoBERTa concluded, tried here.

    python -m bertlab.next_sentence_prediction.experiment

writes data/results/next_sentence_prediction.csv, in about forty minutes on one core.
"""

from collections.abc import Mapping
from typing import NamedTuple, get_args

import torch
from torch import Tensor, nn

from bertlab.experiments.downstream import Task, entity_tagging, fine_tune, on_cls, sentiment
from bertlab.experiments.record import Results
from bertlab.experiments.world import HELD_OUT_SEED, world
from bertlab.masked_language_modeling.experiment import gap
from bertlab.next_sentence_prediction.objective import (
    POSITIONS,
    nsp_accuracy,
    nsp_batch,
    nsp_training,
    pretraining_batch,
    pretraining_loss,
)
from bertlab.small_bert.model import small_bert
from bertlab.small_bert.training import LiveTraining, one_thread
from bertlab.tinyworld import next_sentence_pairs, same_meaning_pairs
from bertlab.tinyworld.next_sentence import Negatives

results = Results("next_sentence_prediction")
recorded, by_seed = results.spread, results.by_seed
KINDS: tuple[Negatives, ...] = get_args(Negatives)
SEEDS = 3
BATCH_SIZE, STEPS = 96, 1000
"""The same for every recipe. Half of the batch are single sentences: so the language of all tasks has been read."""


class Recipe(NamedTuple):
    """What the pairs are that a model is pre-trained on, and whether it is asked if they belong together."""

    negatives: Negatives | None
    with_next: bool


RECIPES = {
    "MLM, whole pairs": Recipe(None, with_next=False),
    "MLM, torn pairs": Recipe("other topic", with_next=False),
    "MLM + NSP": Recipe("other topic", with_next=True),
    "MLM, torn, same topic": Recipe("same topic", with_next=False),
    "MLM + NSP, same topic": Recipe("same topic", with_next=True),
    "MLM, swapped pairs": Recipe("swapped", with_next=False),
    "MLM + SOP": Recipe("swapped", with_next=True),
}
"""Each recipe with a loss on pairs has before it one that reads the very same pairs without: the loss alone differs."""
ALONE = {f"NSP alone, {kind}": kind for kind in KINDS}


def pretrain(setting: str, seed: int, steps: int = STEPS) -> LiveTraining:
    """Pre-train a small BERT with one of the recipes. Example: `pretrain("MLM + NSP", 0).model`"""
    recipe = RECIPES[setting]

    def make_batch(step: int) -> dict[str, Tensor]:
        return pretraining_batch(world(), BATCH_SIZE, seed * steps + step, recipe.negatives)

    def loss(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        return pretraining_loss(model, batch, recipe.with_next)

    return LiveTraining(small_bert(world().discourses, seed, POSITIONS), make_batch, loss, steps).finish()


def accuracies(model: nn.Module, pairs: int = 4_000) -> dict[str, float]:
    """Return how many held-out pairs of each kind a model's own head judges rightly.

    Example: `accuracies(model)["accuracy, same topic"]`
    """
    return {f"accuracy, {kind}": nsp_accuracy(model, nsp_batch(world(), pairs, HELD_OUT_SEED, kind)) for kind in KINDS}


def related(negatives: Negatives) -> Task:
    """Make the task to say whether two sentences belong together. Example: `related("same template")`."""

    def draw(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        pairs = next_sentence_pairs(world(), n, negatives, generator)
        return pairs.input_ids, on_cls(pairs.labels, pairs.input_ids.shape[1])

    return draw


def same_meaning(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw pairs that share their words, and whether they say the same: a task for `fine_tune`."""
    pairs = same_meaning_pairs(world(), n, generator)
    texts = [f"{first} [SEP] {second}" for first, second in zip(pairs.first, pairs.second, strict=True)]
    input_ids = world().encode(texts)
    return input_ids, on_cls(pairs.labels, input_ids.shape[1])


def downstream(model: nn.Module, seed: int) -> dict[str, float]:
    """Fine-tune on two tasks of single sentences and three of pairs. Example: `downstream(model, 0)["sentiment"]`."""
    return {
        "entity tags": fine_tune(model, *entity_tagging(world().sentences), seed),
        "sentiment": fine_tune(model, *sentiment(world().sentences), seed),
        "related, other topic": fine_tune(model, related("other topic"), 2, seed),
        "same meaning": fine_tune(model, same_meaning, 2, seed, labelled=128),
        "related, same template": fine_tune(model, related("same template"), 2, seed, labelled=512),
    }


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Train with one recipe, and return all that is measured of it. Example: `measure("MLM + SOP", 0)["sentiment"]`."""
    if setting in ALONE:
        alone = nsp_training(world(), ALONE[setting], seed).finish()
        with one_thread():
            return accuracies(alone.model)
    training = pretrain(setting, seed)
    model = training.model
    with one_thread():
        return {
            "million tokens": training.tokens / 1e6,
            "gap, discourses": gap(model, world().discourses),
            "gap, sentences": gap(model, world().sentences),
            **(accuracies(model) if RECIPES[setting].with_next else {}),
            **downstream(model, seed),
        }


if __name__ == "__main__":
    results.record([(name, seed) for seed in range(SEEDS) for name in [*ALONE, *RECIPES]], measure)
