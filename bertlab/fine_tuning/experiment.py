"""What pre-training buys, and what can be saved: one classifier in many ways, on the reviews of this course.

    python -m bertlab.fine_tuning.experiment

writes data/results/fine_tuning.csv, in about an hour on one core. It belongs to the embedded BERT, whichever checkpoint
is set, and each row names the weights that it was measured on. After a new training the same command measures
everything again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from statistics import fmean
from typing import Any, NamedTuple

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from bertlab.checkpoints import EMBEDDED, checkpoint, fingerprint
from bertlab.experiments.record import Results
from bertlab.fine_tuning.baselines import counted_words, frozen_vectors, linear_probe
from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.cheaper import freeze, layerwise_rates
from bertlab.fine_tuning.further_reading import read_further
from bertlab.fine_tuning.head import count_parameters
from bertlab.fine_tuning.labeled import LabeledTexts, load_labeled
from bertlab.fine_tuning.loop import FineTuning, logits_of
from bertlab.fine_tuning.lora import add_lora
from bertlab.models import encoder
from bertlab.small_bert.training import one_thread

results = Results("fine_tuning")
by_seed = results.by_seed
SEEDS, SIZES = 5, (16, 64, 256, 700)
EPOCHS = dict(zip(SIZES, (20, 12, 6, 4), strict=True))
"""Fewer texts are gone through more often, or nothing is learned."""
LR = 2e-4
ALL = SIZES[-1]


class Method(NamedTuple):
    """A way to a classifier: which weights it begins with, what is prepared in it, and its peak rate."""

    trained: bool = True
    read_further: bool = False
    prepare: Callable[[Any], object] = lambda model: None
    lr: float = LR
    groups: Callable[[Any], list[dict[str, Any]]] | None = None


METHODS = {
    "fine-tuned": Method(),
    "read further, then fine-tuned": Method(read_further=True),
    "random weights": Method(trained=False),
}
PROBES = ("probe on [CLS]", "probe on the mean")
NO_TRAINING = (*PROBES, "TF-IDF")
CHEAPER = {
    "lower rates below": Method(groups=lambda model: layerwise_rates(model, LR)),
    "top 3 layers": Method(prepare=lambda model: freeze(model, 3)),
    "top layer": Method(prepare=lambda model: freeze(model, 5)),
    "LoRA, rank 8": Method(prepare=lambda model: add_lora(model, 8), lr=1e-3),
    "LoRA, rank 1": Method(prepare=lambda model: add_lora(model, 1), lr=1e-3),
    "head and pooler": Method(prepare=lambda model: freeze(model, 6), lr=1e-3),
}
"""What can be saved, measured on all training reviews; "fine-tuned" is what each is compared with."""


@cache
def load() -> tuple[str, Any, dict[str, LabeledTexts]]:
    """Return the embedded checkpoint's folder, its tokenizer, and the reviews. Example: `folder, _, _ = load()`"""
    folder = checkpoint(EMBEDDED.name)
    return folder, AutoTokenizer.from_pretrained(folder), load_labeled("reviews")


def training_set(size: int, seed: int) -> LabeledTexts:
    """Return the training reviews that one seed draws, half of them positive. Example: `training_set(64, seed=0)`."""
    return load()[2]["train"].sample(size, seed)


def classifier(folder: str, seed: int, trained: bool = True) -> Any:
    """Return a classifier with a new head and with dropout as BERT has it; its encoder new as well if not `trained`.

    Example: `classifier(load()[0], seed=0)`
    """
    settings = {"num_labels": 2, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
    torch.manual_seed(seed)
    if trained:
        return AutoModelForSequenceClassification.from_pretrained(folder, **settings)
    return AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder, **settings))


@cache
def read_reviews(seed: int) -> dict[str, torch.Tensor]:
    """Return the weights after masked language modeling on all training reviews, without their labels.

    Example: `classifier(load()[0], 0).load_state_dict(read_reviews(0), strict=False)`
    """
    folder, tokenizer, splits = load()
    torch.manual_seed(seed)
    model = AutoModelForMaskedLM.from_pretrained(folder)
    read_further(model, tokenizer, encode(splits["train"], tokenizer), epochs=4, seed=seed)
    return encoder(model).state_dict()


def train(method: Method, data: LabeledTexts, seed: int) -> FineTuning:
    """Make a classifier and fine-tune it by one method. Example: `train(METHODS["fine-tuned"], reviews, 0).model`"""
    folder, tokenizer, _ = load()
    model = classifier(folder, seed, method.trained)
    if method.read_further:
        missing = encoder(model).load_state_dict(read_reviews(seed), strict=False).missing_keys
        if any(not name.startswith("pooler") for name in missing):
            raise ValueError(f"weights that were not read: {missing}")
    method.prepare(model)
    groups = method.groups(model) if method.groups else None
    run = FineTuning(
        model, tokenizer, encode(data, tokenizer), epochs=EPOCHS[len(data)], lr=method.lr, groups=groups, seed=seed
    )
    return run.finish()


def figures_on_test(predicted: Sequence[int]) -> dict[str, float]:
    """Return the accuracy on the test reviews, on all and on each slice. Example: `figures_on_test([0] * 300)`."""
    test = load()[2]["test"]
    right = [int(one == label) for one, label in zip(predicted, test.labels, strict=True)]
    by_slice: dict[str, list[int]] = {}
    for name, one in sorted(zip(test.columns["slice"], right, strict=True)):
        by_slice.setdefault(name, []).append(one)
    return {"accuracy": fmean(right)} | {f"accuracy, {name}": fmean(found) for name, found in by_slice.items()}


def without_training(name: str, data: LabeledTexts) -> dict[str, float]:
    """Measure counted words, or a linear probe on the frozen encoder.

    Example: `without_training("TF-IDF", reviews)["accuracy"]`
    """
    folder, tokenizer, splits = load()
    if name == "TF-IDF":
        return figures_on_test(counted_words(data).predict(splits["test"].texts).tolist())
    body = AutoModel.from_pretrained(folder).eval()
    parts = (encode(part, tokenizer) for part in (data, splits["test"]))
    vectors, others = (frozen_vectors(body, tokenizer, part, mean=name == PROBES[1]) for part in parts)
    return figures_on_test(linear_probe(vectors, torch.tensor(data.labels)).predict(others.numpy()).tolist())


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Train by one method on so many reviews, and measure it on the test reviews.

    Example: `measure("fine-tuned, 64", 0)["accuracy"]`
    """
    name, size = setting.rsplit(", ", 1)
    data = training_set(int(size), seed)
    with one_thread():
        if name in NO_TRAINING:
            return without_training(name, data)
        run = train({**METHODS, **CHEAPER}[name], data, seed)
        _, tokenizer, splits = load()
        logits = logits_of(run.model, tokenizer, encode(splits["test"], tokenizer))
    trained = count_parameters(run.model, only_trained=True)
    return figures_on_test(logits.argmax(-1).tolist()) | {
        "trained parameters": trained,
        "training seconds": run.seconds,
    }


def settings() -> list[str]:
    """Name all that is measured. Example: `settings()[0]` is `"fine-tuned, 16"`."""
    curves = [f"{name}, {size}" for name in (*METHODS, *NO_TRAINING) for size in SIZES]
    return [*curves, *(f"{name}, {ALL}" for name in CHEAPER)]


if __name__ == "__main__":
    results.record([(name, seed) for seed in range(SEEDS) for name in settings()], measure, fingerprint())
