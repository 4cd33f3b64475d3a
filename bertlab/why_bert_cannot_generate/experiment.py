"""Four ways of writing, with models that err and with one that does not: judged by the exact language, three seeds.

    python -m bertlab.why_bert_cannot_generate.experiment

writes data/results/why_bert_cannot_generate.csv, in about an hour on one core, and the weights of
notebook 04's BERT with seed 0 to data/checkpoints/tinyworld-bert.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import save_model
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.experiments.record import Results
from bertlab.experiments.world import HELD_OUT_SEED, world
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.masked_language_modeling.experiment import train
from bertlab.masked_language_modeling.training import BATCH_SIZE, STEPS, TRAINING, mlm_loss
from bertlab.small_bert.model import TINYWORLD_BERT, small_bert
from bertlab.small_bert.training import LiveTraining, one_thread
from bertlab.tinyworld import MASK, Channel
from bertlab.why_bert_cannot_generate.likelihood import (
    CAUSAL_BATCH_SIZE,
    CAUSAL_STEPS,
    all_rates_batch,
    blank_sentences,
    causal_batch,
    causal_labels,
    causal_log_prob,
    judge,
    ordered_log_prob,
    unlimited,
)
from bertlab.why_bert_cannot_generate.predictors import Predict, fill_in, ideal, next_token
from bertlab.why_bert_cannot_generate.samplers import Sampler, gibbs, left_to_right, mask_predict

results = Results("why_bert_cannot_generate")
recorded = results.spread
SEEDS = 3
SENTENCES = 1_000
LONGER = 3
ONLY_MASKS = TRAINING._replace(mask_share=1.0, random_share=0.0)
SAMPLERS: dict[str, Sampler] = {
    "left to right": left_to_right,
    "Gibbs, 1 sweep": partial(gibbs, sweeps=1),
    "Gibbs, 10 sweeps": partial(gibbs, sweeps=10),
    "mask-predict, 4": partial(mask_predict, iterations=4),
    "mask-predict, 10": partial(mask_predict, iterations=10),
    "mask-predict, 10, likeliest": partial(mask_predict, iterations=10, greedy=True),
}
HIDDEN = (0.15, 0.4, 0.6, 0.8, 1.0)
"""Shares of hidden words at which models are compared with the exact conditionals."""


def train_on(make_batch: Callable[[int], dict[str, Tensor]], seed: int, steps: int) -> BertForPreTraining:
    """Train a small BERT on what `make_batch` makes of each batch's own number."""
    model = small_bert(world().sentences, seed)
    LiveTraining(model, lambda step: make_batch(seed * steps + step), mlm_loss, steps).finish()
    return model


def train_causal(seed: int, steps: int = CAUSAL_STEPS, size: int = CAUSAL_BATCH_SIZE) -> BertForPreTraining:
    """Train a causal model of the same size, as the notebook does. Example: `train_causal(0)`."""
    return train_on(lambda number: causal_batch(world().sentences, size, number), seed, steps)


def train_at_all_rates(channel: Channel, seed: int, steps: int = STEPS) -> BertForPreTraining:
    """Train a BERT as notebook 04 does, but hide any share. Example: `train_at_all_rates(ONLY_MASKS, 0)`."""
    return train_on(lambda number: all_rates_batch(world().sentences, BATCH_SIZE, number, channel), seed, steps)


ASKED: dict[str, Callable[[int], Predict]] = {
    "ideal": lambda seed: ideal(world().sentences),
    "ideal, distrustful": lambda seed: ideal(world().sentences, TRAINING),
    "BERT": lambda seed: fill_in(train("80/10/10", seed)),
    "BERT, longer": lambda seed: fill_in(train("80/10/10", seed, LONGER * STEPS)),
    "all rates": lambda seed: fill_in(train_at_all_rates(TRAINING, seed)),
    "all rates, only [MASK]": lambda seed: fill_in(train_at_all_rates(ONLY_MASKS, seed)),
    "all rates, only [MASK], longer": lambda seed: fill_in(train_at_all_rates(ONLY_MASKS, seed, LONGER * STEPS)),
}
"""Ideal is the language itself; distrustful, the language corrupted as BERT's was. BERT is notebook 04's: 40 % hidden,
80/10/10. Then any share is hidden, from none to all; then without random and kept words. Longer is three times as
long."""
CAUSAL: dict[str, Callable[[int], BertForPreTraining]] = {
    "causal": train_causal,
    "causal, BERT's budget": lambda seed: train_causal(seed, STEPS, BATCH_SIZE),
}
"""The notebook's, and one that is given as many steps and sentences as BERT."""
MODELS = (*CAUSAL, *ASKED)


def judged(predict: Predict, seed: int) -> dict[str, float]:
    """Have sentences written by each sampler, and judge them. Example: `judged(ideal(world().sentences), 0)`.

    The length of each sentence is given.
    """
    found: dict[str, float] = {}
    for way, sampler in SAMPLERS.items():
        generator = torch.Generator().manual_seed(HELD_OUT_SEED + seed)
        blanks = blank_sentences(world().sentences, SENTENCES, generator)
        *_, written = sampler(predict, blanks, blanks == MASK, generator)
        found |= {f"{metric}, {way}": value for metric, value in judge(world().sentences, written)._asdict().items()}
    return found


def judged_causal(model: nn.Module, seed: int) -> dict[str, float]:
    """Have a causal model write, judge it, and compare it with the floor. Example: `judged_causal(train_causal(0), 0)`.

    It is not told the length. Nats above the floor are per predicted token, nats lost per sentence.
    """
    sentences, generator = world().sentences, torch.Generator().manual_seed(HELD_OUT_SEED + seed)
    blanks = unlimited(sentences, SENTENCES)
    *_, written = left_to_right(next_token(model), blanks, blanks == MASK, generator)
    found = {f"{metric}, left to right": value for metric, value in judge(sentences, written)._asdict().items()}
    ids = sentences.sample(3_000, torch.Generator().manual_seed(HELD_OUT_SEED)).input_ids
    above = sentences.log_prob(ids) - causal_log_prob(model, ids)
    per_token = above.sum() / (causal_labels(ids) != IGNORED).sum()
    return found | {"nats above the floor": per_token.item(), "nats lost, left to right": above.mean().item()}


def distances(predict: Predict, sentences: int = 500) -> dict[str, float]:
    """Return the mean KL(truth ‖ model) of a gap, in nats, for each share of words hidden, and with all right of it.

    Example: `distances(fill_in(bert))["KL, 40% hidden"]`
    """
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    ids = world().sentences.sample(sentences, generator).input_ids
    words, lots = ids > MASK, torch.rand(ids.shape, generator=generator)
    first = lots.masked_fill(~words, -1).argmax(1)[:, None]  # a word drawn by lot
    order = torch.arange(ids.shape[1])
    questions = {f"KL, {rate:.0%} hidden": (words & (lots < rate),) * 2 for rate in HIDDEN}
    questions["KL, all hidden from here on"] = (words & (order >= first), order == first)
    found = {}
    for name, (hidden, asked) in questions.items():
        rows = ids.masked_fill(hidden, MASK)
        truth, guess = ideal(world().sentences)(rows, asked), predict(rows, asked)
        found[name] = (torch.xlogy(truth, truth) - torch.xlogy(truth, guess)).sum(1).mean().item()
    return found


def lost(predict: Predict, sentences: int = 500) -> dict[str, float]:
    """Return KL(truth ‖ what is written) in nats per sentence, from the left, from the right, and in an order by lot.

    Example: `lost(ideal(world().sentences))` has nothing but zeros. The length of each sentence is given.
    """
    generator = torch.Generator().manual_seed(HELD_OUT_SEED)
    language, ids = ideal(world().sentences), world().sentences.sample(sentences, generator).input_ids
    total = dict.fromkeys(["left to right", "right to left", "order by lot"], 0.0)
    for row in ids:
        places = (row > MASK).nonzero()[:, 0]
        best = ordered_log_prob(language, row, places.tolist())
        orders = [places, places.flip(0), places[torch.randperm(len(places), generator=generator)]]
        for name, order in zip(total, orders, strict=True):
            total[name] += (best - ordered_log_prob(predict, row, order.tolist())) / sentences
    return {f"nats lost, {name}": value for name, value in total.items()}


def measure(name: str, seed: int) -> Mapping[str, float]:
    """Train a model, and return all that is measured of it. Example: `measure("BERT", 0)["allowed, left to right"]`."""
    if name in CAUSAL:
        model = CAUSAL[name](seed)
        with one_thread():
            return judged_causal(model, seed)
    predict = ASKED[name](seed)
    with one_thread():
        return judged(predict, seed) | distances(predict) | lost(predict)


def save(model: BertForPreTraining, folder: Path) -> None:
    """Write weights and configuration of a small BERT into a folder. Example: `save(train("80/10/10", 0), folder)`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_model(model, str(folder / "model.safetensors"), metadata={"format": "pt"})
    config = json.dumps(model.config.to_diff_dict(), indent=2, sort_keys=True)
    (folder / "config.json").write_text(config + "\n", encoding="utf-8")


if __name__ == "__main__":
    runs = [(name, seed) for name in MODELS for seed in range(SEEDS)]
    results.record(runs, measure)
    if not TINYWORLD_BERT.exists():
        save(train("80/10/10", 0), TINYWORLD_BERT)
