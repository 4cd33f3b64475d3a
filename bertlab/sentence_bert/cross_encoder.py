"""Both texts in one input: more exact than two vectors, and one run of the model for every pair.

Reimers and Gurevych 2019 (arXiv:1908.10084, section 1): the most similar pair of 10,000 sentences takes n (n - 1) / 2,
about 50 million runs; with vectors, 10,000 runs and a product of matrices.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH, encode
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.fine_tuning.loop import FineTuning, logits_of
from bertlab.sentence_bert.triples import Triples


def runs_needed(texts: int, cross: bool) -> int:
    """Return how many texts, or pairs of texts, go through the model to compare all with all.

    Example: `runs_needed(10_000, cross=True)` is `49995000`, and `runs_needed(10_000, cross=False)` is `10000`.
    """
    return texts * (texts - 1) // 2 if cross else texts


def labeled_pairs(triples: Triples, strangers: bool = False) -> LabeledTexts:
    """Make a pair with label 1 and one with label 0 of each triple. Example: `labeled_pairs(train).labels[:2]`.

    Where all hard negatives have something in common, such as many shared words, that alone tells the labels apart.
    `strangers` adds a third pair, with the positive of another anchor and label 0.
    """
    others = triples.positives[1:] + triples.positives[:1]
    rows = zip(triples.anchors, triples.positives, triples.negatives, others, strict=True)
    each = 3 if strangers else 2
    texts = tuple((anchor, text) for anchor, *candidates in rows for text in candidates[:each])
    return LabeledTexts(texts, (1, 0, 0)[:each] * len(triples), ("other", "same"))


def cross_encoder(folder: str, seed: int, **settings: Any) -> Any:
    """Return a BERT with a new head of one logit on [CLS]. Example: `cross_encoder(bertlab.checkpoint(), seed=0)`."""
    torch.manual_seed(seed)
    return AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, **settings)


def one_logit_loss(logits: Float[Tensor, "batch 1"], labels: Tensor) -> Float[Tensor, ""]:
    """Return the binary cross-entropy. Example: `one_logit_loss(torch.zeros(2, 1), torch.tensor([0, 1]))`, ln 2."""
    return binary_cross_entropy_with_logits(logits[:, 0], labels.float())


def train_cross_encoder(
    model: Any, tokenizer: PreTrainedTokenizerFast, triples: Triples, strangers: bool = False, **recipe: Any
) -> FineTuning:
    """Train on the pairs of triples by notebook 07's loop. Example: `train_cross_encoder(model, tokenizer, train)`."""
    data = encode(labeled_pairs(triples, strangers), tokenizer)
    return FineTuning(model, tokenizer, data, loss=one_logit_loss, **recipe).finish()


def score_pairs(
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    first: Sequence[str],
    second: Sequence[str],
    max_length: int = MAX_LENGTH,
) -> Float[Tensor, " pairs"]:
    """Return one score for each pair, the higher the more they belong together; a logit, no cosine.

    Example: `score_pairs(model, tokenizer, ["What do bees eat?"], ["Bees live on nectar and pollen."])`

    `max_length`: the most tokens of a pair; what is longer loses the end of its longer text.
    """
    pairs = LabeledTexts(tuple(zip(first, second, strict=True)), (0,) * len(first), ("other", "same"))
    return logits_of(model, tokenizer, encode(pairs, tokenizer, max_length))[:, 0]
