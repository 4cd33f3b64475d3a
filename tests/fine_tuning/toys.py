"""What the tests of this room share: a small random classifier, and reviews so plain that two words decide."""

import random
from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification

from bertlab.fine_tuning.labeled import LabeledTexts

SIZES = {
    "vocab_size": 30_522,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 37,
    "max_position_embeddings": 64,
}
NAMES = ("negative", "positive")


def make_config(dropout: float = 0.0, **changes: Any) -> BertConfig:
    """The configuration of a small BERT, with the same dropout everywhere."""
    return BertConfig(**SIZES | {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout} | changes)


def make_model(dropout: float = 0.0, seed: int = 0, **changes: Any) -> BertForSequenceClassification:
    """A small random classifier, whose weights are large enough to tell texts apart."""
    torch.manual_seed(seed)
    return BertForSequenceClassification(make_config(dropout, initializer_range=0.1, **changes))


def make_reviews(count: int, seed: int = 0) -> LabeledTexts:
    """Reviews of unequal length: positive if "great" is in one, negative if "awful" is."""
    drawn = random.Random(seed)
    labels = tuple(number % 2 for number in range(count))
    fillers = ["the", "plot", "cast", "music", "pace", "ending", "of", "this", "film", "was", "with", "a", "so", "and"]
    texts = []
    for label in labels:
        words = drawn.choices(fillers, k=drawn.randint(2, 13))
        words.insert(drawn.randint(0, len(words)), ("awful", "great")[label])
        texts.append(" ".join(words))
    return LabeledTexts(tuple(texts), labels, NAMES)
