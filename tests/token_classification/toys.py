"""What the tests of taggers share: small random encoders, and sentences whose names two words before them give away."""

import random
from typing import Any

import torch
from transformers import BertModel

from bertlab.token_classification.bio import bio_tags
from bertlab.token_classification.tagged import TaggedSentences
from tests.fine_tuning.toys import make_config

NAMES = tuple(bio_tags(["LOC", "PER"]))


def make_body(dropout: float = 0.0, seed: int = 0, **changes: Any) -> BertModel:
    """A small random encoder, whose weights are large enough to tell words apart."""
    torch.manual_seed(seed)
    return BertModel(make_config(dropout, initializer_range=0.1, **changes))


def make_sentences(count: int, seed: int = 0) -> TaggedSentences:
    """Sentences of unequal length: a person after "mister", a place of one to three words after "near"."""
    drawn = random.Random(seed)
    fillers = ["the", "rain", "came", "and", "we", "unbelievably", "slept", ",", "so", "electroencephalography", "."]
    people, places = ["Ann", "Bob", "Quetzalcoatl"], [["Oslo"], ["New", "York"], ["Vitoria", "Gasteiz", "Hills"]]
    words, tags = [], []
    for number in range(count):
        own, labels = ["mister", drawn.choice(people)], ["O", "B-PER"]
        place = drawn.choice(places)
        if number % 3:
            own, labels = ["near", *place], ["O", "B-LOC", *["I-LOC"] * (len(place) - 1)]
        before, after = (drawn.choices(fillers, k=drawn.randint(0, 5)) for _ in range(2))
        words.append((*before, *own, *after))
        tags.append((*["O"] * len(before), *labels, *["O"] * len(after)))
    return TaggedSentences(tuple(words), tuple(tags), NAMES)
