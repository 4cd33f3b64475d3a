"""Pairs of sentences with one blank: how far does a small change move BERT's guesses?

    python -m bertlab.start_here.try_these

prints every pair of `data/try_these.tsv` for the checkpoint in use, within each lesson the one that moves most first.
Notebook 00 shows six of them; after new weights are trained, look here whether they still are the ones to show.
"""

import csv
from typing import Any, NamedTuple

import torch
from torch import nn
from transformers import AutoModelForPreTraining, AutoTokenizer

from bertlab.checkpoints import checkpoint
from bertlab.constants import DATA
from bertlab.models import evaluating, mlm_logits

PAIRS = DATA / "try_these.tsv"


class Pair(NamedTuple):
    """Two sentences that differ in a word or two, and what to learn from the difference."""

    lesson: str
    first: str
    second: str


class Shift(NamedTuple):
    """How much of the probability differs between the sentences of a pair, and the best guesses for both."""

    moved: float
    first: list[str]
    second: list[str]


def pairs() -> list[Pair]:
    """Read the pairs. Example: `pairs()[0].lesson` is `"left"`."""
    rows = csv.reader(PAIRS.read_text(encoding="utf-8").splitlines()[1:], delimiter="\t", quoting=csv.QUOTE_NONE)
    return [Pair(*row) for row in rows]


@torch.inference_mode()
def shift(pair: Pair, model: nn.Module, tokenizer: Any, top_k: int = 5) -> Shift:
    """Measure what the change does to the guesses: half the sum of all differences in probability.

    Example: `shift(Pair("right", "The [MASK] was born.", "The [MASK] was built."), model, tokenizer).moved`

    0 says that both blanks get the same probabilities, 1 that they have no guess in common (total variation distance).
    `[MASK]` in a sentence stands for whatever the tokenizer's own mask is.
    """
    sentences = [text.replace("[MASK]", tokenizer.mask_token) for text in (pair.first, pair.second)]
    inputs = tokenizer(sentences, padding=True, return_tensors="pt")
    with evaluating(model):
        logits = mlm_logits(model, inputs, inputs["input_ids"] == tokenizer.mask_token_id)
    one, other = logits.softmax(dim=-1)  # two rows of probabilities over the vocabulary
    best = [[tokenizer.decode([id]) for id in row.topk(top_k).indices.tolist()] for row in (one, other)]
    return Shift(float((one - other).abs().sum() / 2), best[0], best[1])


def report() -> str:
    """Return all pairs as text, measured with the checkpoint in use. Example: `print(report())`."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint())
    model = AutoModelForPreTraining.from_pretrained(checkpoint())
    measured = [(pair, shift(pair, model, tokenizer)) for pair in pairs()]
    lines = []
    for pair, found in sorted(measured, key=lambda row: (row[0].lesson, -row[1].moved)):
        lines.append(f"{pair.lesson:10}  {found.moved:4.0%} moved")
        lines.append(f"    {pair.first:55}  {' '.join(found.first)}")
        lines.append(f"    {pair.second:55}  {' '.join(found.second)}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
