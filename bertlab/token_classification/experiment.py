"""Softmax against CRF, which piece to label, the best possible tagger, answers as spans, and wrong tags looked for.

    python -m bertlab.token_classification.experiment

writes data/results/token_classification.csv, in about 35 minutes on one core. It belongs to the embedded BERT,
whichever checkpoint is set, and each row names the weights that it was measured on. After a new training the same
command measures everything again.

Rates and epochs were chosen by a few trials on the validation split.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import torch

from bertlab.checkpoints import fingerprint
from bertlab.diagnosing_fine_tuning.noise import found_among, suspects
from bertlab.experiments.groups import Groups, measure_in, runs_in
from bertlab.experiments.record import Results
from bertlab.experiments.world import HELD_OUT_SEED, world
from bertlab.fine_tuning.experiment import load
from bertlab.fine_tuning.loop import FineTuning
from bertlab.tinyworld import entity_tags
from bertlab.token_classification.answer_trials import FINDERS, body, measure_finder
from bertlab.token_classification.bio import allowed_moves
from bertlab.token_classification.label_errors import (
    SUMMARIES,
    Summary,
    WordLosses,
    differing_words,
    losses_of_words,
    out_of_fold_word_losses,
    sentence_losses,
    suspect_words,
)
from bertlab.token_classification.tag_figures import names_in, tag_figures
from bertlab.token_classification.tagged import TaggedSentences, load_tagged
from bertlab.token_classification.tagger import Pieces, Tagger, TaggerTraining, path_finder, predict_tags, two_rates
from bertlab.token_classification.tiny_entities import EntityTask, figures_of, predicted_by, train_tagger
from bertlab.token_classification.word_batches import encode_sentences

results = Results("token_classification")
by_seed = results.by_seed
TAGGER_SEEDS, PIECE_SEEDS, TINY_SEEDS, SPAN_SEEDS, ERROR_SEEDS = 5, 3, 3, 3, 2
RECIPE: dict[str, Any] = {"epochs": 5, "batch_size": 16, "lr": 1e-4}
HEADS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "CRF": {"crf": True},
    "CRF, allowed moves": {"crf": True, "allowed": True},
}
PIECES: tuple[Pieces, ...] = ("last", "mean", "all")
"""What is labeled instead of the first pieces, with which "tagger, softmax" is trained."""
BEST = ("most probable tags", "most probable sequence")
HIDDEN, TINY_TESTED, FIRST = 0.7, 4_000, 50


@cache
def sentences(tag: int | None = None) -> dict[str, TaggedSentences]:
    """Return the tagged sentences; 2 takes the tags with planted errors. Example: `sentences()["test"]`"""
    return load_tagged("entities", tag)


def training(data: TaggedSentences, seed: int, allowed: bool = False, **options: Any) -> TaggerTraining:
    """Return the training of a tagger; the seed draws head, order and dropout.

    Example: `training(sentences()["train"], 0, crf=True).finish().model`
    """
    torch.manual_seed(seed)
    tagger = Tagger(body(), data.names, allowed=allowed_moves(data.names) if allowed else None, **options)
    tokenizer = load()[1]
    encoded, groups = encode_sentences(data, tokenizer), two_rates(tagger, RECIPE["lr"])
    return TaggerTraining(tagger, tokenizer, encoded, groups=groups, seed=seed, **RECIPE)


def figures_on_test(run: FineTuning) -> dict[str, float]:
    """Return all figures of a tagger on the test sentences. Example: `figures_on_test(run.finish())["strict F1"]`"""
    test, known = sentences()["test"], names_in(sentences()["train"])
    return tag_figures(test, predict_tags(run.model, run.tokenizer, test.words), known)


def measure_tagger(name: str, seed: int) -> dict[str, float]:
    """Train one head, and measure it. Example: `measure_tagger("CRF", 0)["strict F1"]`

    Of a softmax, also the best allowed path through the same logits.
    """
    run = training(sentences()["train"], seed, **HEADS[name]).finish()
    found = figures_on_test(run) | {"training seconds": run.seconds}
    if not run.model.crf:
        run.model.decoder = path_finder(*allowed_moves(run.model.names))
        found |= {f"{metric}, allowed path": value for metric, value in figures_on_test(run).items()}
    return found


def measure_pieces(name: str, seed: int) -> dict[str, float]:
    """Label other pieces than the first. Example: `measure_pieces("mean", 0)["strict F1"]`"""
    run = training(sentences()["train"], seed, pieces=name).finish()
    return figures_on_test(run) | {"training seconds": run.seconds}


def measure_tiny(name: str, seed: int) -> dict[str, float]:
    """Tag names of the tiny world, most words hidden: by a small BERT, or as well as can be.

    Example: `measure_tiny("most probable tags", 0)["token accuracy"]`

    All settings of one seed are measured on the same sentences, each with a name.
    """
    with_names = world().sentences.only((entity_tags(world().sentences) > 0).any(1))
    task = EntityTask(with_names, HIDDEN)
    sample = task.draw(TINY_TESTED, torch.Generator().manual_seed(HELD_OUT_SEED + seed))
    if name in BEST:
        return figures_of(sample, task.best(sample.input_ids)[BEST.index(name)])
    run = train_tagger(task, seed=seed, **HEADS[name]).finish()
    tagger: Any = run.model
    return figures_of(sample, predicted_by(tagger, sample)) | {"training seconds": run.seconds}


def measure_errors(name: str, seed: int) -> dict[str, float]:
    """Count the planted sentences among the 50 first suspects. Example: `measure_errors("planted", 0)["found, mean"]`

    Suspected by taggers of the other folds, by the highest, mean or summed loss of their words; by the highest one also
    after the first and the last epoch of one that was trained on them. And words, among the 50 first words.
    """
    data, tokenizer = sentences(2)["train"], load()[1]
    words = differing_words(data, sentences()["train"])
    planted = {sentence for sentence, _ in words}

    def losses(run: FineTuning, numbers: list[int]) -> list[list[float]]:
        return losses_of_words(run.model, tokenizer, encode_sentences(data.pick(numbers), tokenizer))

    def found(losses: WordLosses, by: Summary = "highest") -> int:
        return found_among(suspects(sentence_losses(losses, by)), planted, FIRST)

    def fit_losses(numbers: list[int], others: list[int]) -> list[list[float]]:
        return losses(training(data.pick(numbers), seed).finish(), others)

    away = out_of_fold_word_losses(fit_losses, data, seed=seed)
    run, whole = training(data, seed), list(range(len(data)))
    seen = [found(losses(run, whole)) for step in run if step % (run.steps // run.epochs) == 0]
    return {
        **{f"found, {by}": float(found(away, by)) for by in SUMMARIES},
        "found, first epoch": float(seen[0]),
        "found, last epoch": float(seen[-1]),
        "found, by chance": FIRST * len(planted) / len(data),
        "planted": float(len(planted)),
        "words found": float(len(set(suspect_words(away)[:FIRST]) & set(words))),
        "words planted": float(len(words)),
    }


GROUPS: Groups = {
    "tagger": (measure_tagger, tuple(HEADS), TAGGER_SEEDS),
    "pieces": (measure_pieces, PIECES, PIECE_SEEDS),
    "tiny world": (measure_tiny, (*BEST, *HEADS), TINY_SEEDS),
    "answers": (measure_finder, FINDERS, SPAN_SEEDS),
    "wrong tags": (measure_errors, ("planted",), ERROR_SEEDS),
}


def measure(setting: str, seed: int) -> Mapping[str, float]:
    """Measure one setting of one group. Example: `measure("tagger, CRF", 0)["strict F1"]`"""
    return measure_in(GROUPS, setting, seed)


def runs() -> Iterator[tuple[str, int]]:
    """Yield all that is measured. Example: `next(runs())` is `("tagger, softmax", 0)`."""
    return runs_in(GROUPS)


if __name__ == "__main__":
    results.record(runs(), measure, fingerprint())
