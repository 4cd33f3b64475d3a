"""What the random and the kept tokens of 80/10/10 are good for: three recipes, three seeds, against exact floors.

    python -m bertlab.experiments.masked_language_modeling

writes data/results/masked_language_modeling.csv, in about fifteen minutes on one core.
"""

from collections.abc import Mapping
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.experiments.record import Spread, read_values, record, results_path, spread
from bertlab.inside_the_encoder import BertForPreTraining
from bertlab.live_training import LiveTraining, one_thread
from bertlab.small_bert import BATCH_SIZE, STEPS, TRAINING, mlm_batch, mlm_loss, mlm_losses, model_inputs, small_bert
from bertlab.tinyworld import Channel, Mixture, World, entity_tags, floor, sentiments

SETTINGS = {
    "100/0/0": TRAINING._replace(mask_share=1.0, random_share=0.0),
    "80/10/10": TRAINING,
    "80/0/20": TRAINING._replace(random_share=0.0),
}
"""How each recipe corrupts what the model is trained on: shares of [MASK], random and kept tokens."""
SEEDS = 3
QUESTIONS = {
    "[MASK]": Channel(mask_share=1.0, random_share=0.0),
    "kept": Channel(mask_share=0.0, random_share=0.0),
    "replaced": Channel(mask_share=0.0, random_share=1.0),
}
"""What every model is asked about: 15 % of the words, all of them hidden, all as they are, or all replaced."""
LABELLED, TESTED, EPOCHS = 32, 2_000, 40
"""Sentences to fine-tune on and to test on, and how often the former are gone through."""
HELD_OUT_SEED, FINE_TUNING_SEED = 10**9, 2 * 10**9


@cache
def world() -> World:
    """Return the tiny world. Example: `world().sentences`"""
    return World.default()


def train(setting: str, seed: int, steps: int = STEPS) -> BertForPreTraining:
    """Train a small BERT with one of the recipes. Example: `train("80/10/10", 0)` is what notebook 04 trains."""
    model = small_bert(world().sentences, seed)

    def make_batch(step: int) -> dict[str, Tensor]:
        return mlm_batch(world().sentences, BATCH_SIZE, seed * steps + step, SETTINGS[setting])

    for _ in LiveTraining(model, make_batch, mlm_loss, steps):
        pass
    return model


@torch.inference_mode()
def gaps(model: nn.Module, sentences: int = 3_000) -> dict[str, float]:
    """Return how far a model is above the floor on each kind of question, in nats.

    Example: `gaps(model)["gap [MASK]"]`
    """
    found = {}
    for name, channel in QUESTIONS.items():
        batch = mlm_batch(world().sentences, sentences, HELD_OUT_SEED, channel)
        best = floor(world().sentences, batch["input_ids"], batch["labels"], channel)
        found[f"gap {name}"] = (mlm_losses(model, batch).double() - best.losses).mean().item()
    return found


class Classifier(nn.Module):
    """An encoder and one linear layer: a class for each token, or for [CLS] alone."""

    def __init__(self, encoder: nn.Module, classes: int):
        super().__init__()
        self.bert = encoder
        self.head = nn.Linear(encoder.get_parameter("embeddings.LayerNorm.weight").numel(), classes)

    def forward(self, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq classes"]:
        """Return the logits at every token."""
        return self.head(self.bert(**model_inputs(input_ids))[0])


def fine_tune(
    model: nn.Module, mixture: Mixture, labels: Int[Tensor, "components seq"], seed: int, frozen: bool = False
) -> float:
    """Fine-tune a copy of the encoder on few labelled sentences; return its accuracy on others.

    Example: `fine_tune(model, world.sentences, entity_tags(world.sentences), seed=0)`

    Labels are -100 where nothing is asked. `frozen` leaves the encoder as it is, and trains the linear layer alone. Of
    tags, which are mostly O, the words that have another one are counted.
    """
    classes = int(labels.max()) + 1
    generator = torch.Generator().manual_seed(FINE_TUNING_SEED + seed)
    few, many = mixture.sample(LABELLED, generator), mixture.sample(TESTED, generator)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tuned = Classifier(small_bert(mixture).bert, classes)
    tuned.bert.load_state_dict(model.get_submodule("bert").state_dict())
    tuned.bert.requires_grad_(not frozen)
    optimizer = torch.optim.AdamW(
        tuned.head.parameters() if frozen else tuned.parameters(), lr=1e-2 if frozen else 1e-3
    )
    for _ in range(EPOCHS):
        for part in torch.randperm(LABELLED, generator=generator).split(16):
            logits, wanted = tuned(few.input_ids[part]), labels[few.components[part]]
            nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten()).backward()
            optimizer.step()
            optimizer.zero_grad()
    with torch.inference_mode():
        answers, wanted = tuned(many.input_ids).argmax(-1), labels[many.components]
    asked = wanted > 0 if classes > 2 else wanted >= 0
    return (answers == wanted)[asked].double().mean().item()


def on_cls(labels: Int[Tensor, " components"], length: int) -> Int[Tensor, "components seq"]:
    """Put the label of a sentence at its [CLS], and -100 elsewhere. Example: `on_cls(torch.tensor([1]), 3)`."""
    return nn.functional.pad(labels[:, None], (0, length - 1), value=-100)


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Train with one recipe, and return all that is measured of it. Example: `measure("100/0/0", 0)["gap kept"]`."""
    sentences = world().sentences
    opinions = sentences.only(sentiments(sentences) != -100)
    model = train(setting, seed)
    tags = entity_tags(sentences)
    tone = on_cls(sentiments(opinions), opinions.emissions.shape[1])
    with one_thread():
        return gaps(model) | {
            "entity tags": fine_tune(model, sentences, tags, seed),
            "entity tags, frozen": fine_tune(model, sentences, tags, seed, frozen=True),
            "sentiment": fine_tune(model, opinions, tone, seed),
            "sentiment, frozen": fine_tune(model, opinions, tone, seed, frozen=True),
        }


def by_seed(metric: str) -> dict[str, list[float]]:
    """Read one metric of every run, seeds in order. Example: `by_seed("sentiment")["80/10/10"][0]` is that of seed 0.

    Runs of one seed were fine-tuned on the same sentences: compare them with each other.
    """
    values = read_values(results_path("masked_language_modeling"), metric)
    return {name: [values[name, seed] for seed in range(SEEDS)] for name in SETTINGS}


def recorded(metric: str) -> dict[str, Spread]:
    """Read one metric of all recipes. Example: `recorded("gap kept")["100/0/0"].mean`."""
    return spread(results_path("masked_language_modeling"), metric)


if __name__ == "__main__":
    record(
        results_path("masked_language_modeling"), [(name, seed) for seed in range(SEEDS) for name in SETTINGS], measure
    )
