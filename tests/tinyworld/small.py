"""A language small enough to write out: number agreement, an attractor, an optional adjective, and one [SEP]."""

import torch

from bertlab.constants import IGNORED
from bertlab.tinyworld import MASK, Channel, Template, World

LEXICON = {
    "animal": {"sg": "dog:2 sheep", "pl": "dogs sheep:3"},
    "rest": {"sg": "sleeps:3 runs", "pl": "sleep run:2"},
    "adj": "old:2 big",
}
SENTENCES = [
    Template(3, "the adj[]? animal[N] rest[N] ."),
    Template(2, "the animal[N] near animal[M] rest[N] ."),
    Template(1, "old animal[N] [SEP] they rest[N] ."),
]
DISCOURSES = [
    Template(3, "the animal[N] rest[N] . [SEP] animal[N] rest[M] .", "farm"),
    Template(2, "dog rest[N] . [SEP] the animal[N] rest[N] .", "farm"),
    Template(4, "the adj[] dog ran . [SEP] adj[] dogs rest[N] .", "town"),
    Template(1, "sheep ran . [SEP] the dog rest[N] .", "town"),
]
SMALL = World(LEXICON, SENTENCES, DISCOURSES, {"sg": 2})


def corrupt(input_ids, channel, vocab_size, seed=0, special=4):
    """Corrupt ordinary words (ids from `special` on) as a channel says; return corrupted ids and labels."""
    generator = torch.Generator().manual_seed(seed)
    selected = (torch.rand(input_ids.shape, generator=generator) < channel.rate) & (input_ids >= special)
    fate = torch.rand(input_ids.shape, generator=generator)
    random_ids = torch.randint(vocab_size, input_ids.shape, generator=generator)
    replaced = selected & (fate >= channel.mask_share) & (fate < channel.mask_share + channel.random_share)
    corrupted = input_ids.masked_fill(selected & (fate < channel.mask_share), MASK)
    return torch.where(replaced, random_ids, corrupted), input_ids.masked_fill(~selected, IGNORED)


CHANNELS = {
    "80/10/10": Channel(),
    "100/0/0": Channel(mask_share=1.0, random_share=0.0),
    "80/0/20": Channel(0.3, mask_share=0.8, random_share=0.0),
    "80/20/0": Channel(0.3, mask_share=0.8, random_share=0.2),
}
"""Shares of masked, random and kept words."""
