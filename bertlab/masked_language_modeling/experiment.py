"""What the random and the kept tokens of 80/10/10 are good for: three recipes, five seeds, against exact floors.

    python -m bertlab.masked_language_modeling.experiment

writes data/results/masked_language_modeling.csv, in about fifteen minutes on one core.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from bertlab.experiments.downstream import entity_tagging, fine_tune, sentiment
from bertlab.experiments.record import Results
from bertlab.experiments.world import HELD_OUT_SEED, world
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.masked_language_modeling.training import BATCH_SIZE, STEPS, TRAINING, mlm_batch, mlm_loss, mlm_losses
from bertlab.small_bert.model import small_bert
from bertlab.small_bert.training import LiveTraining, one_thread
from bertlab.tinyworld import Channel, Mixture, floor

SETTINGS = {
    "100/0/0": TRAINING._replace(mask_share=1.0, random_share=0.0),
    "80/10/10": TRAINING,
    "80/0/20": TRAINING._replace(random_share=0.0),
}
"""How each recipe corrupts what the model is trained on: shares of [MASK], random and kept tokens."""
SEEDS = 5
QUESTIONS = {
    "[MASK]": Channel(mask_share=1.0, random_share=0.0),
    "kept": Channel(mask_share=0.0, random_share=0.0),
    "replaced": Channel(mask_share=0.0, random_share=1.0),
}
"""What every model is asked about: 15 % of the words, all of them hidden, all as they are, or all replaced."""

results = Results("masked_language_modeling")
recorded, by_seed = results.spread, results.by_seed


def train(setting: str, seed: int, steps: int = STEPS) -> BertForPreTraining:
    """Train a small BERT with one of the recipes. Example: `train("80/10/10", 0)` is what notebook 04 trains."""
    model = small_bert(world().sentences, seed)

    def make_batch(step: int) -> dict[str, Tensor]:
        return mlm_batch(world().sentences, BATCH_SIZE, seed * steps + step, SETTINGS[setting])

    LiveTraining(model, make_batch, mlm_loss, steps).finish()
    return model


@torch.inference_mode()
def gap(
    model: nn.Module,
    mixture: Mixture,
    texts: int = 3_000,
    channel: Channel = Channel(),  # noqa: B008 - a tuple of numbers, never changed
) -> float:
    """Return how far a model is above the floor of masked language modeling on held-out texts, in nats.

    Example: `gap(model, world().discourses)`
    """
    batch = mlm_batch(mixture, texts, HELD_OUT_SEED, channel)
    best = floor(mixture, batch["input_ids"], batch["labels"], channel)
    return (mlm_losses(model, batch).double() - best.losses).mean().item()


def gaps(model: nn.Module, sentences: int = 3_000) -> dict[str, float]:
    """Return how far a model is above the floor on each kind of question, in nats.

    Example: `gaps(model)["gap [MASK]"]`
    """
    return {f"gap {name}": gap(model, world().sentences, sentences, channel) for name, channel in QUESTIONS.items()}


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Train with one recipe, and return all that is measured of it. Example: `measure("100/0/0", 0)["gap kept"]`."""
    tags, tone = entity_tagging(world().sentences), sentiment(world().sentences)
    model = train(setting, seed)
    with one_thread():
        return gaps(model) | {
            "entity tags": fine_tune(model, *tags, seed),
            "entity tags, frozen": fine_tune(model, *tags, seed, frozen=True),
            "sentiment": fine_tune(model, *tone, seed),
            "sentiment, frozen": fine_tune(model, *tone, seed, frozen=True),
        }


if __name__ == "__main__":
    results.record([(name, seed) for seed in range(SEEDS) for name in SETTINGS], measure)
