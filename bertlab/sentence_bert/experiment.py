"""Which objective, how many candidates, what temperature, which negatives, how long, and at how many dimensions.

    python -m bertlab.sentence_bert.experiment

writes data/results/sentence_bert.csv, in about two hours on one busy core with fast bfloat16. It belongs to the
embedded BERT, whichever checkpoint is set, and each row names the weights that it was measured on. After a new training
the same command measures everything again.

All runs see the same training triples, by the same recipe, whose rate and epochs were chosen by a few trials with the
ranking loss on the validation split: the others might gain by a search of their own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from bertlab.checkpoints import fingerprint
from bertlab.experiments.groups import Groups, measure_in, runs_in
from bertlab.experiments.record import Results
from bertlab.fine_tuning.experiment import load
from bertlab.fine_tuning.optimizer import parameter_groups
from bertlab.sentence_bert.changed_losses import in_groups, pulled_together
from bertlab.sentence_bert.classification import PairClassifier
from bertlab.sentence_bert.contrastive import contrastive_loss
from bertlab.sentence_bert.cosent import cosent_loss
from bertlab.sentence_bert.cross_encoder import cross_encoder, score_pairs, train_cross_encoder
from bertlab.sentence_bert.evaluation import Judged, figures_of, vectors_of
from bertlab.sentence_bert.matryoshka import matryoshka_loss
from bertlab.sentence_bert.other_negatives import DROPOUT, NEGATIVES, data, new_encoder, random_negatives
from bertlab.sentence_bert.ranking import ranking_loss
from bertlab.sentence_bert.regression import cosine_regression_loss
from bertlab.sentence_bert.siamese import SentenceEncoder
from bertlab.sentence_bert.training import SentenceTraining
from bertlab.sentence_bert.triples import Triples
from bertlab.sentence_bert.triplet import squared_triplet_loss, triplet_loss
from bertlab.sentence_embeddings.correlation import spearman
from bertlab.sentence_embeddings.encode import embed

results = Results("sentence_bert")
SEEDS, CONTROL_SEEDS = 5, 3
RECIPE: dict[str, Any] = {"epochs": 2, "batch_size": 32, "lr": 2e-4}
SIZES = (384, 192, 96, 48)
Columns = Sequence[Sequence[str]]


def train(texts: Columns, objective: Callable[..., Tensor], seed: int, **options: Any) -> SentenceEncoder:
    """Train an encoder by an objective. Example: `train(data()[0]["train"].texts, ranking_loss, seed=0)`"""
    encoder = new_encoder(seed)
    return SentenceTraining.of(encoder, load()[1], texts, objective, seed=seed, **RECIPE | options).finish().model


def judge(encoder: SentenceEncoder) -> Judged:
    """Embed the test split. Example: `figures_of(judge(new_encoder(0)))["MRR"]`"""
    triples, pairs = data()
    return vectors_of(lambda texts: embed(encoder, load()[1], texts), triples["test"], pairs["test"])


def as_pairs(triples: Triples) -> tuple[Columns, list[int]]:
    """Make a pair that belongs together and one that does not of each triple. Example: `as_pairs(train)[1][:2]`"""
    return (triples.anchors * 2, triples.positives + triples.negatives), [1] * len(triples) + [0] * len(triples)


def classify(triples: Triples, seed: int) -> SentenceEncoder:
    """Train by a softmax over (u, v, |u - v|), whose layer is trained too. Example: `classify(train, 0)`"""
    encoder = new_encoder(seed)
    head = PairClassifier(encoder.bert.config.hidden_size, classes=2)
    groups = [*parameter_groups(encoder), *parameter_groups(head)]
    texts, labels = as_pairs(triples)
    run = SentenceTraining.of(encoder, load()[1], texts, head.loss, labels, groups=groups, seed=seed, **RECIPE)
    return run.finish().model


def of_pairs(loss: Callable[..., Tensor], triples: Triples, seed: int, labels_as: type = int) -> SentenceEncoder:
    """Train by a loss of labeled pairs. Example: `of_pairs(contrastive_loss, train, 0)`"""
    texts, labels = as_pairs(triples)
    return train(texts, loss, seed, labels=[labels_as(label) for label in labels])


def of_triples(loss: Callable[..., Tensor], triples: Triples, seed: int) -> SentenceEncoder:
    """Train by a loss of triples. Example: `of_triples(triplet_loss, train, 0)`"""
    return train(triples.texts, loss, seed)


def simcse(triples: Triples, seed: int) -> SentenceEncoder:
    """Train on texts without labels, each beside itself through another dropout mask. Example: `simcse(train, 0)`"""
    texts = triples.anchors + triples.positives
    return train((texts, texts), ranking_loss, seed)


OBJECTIVES: dict[str, Callable[[Triples, int], SentenceEncoder]] = {
    "classification": classify,
    "regression": partial(of_pairs, cosine_regression_loss, labels_as=float),
    "contrastive": partial(of_pairs, contrastive_loss),
    "CoSENT": partial(of_pairs, cosent_loss),
    "triplet": partial(of_triples, triplet_loss),
    "triplet, squared": partial(of_triples, squared_triplet_loss),
    "ranking": partial(of_triples, ranking_loss),
    "SimCSE": simcse,
}


def measure_objective(name: str, seed: int) -> dict[str, float]:
    """Measure one objective. Example: `measure_objective("ranking", 0)["MRR"]`"""
    return figures_of(judge(OBJECTIVES[name](data()[0]["train"], seed)))


def measure_random(name: str, seed: int) -> dict[str, float]:
    """Measure an objective whose negatives are not hard. Example: `measure_random("triplet", 0)["MRR"]`"""
    return figures_of(judge(OBJECTIVES[name](random_negatives(data()[0]["train"]), seed)))


def measure_candidates(name: str, seed: int) -> dict[str, float]:
    """Measure training with so many candidates for each anchor. Example: `measure_candidates("16", 0)["MRR"]`"""
    texts = data()[0]["train"].texts[:2]
    return figures_of(judge(train(texts, in_groups(int(name)), seed, batch_size=64)))


def measure_temperature(name: str, seed: int) -> dict[str, float]:
    """Measure training at another temperature than 0.05, that of "objective, ranking".

    Example: `measure_temperature("0.1", 0)["MRR"]`
    """
    return figures_of(judge(train(data()[0]["train"].texts, partial(ranking_loss, scale=1 / float(name)), seed)))


def measure_negatives(name: str, seed: int) -> dict[str, float]:
    """Measure training with one kind of hard negatives. Example: `measure_negatives("random", 0)["triples"]`"""
    negatives = NEGATIVES[name]()
    texts = data()[0]["train"].texts[:2]
    return figures_of(judge(train((*texts, negatives) if negatives else texts, ranking_loss, seed)))


def measure_sizes(name: str, seed: int) -> dict[str, float]:
    """Measure vectors of which only the first numbers are kept. Example: `measure_sizes("Matryoshka", 0)["MRR, 96"]`"""

    def nested(*columns: Tensor) -> Tensor:
        return matryoshka_loss(ranking_loss, columns, SIZES)

    judged = judge(train(data()[0]["train"].texts, nested if name == "Matryoshka" else ranking_loss, seed))
    found = {size: figures_of(judged, size) for size in SIZES}
    return {f"{metric}, {size}": value for size in SIZES for metric, value in found[size].items()}


def measure_epochs(name: str, seed: int) -> dict[str, float]:
    """Measure a training that goes on. Example: `measure_epochs("ranking, 6", 0)["MRR"]`"""
    kind, epochs = name.split(", ")
    texts = data()[0]["train"].texts
    if kind == "ranking":
        return figures_of(judge(train(texts, ranking_loss, seed, epochs=int(epochs))))
    return figures_of(judge(train(texts[:2], pulled_together, seed, epochs=int(epochs))))


def measure_cross(name: str, seed: int) -> dict[str, float]:
    """Measure a cross-encoder on the same triples. Example: `measure_cross("hard negatives", 0)["triples"]`"""
    folder, tokenizer, _ = load()
    triples, pairs = data()
    model = cross_encoder(folder, seed, attn_implementation="eager", **DROPOUT)
    train_cross_encoder(model, tokenizer, triples["train"], strangers=name == "strangers too", seed=seed, **RECIPE)
    test = triples["test"]
    better, worse = (score_pairs(model, tokenizer, test.anchors, texts) for texts in (test.positives, test.negatives))
    scores = score_pairs(model, tokenizer, pairs["test"].first, pairs["test"].second)
    return {
        "triples": (better > worse).double().mean().item(),
        "similarity": spearman(scores, torch.tensor(pairs["test"].scores)),
    }


GROUPS: Groups = {
    "objective": (measure_objective, tuple(OBJECTIVES), SEEDS),
    "random negatives": (measure_random, ("regression", "contrastive", "CoSENT", "triplet"), CONTROL_SEEDS),
    "candidates": (measure_candidates, ("2", "4", "16", "64"), SEEDS),
    "temperature": (measure_temperature, ("0.01", "0.02", "0.1", "1"), SEEDS),
    "negatives": (measure_negatives, tuple(NEGATIVES), SEEDS),
    "sizes": (measure_sizes, ("full width", "Matryoshka"), SEEDS),
    "epochs": (measure_epochs, ("ranking, 6", "pulled, 2", "pulled, 6"), SEEDS),
    "cross": (measure_cross, ("hard negatives", "strangers too"), CONTROL_SEEDS),
}


def runs() -> Iterator[tuple[str, int]]:
    """Yield all that is measured: setting and seed. Example: `("objective, ranking", 0) in list(runs())`"""
    return runs_in(GROUPS)


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Measure one setting. Example: `measure("objective, ranking", 0)["MRR"]`"""
    return measure_in(GROUPS, setting, seed)


if __name__ == "__main__":
    results.record(runs(), measure, fingerprint())
