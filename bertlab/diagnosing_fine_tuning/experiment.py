"""Every cause on purpose, ten seeds at 64 labels with their cures, and wrong labels looked for: on plain reviews.

    python -m bertlab.diagnosing_fine_tuning.experiment

writes data/results/diagnosing_fine_tuning.csv, in about half an hour on one core. It belongs to the embedded BERT,
whichever checkpoint is set, and each row names the weights that it was measured on. After a new training the same
command measures everything again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from statistics import fmean
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from bertlab.checkpoints import fingerprint
from bertlab.diagnosing_fine_tuning.causes import CAUSES, RECIPE, Setup
from bertlab.diagnosing_fine_tuning.checks import check_run, check_texts, last_and_best, old_task
from bertlab.diagnosing_fine_tuning.cures import CONTROLS, CURES, FRAGILE
from bertlab.diagnosing_fine_tuning.fragile import draw_top_layers_anew
from bertlab.diagnosing_fine_tuning.imbalance import class_weights, imbalanced, scores_of_rare
from bertlab.diagnosing_fine_tuning.noise import flip_labels, found_among, losses_of, out_of_fold_losses, suspects
from bertlab.diagnosing_fine_tuning.shortcuts import by_slice
from bertlab.experiments.groups import Groups, measure_in, runs_in
from bertlab.experiments.record import Results
from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.experiment import classifier, load
from bertlab.fine_tuning.labeled import tricky_reviews
from bertlab.fine_tuning.loop import FineTuning, accuracy, logits_of
from bertlab.fine_tuning.optimizer import AdamW

results = Results("diagnosing_fine_tuning")
CAUSE_SEEDS, CURE_SEEDS, FRAGILE_SEEDS, NOISE_SEEDS = 2, 3, 10, 2


def sound() -> Setup:
    """Return the run that nothing is wrong with: the plainly worded reviews. Example: `sound().start(seed=0).steps`"""
    folder, tokenizer, splits = load()
    plain = {name: data.where("slice", "plain") for name, data in splits.items()}
    return Setup(partial(classifier, folder), tokenizer, plain)


@cache
def texts_of(cause: str) -> dict[str, float]:
    """Return what is seen before the training, the same for each seed. Example: `texts_of("leakage")`"""
    return check_texts(CAUSES[cause].change(sound()), load()[0])


def curves(run: FineTuning) -> dict[str, float]:
    """Return the curves of a run; the training loss is the mean since the evaluation before.

    Example: `curves(run)["validation loss, step 8"]`
    """
    found, before = {}, 0
    for point in run.history:
        step = int(point["step"])
        found[f"training loss, step {step}"] = fmean(loss for at, loss in run.losses if before < at <= step)
        found[f"validation loss, step {step}"] = point["loss"]
        found[f"validation accuracy, step {step}"] = point["accuracy"]
        before = step
    return found


def run_with_checks(setup: Setup, seed: int) -> dict[str, float]:
    """Run to the end; return the curves and all checks. Example: `run_with_checks(sound(), 0)["test accuracy"]`"""
    run = setup.start(seed)
    rates: list[float] = []
    run.optimizer.register_step_pre_hook(lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"]))
    found = curves(run.finish()) | {"highest rate": max(rates), "old task, after": old_task(run, load()[0])}
    return found | check_run(run, setup, sound().splits["test"])


def measure_cause(cause: str, seed: int) -> dict[str, float]:
    """Produce one cause. Example: `measure_cause("rate too high", 0)["spread of P"]`"""
    return texts_of(cause) | run_with_checks(CAUSES[cause].change(sound()), seed)


def measure_cure(cure: str, seed: int) -> dict[str, float]:
    """Try something against overfitting. Example: `measure_cure("dropout 0.3", 0)["test accuracy"]`"""
    run = CURES[cure](sound()).start(seed).finish()
    seen = accuracy(logits_of(run.model, run.tokenizer, run.train), run.train.labels)
    return curves(run) | {"training accuracy": seen} | last_and_best(run, sound().splits["test"])


def measure_kinds(kinds: str, seed: int) -> dict[str, float]:
    """Train on plain reviews, or on as many of all kinds; accuracy on each kind, of the tricky ones and of the test.

    Example: `measure_kinds("all kinds", 0)["tricky, sarcasm"]`
    """
    setup = sound()
    if kinds == "all kinds":
        setup = setup.with_texts(train=load()[2]["train"].sample(len(setup.splits["train"]), seed=0))
    run, found = setup.start(seed).finish(), dict[str, float]()
    for source, data in (("tricky", tricky_reviews()), ("test", load()[2]["test"])):
        encoded = encode(data, setup.tokenizer)
        right = logits_of(run.model, setup.tokenizer, encoded).argmax(-1) == encoded.labels
        found |= {f"{source}, {kind}": score.accuracy for kind, score in by_slice(right, data.columns["slice"]).items()}
    return found


def measure_control(control: str, seed: int) -> dict[str, float]:
    """Repeat a run without clipping. Example: `measure_control("no clipping", 0)["test accuracy"]`"""
    return run_with_checks(CONTROLS[control](sound()), seed)


def measure_fragile(name: str, seed: int) -> dict[str, float]:
    """Fine-tune on the same 64 texts; the seed draws head, order and dropout.

    Example: `measure_fragile("warm-up", 0)["test accuracy"]`
    """
    recipe, setup = FRAGILE[name], sound()
    train = setup.splits["train"].sample(64, seed=0)
    setup = setup.with_texts(train=train).with_recipe(
        epochs=recipe.epochs, warmup=recipe.warmup, lr=RECIPE["lr"] / recipe.slower
    )
    model = setup.make_model(seed)
    if recipe.top_layers:
        draw_top_layers_anew(model, recipe.top_layers, seed)
    run = FineTuning(model, setup.tokenizer, encode(train, setup.tokenizer), seed=seed, **setup.recipe)
    if not recipe.bias_correction:
        by_hand: Any = AdamW(run.optimizer.param_groups, run.lr, bias_correction=False)
        run.optimizer = by_hand
    run.finish()
    test = encode(setup.splits["test"], setup.tokenizer)
    return {
        "test accuracy": accuracy(logits_of(run.model, run.tokenizer, test), test.labels),
        "training accuracy": accuracy(logits_of(run.model, run.tokenizer, run.train), run.train.labels),
    }


def measure_noise(name: str, seed: int) -> dict[str, float]:
    """Flip one label in ten, and count how many are among the 50 texts with the highest loss.

    Example: `measure_noise("one in ten", 0)["found, not trained on"]`

    By the loss of the training run itself, of one four times as long, and of models not trained on the text.
    """
    setup = sound()
    train = setup.splits["train"]
    labels, flipped = flip_labels(train.labels, 0.1, len(train.names), seed)
    texts, wanted = encode(train, setup.tokenizer), torch.tensor(labels)

    def fit(numbers: list[int], epochs: int = RECIPE["epochs"]) -> FineTuning:
        data = encode(replace(train, labels=labels).pick(numbers), setup.tokenizer)
        recipe = {**RECIPE, "epochs": epochs}
        return FineTuning(setup.make_model(seed), setup.tokenizer, data, seed=seed, **recipe).finish()

    def fit_predict(numbers: list[int], others: list[int]) -> Tensor:
        return logits_of(fit(numbers).model, setup.tokenizer, encode(train.pick(others), setup.tokenizer))

    def found(losses: Tensor) -> float:
        return float(found_among(suspects(losses), flipped))

    def own(epochs: int) -> Tensor:
        return losses_of(logits_of(fit(list(range(len(train))), epochs).model, setup.tokenizer, texts), wanted)

    return {
        "found, 3 epochs": found(own(3)),
        "found, 12 epochs": found(own(12)),
        "found, not trained on": found(out_of_fold_losses(fit_predict, labels, seed=seed)),
        "found, by chance": 50 * len(flipped) / len(train),
        "flipped": float(len(flipped)),
    }


def measure_rare(name: str, seed: int) -> dict[str, float]:
    """Train on 1 positive to 20 negatives, with or without class weights, and score the rare class.

    Example: `measure_rare("class weights", 0)["F1"]`

    Held-out texts are all kept, positives weighted as if there were 1 for 20 negatives; the threshold is chosen on
    validation and used on test.
    """
    setup = sound()
    rare = setup.with_texts(train=imbalanced(setup.splits["train"], 20, seed=0)).with_recipe(epochs=6)
    if name == "class weights":
        weights = class_weights(torch.tensor(rare.splits["train"].labels), 2)
        rare = rare.with_recipe(loss=partial(cross_entropy, weight=weights))
    run = rare.start(seed).finish()
    scored = {}
    for split in ("validation", "test"):
        data = encode(setup.splits[split], setup.tokenizer)
        scored[split] = logits_of(run.model, setup.tokenizer, data).softmax(-1)[:, 1].numpy(), data.labels.numpy()
    return scores_of_rare(*scored["validation"], *scored["test"])


GROUPS: Groups = {
    "cause": (measure_cause, tuple(CAUSES), CAUSE_SEEDS),
    "cure": (measure_cure, tuple(CURES), CURE_SEEDS),
    "control": (measure_control, tuple(CONTROLS), CAUSE_SEEDS),
    "trained on": (measure_kinds, ("plain", "all kinds"), CURE_SEEDS),
    "rare": (measure_rare, ("no weights", "class weights"), CURE_SEEDS),
    "64 texts": (measure_fragile, tuple(FRAGILE), FRAGILE_SEEDS),
    "wrong labels": (measure_noise, ("one in ten",), NOISE_SEEDS),
}


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Measure one setting of one group. Example: `measure("cause, rate too high", 0)["spread of P"]`"""
    return measure_in(GROUPS, setting, seed)


def runs() -> Iterator[tuple[str, int]]:
    """Yield all that is measured. Example: `next(runs())` is `("cause, sound", 0)`."""
    return runs_in(GROUPS)


if __name__ == "__main__":
    results.record(runs(), measure, fingerprint())
