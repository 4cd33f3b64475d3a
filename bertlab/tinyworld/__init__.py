"""A small English-like language whose exact probabilities are known. Read `templates` first, then `lexicon`.

Example: `World.default().sentences.sample(7)`

`grammar` writes the templates out into components, `mixture` turns these into tensors, `exact` says what an ideal model
would, and `tasks` and `next_sentence` make labeled data.
"""

from bertlab.tinyworld.brute_force import enumerate_sentences
from bertlab.tinyworld.exact import Channel, Floor, corrupted_posterior, entropy, floor, next_word, posterior
from bertlab.tinyworld.grammar import Paraphrase, Template
from bertlab.tinyworld.mixture import CLS, MASK, PAD, SEP, UNK, Mixture
from bertlab.tinyworld.next_sentence import best_accuracy, next_sentence_pairs, next_sentence_posterior
from bertlab.tinyworld.tasks import TAGS, entity_tags, label_posterior, same_meaning_pairs, sentiments
from bertlab.tinyworld.world import World

__all__ = [
    "CLS",
    "MASK",
    "PAD",
    "SEP",
    "TAGS",
    "UNK",
    "Channel",
    "Floor",
    "Mixture",
    "Paraphrase",
    "Template",
    "World",
    "best_accuracy",
    "corrupted_posterior",
    "entity_tags",
    "entropy",
    "enumerate_sentences",
    "floor",
    "label_posterior",
    "next_sentence_pairs",
    "next_sentence_posterior",
    "next_word",
    "posterior",
    "same_meaning_pairs",
    "sentiments",
]
