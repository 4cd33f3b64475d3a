"""All variants, pre-trained in the tiny world under equal conditions; and a student, taught in several ways.

    python -m bertlab.variants.experiment

writes data/results/variants.csv, in about four hours on one core. Equal are steps, tokens and optimizers;
what differs beside the kind of model is written down with each: the weights of its encoder, and, as multiples of
BERT's, the operations and the seconds of a step in training. The seconds are those of this process, on one thread, of
steps taken in turn with a BERT's, so that another load on the machine hits both.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from bertlab.constants import IGNORED
from bertlab.experiments.downstream import Task, entity_tagging, fine_tune, sentiment
from bertlab.experiments.groups import Groups, measure_in, runs_in
from bertlab.experiments.record import Results
from bertlab.experiments.world import HELD_OUT_SEED, world
from bertlab.masked_language_modeling.experiment import gap
from bertlab.masked_language_modeling.training import STEPS, mlm_batch, mlm_losses
from bertlab.models import encoder
from bertlab.small_bert.training import LiveTraining
from bertlab.tinyworld import PAD, Channel, corrupted_posterior
from bertlab.variants.distillation import make_student
from bertlab.variants.pretraining import RECIPES, Batch, sentences, start, student_loss
from bertlab.variants.small import parameters, small
from bertlab.why_bert_cannot_generate.batches import causal_batch
from bertlab.why_bert_cannot_generate.predictors import causal_visibility

results = Results("variants")
recorded, by_seed = results.spread, results.by_seed
SEEDS = 5
TEXTS = 3_000
"""On so many held-out texts gaps are measured."""
DRAWS = 8
"""So often are 32 labeled texts drawn and a model fine-tuned on them: single scores differ by tenths."""
TURNS = 20
"""So many steps of each kind are timed, in turn with BERT's."""
CERTAIN = 0.95
"""Where the ideal model gives one word at least this, a position is nearly certain; elsewhere it is open."""


class Reader(nn.Module):
    """An encoder of any kind, as fine-tuning asks for a BERT: the width is that of its last LayerNorm."""

    def __init__(self, model: nn.Module, causal: bool):
        super().__init__()
        self.inner, self.causal = encoder(model), causal
        norms = [part for part in self.inner.modules() if isinstance(part, nn.LayerNorm)]
        self.embeddings = nn.ModuleDict({"LayerNorm": norms[-1]})

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor]:
        """Return the hidden states; a causal model reads as it was trained, from the left."""
        seen = causal_visibility(attention_mask) if self.causal else attention_mask
        return (self.inner(input_ids, attention_mask=seen, token_type_ids=token_type_ids)[0],)


def at_the_end(task: Task) -> Task:
    """Ask at the last token what is asked at the first: a causal model has read nothing when it is at [CLS].

    Example: `at_the_end(sentiment(world().sentences)[0])`
    """

    def draw(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        input_ids, labels = task(n, generator)
        last = (input_ids != PAD).sum(1, keepdim=True) - 1
        return input_ids, torch.full_like(labels, IGNORED).scatter(1, last, labels[:, :1])

    return draw


def downstream(model: nn.Module, seed: int, causal: bool = False, draws: int = DRAWS) -> dict[str, float]:
    """Fine-tune on two tasks, all weights or the last layer alone. Example: `downstream(model, 0)["sentiment"]`.

    Each figure is a mean over several draws of labeled texts, which matter as much as the model. The draws of a seed
    are the same in every setting.
    """
    reader = nn.ModuleDict({"bert": Reader(model, causal)})
    tags, (tone, classes) = entity_tagging(world().sentences), sentiment(world().sentences)
    tasks = {"entity tags": tags, "sentiment": (at_the_end(tone) if causal else tone, classes)}
    found = {}
    for name, task in tasks.items():
        for frozen in (False, True):
            scores = [fine_tune(reader, *task, seed * draws + draw, frozen=frozen) for draw in range(draws)]
            found[f"{name}, frozen" if frozen else name] = statistics.fmean(scores)
    return found


@torch.inference_mode()
def causal_gap(model: nn.Module, texts: int = TEXTS) -> float:
    """Return how far a causal model is above the exact floor of the next word, in nats a word.

    Example: `causal_gap(start("causal", 0).finish().model)`

    By the chain rule the floor is that of whole sentences, −log P(sentence), shared among their words.
    """
    batch = causal_batch(world().sentences, texts, HELD_OUT_SEED)
    losses = mlm_losses(model, batch).double()
    return (losses.sum() + world().sentences.log_prob(batch["input_ids"]).sum()).item() / len(losses)


def operations(setting: str) -> float:
    """Count the operations of a step in training for each token that is read, forward and back, heads and all.

    Example: `operations("ALBERT") / operations("BERT")`
    """
    training = start(setting, 0)
    batch = training.make_batch(0)
    with FlopCounterMode(display=False) as counter:
        training.loss(training.model, batch).backward()
    return counter.get_total_flops() / (batch["input_ids"] != PAD).sum().item()


def seconds(setting: str, turns: int = TURNS) -> float:
    """Return how long a step in training takes, compared with BERT's of as many tokens: the median of several in turn.

    Example: `seconds("ALBERT")`
    """
    ratios = []
    runs = [start(name, 0) for name in (setting, "BERT")]
    for _ in range(2 + turns):
        times = []
        for name, training in zip((setting, "BERT"), runs, strict=True):
            began = time.process_time()
            training.train_step()
            times.append((time.process_time() - began) / RECIPES[name].larger)
        ratios.append(times[0] / times[1])
    return statistics.median(ratios[2:])  # the first two warm up


def measure_pretrained(name: str, seed: int, steps: int = STEPS, turns: int = TURNS) -> dict[str, float]:
    """Pre-train with one recipe, and return all that is measured of it. Example: `measure_pretrained("ALBERT", 0)`."""
    training = start(name, seed, steps).finish()
    model, causal = training.model, name == "causal"
    found = {
        "parameters": float(parameters(model)),
        "operations": operations(name) / operations("BERT"),
        "seconds": seconds(name, turns),
        "million tokens": training.tokens / 1e6,
    }
    if causal:
        found["gap, next word"] = causal_gap(model, TEXTS)
    elif not name.startswith("ELECTRA"):
        found["gap"] = gap(model, world().sentences, TEXTS)
    if RECIPES[name].positions:
        found["gap, discourses"] = gap(model, world().discourses, TEXTS)
    return found | downstream(model, seed, causal)


class Asked(NamedTuple):
    """Corrupted held-out sentences, and at each selected position the lowest loss there is, and if it is certain."""

    batch: Batch
    lowest: Float[Tensor, " positions"]
    certain: Bool[Tensor, " positions"]


@cache
def asked(texts: int = TEXTS) -> Asked:
    """Draw the sentences of `gap`, and ask the ideal model. Example: `asked().certain.double().mean()`."""
    batch = mlm_batch(world().sentences, texts, HELD_OUT_SEED, Channel())
    selected = batch["labels"] != IGNORED
    exact = corrupted_posterior(world().sentences, batch["input_ids"], selected)
    lowest = -exact.gather(1, batch["labels"][selected][:, None])[:, 0].log()
    return Asked(batch, lowest, exact.amax(1) >= CERTAIN)


@torch.inference_mode()
def gaps_by_slice(model: nn.Module, texts: int = TEXTS) -> dict[str, float]:
    """Return the gap over all positions, where the answer is nearly certain, and where it is open, in nats.

    Example: `gaps_by_slice(model)["gap, certain"]`
    """
    batch, lowest, certain = asked(texts)
    above = mlm_losses(model, batch).double() - lowest
    slices = {"gap": torch.ones_like(certain), "gap, certain": certain, "gap, open": ~certain}
    return {name: above[chosen].mean().item() for name, chosen in slices.items()}


STUDENTS: dict[str, tuple[float, float, float] | None] = {
    "teacher": None,
    "not trained": None,
    "all three": (5.0, 2.0, 1.0),
    "MLM alone": (0.0, 1.0, 0.0),
    "soft targets alone": (1.0, 0.0, 0.0),
    "random start, all three": (5.0, 2.0, 1.0),
    "random start, MLM alone": (0.0, 1.0, 0.0),
}
"""Weights of soft targets, masked words and hidden states. The teacher has two layers, each student one."""
STUDENT_STEPS = STEPS // 5


@lru_cache(maxsize=1)
def teacher(seed: int, steps: int = STEPS) -> nn.Module:
    """Train the BERT that teaches, which is notebook 04's. Example: `teacher(0)`."""
    return start("BERT", seed, steps).finish().model


def measure_distilled(name: str, seed: int, steps: int = STEPS, student_steps: int = STUDENT_STEPS) -> dict[str, float]:
    """Make a student, teach it, and return its gaps. Example: `measure_distilled("all three", 0)["gap, open"]`."""
    weights, taught_by = STUDENTS[name], teacher(seed, steps)
    if name == "teacher":
        return gaps_by_slice(taught_by, TEXTS)
    fresh = name.startswith("random start")
    student = small("BERT, 1 layer", world().sentences, seed) if fresh else make_student(taught_by)
    if weights:
        loss = partial(student_loss, teacher=taught_by, weights=weights)
        batches = partial(sentences, seed + SEEDS)  # none of those that the teacher has seen
        LiveTraining(student, batches, loss, student_steps).finish()
    return gaps_by_slice(student.eval(), TEXTS)


GROUPS: Groups = {
    "pretrain": (measure_pretrained, tuple(RECIPES), SEEDS),
    "distill": (measure_distilled, tuple(STUDENTS), SEEDS),
}


def runs() -> Iterator[tuple[str, int]]:
    """Yield all that is measured: setting and seed. Example: `("pretrain, ALBERT", 0) in list(runs())`"""
    return runs_in(GROUPS)


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Measure one setting. Example: `measure("pretrain, ALBERT", 0)["gap"]`"""
    return measure_in(GROUPS, setting, seed)


if __name__ == "__main__":
    results.record(runs(), measure)
