"""Is next-sentence prediction worth it? Which negatives teach what, and what RoBERTa concluded, tried here.

    python -m bertlab.next_sentence_prediction.experiment

writes data/results/next_sentence_prediction.csv, in about half an hour on one core.
"""

from collections.abc import Mapping
from typing import NamedTuple, get_args

import torch
from torch import Tensor, nn

from bertlab.experiments.downstream import Task, fine_tune, on_cls
from bertlab.experiments.record import Results
from bertlab.experiments.world import HELD_OUT_SEED, world
from bertlab.masked_language_modeling.experiment import gap
from bertlab.next_sentence_prediction.joint import pretraining_batch, pretraining_loss, without_torn
from bertlab.next_sentence_prediction.objective import POSITIONS, nsp_accuracy, nsp_batch, nsp_training
from bertlab.small_bert.model import small_bert
from bertlab.small_bert.training import LiveTraining, one_thread
from bertlab.tinyworld import next_sentence_pairs
from bertlab.tinyworld.next_sentence import Negatives

results = Results("next_sentence_prediction")
recorded, by_seed = results.spread, results.by_seed
KINDS: tuple[Negatives, ...] = get_args(Negatives)
BATCH_SIZE, STEPS = 96, 1000
"""Half of a batch are pairs and half single sentences, for every recipe."""


class Recipe(NamedTuple):
    """Whether pairs are torn, whether torn ones are then left out, and whether the model must say which they are."""

    torn: bool
    left_out: bool = False
    with_next: bool = False


RECIPES = {
    "MLM, whole pairs": Recipe(torn=False),
    "MLM, torn left out": Recipe(torn=True, left_out=True),
    "MLM, torn pairs": Recipe(torn=True),
    "MLM + NSP": Recipe(torn=True, with_next=True),
}
"""Each differs from the one before it in one thing: half as many whole pairs; torn ones in their place; the loss."""
ALONE = {f"NSP alone, {kind}": kind for kind in KINDS}
SEEDS = dict.fromkeys(ALONE, 3) | dict.fromkeys(RECIPES, 5)
"""How often each is trained: more often where the question is one of cause."""


def pretrain(setting: str, seed: int, steps: int = STEPS) -> LiveTraining:
    """Pre-train a small BERT with one of the recipes. Example: `pretrain("MLM + NSP", 0).model`"""
    recipe = RECIPES[setting]

    def make_batch(step: int) -> dict[str, Tensor]:
        batch = pretraining_batch(world(), BATCH_SIZE, seed * steps + step, "other topic" if recipe.torn else None)
        return without_torn(batch) if recipe.left_out else batch

    def loss(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        return pretraining_loss(model, batch, recipe.with_next)

    return LiveTraining(small_bert(world().discourses, seed, POSITIONS), make_batch, loss, steps).finish()


def accuracies(model: nn.Module, pairs: int = 4_000) -> dict[str, float]:
    """Return the share of held-out pairs of each kind that a model's own head gets right.

    Example: `accuracies(model)["accuracy, same topic"]`
    """
    return {f"accuracy, {kind}": nsp_accuracy(model, nsp_batch(world(), pairs, HELD_OUT_SEED, kind)) for kind in KINDS}


def related(negatives: Negatives) -> Task:
    """Make the task to say whether two sentences belong together. Example: `related("same template")`."""

    def draw(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        pairs = next_sentence_pairs(world(), n, negatives, generator)
        return pairs.input_ids, on_cls(pairs.labels, pairs.input_ids.shape[1])

    return draw


def downstream(model: nn.Module, seed: int) -> dict[str, float]:
    """Fine-tune on two tasks about pairs. Example: `downstream(model, 0)["related, other topic"]`."""
    return {
        "related, other topic": fine_tune(model, related("other topic"), 2, seed),
        "related, same template": fine_tune(model, related("same template"), 2, seed, labeled=512),
    }


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Train with one recipe, and return all that is measured of it.

    Example: `measure("MLM + NSP", 0)["gap, discourses"]`
    """
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
            **downstream(model, seed),
        }


if __name__ == "__main__":
    results.record([(name, seed) for name, seeds in SEEDS.items() for seed in range(seeds)], measure)
