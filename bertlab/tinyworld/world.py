"""The tiny world as one object: its words, its sentences and discourses, and a tokenizer that knows them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Int
from torch import Tensor
from transformers import BertTokenizer

from bertlab.tinyworld.grammar import Component, Lexicon, Template, Weight, expand
from bertlab.tinyworld.lexicon import LEXICON, PRIORS
from bertlab.tinyworld.mixture import PAD, Mixture, make_mixture, vocabulary
from bertlab.tinyworld.templates import DISCOURSES, SENTENCES


@dataclass(frozen=True)
class World:
    """A lexicon and templates, and the two mixtures that they define over one vocabulary.

    Example, with a word and a sentence of your own::

        world = World.default().with_(
            lexicon={"pet": {"sg": "hamster:2 parrot", "pl": "hamsters:2 parrots"}},
            sentences=[Template(5, "my pet[N] be[N] state[] .")],
        )
    """

    lexicon: Lexicon
    sentence_templates: Sequence[Template]
    discourse_templates: Sequence[Template]
    priors: Mapping[str, Weight]

    @classmethod
    def default(cls) -> "World":
        """Return the world that the notebooks use. Example: `World.default().sentences.sample(7)`."""
        return cls(LEXICON, SENTENCES, DISCOURSES, PRIORS)

    def with_(
        self,
        *,
        lexicon: Lexicon | None = None,
        sentences: Sequence[Template] = (),
        discourses: Sequence[Template] = (),
        priors: Mapping[str, Weight] | None = None,
    ) -> "World":
        """Return a world with more in it; an entry of the lexicon that is given again replaces the old one.

        Example: `World.default().with_(lexicon={"adj": "tiny huge"})`
        """
        return replace(
            self,
            lexicon={**self.lexicon, **(lexicon or {})},
            sentence_templates=[*self.sentence_templates, *sentences],
            discourse_templates=[*self.discourse_templates, *discourses],
            priors={**self.priors, **(priors or {})},
        )

    @cached_property
    def _components(self) -> tuple[list[Component], list[Component]]:
        templates = (self.sentence_templates, self.discourse_templates)
        sentences, discourses = (expand(group, self.lexicon, self.priors) for group in templates)
        return sentences, discourses

    @cached_property
    def words(self) -> list[str]:
        """The vocabulary: a word's place in the list is its id. Example: `world.words[4]` is `"[MASK]"`."""
        return vocabulary([*self._components[0], *self._components[1]], self.lexicon)

    @cached_property
    def sentences(self) -> Mixture:
        """The language of single sentences, `[CLS] … [SEP]`."""
        return make_mixture(self._components[0], self.lexicon, self.words)

    @cached_property
    def discourses(self) -> Mixture:
        """The language of two sentences of which the second follows from the first, `[CLS] … [SEP] … [SEP]`."""
        return make_mixture(self._components[1], self.lexicon, self.words)

    def tokenizer(self) -> BertTokenizer:
        """Return a tokenizer with the ids of this world. Example: `world.tokenizer()("the dog sleeps .").input_ids`."""
        return BertTokenizer(vocab={word: number for number, word in enumerate(self.words)})

    def encode(self, texts: Sequence[str]) -> Int[Tensor, "batch seq"]:
        """Turn texts into ids between [CLS] and [SEP], padded to the longest.

        Example: `world.encode(["the dog [MASK] .", "paris is the capital of france ."])`

        ValueError names the words that this world does not have.
        """
        known = {word: number for number, word in enumerate(self.words)}
        unknown = sorted({word for text in texts for word in text.split()} - set(known))
        if unknown:
            raise ValueError(f"not in this world: {', '.join(unknown)}")
        rows = [[known[word] for word in f"[CLS] {text} [SEP]".split()] for text in texts]
        longest = max(map(len, rows))
        return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])

    def decode(self, input_ids: Int[Tensor, "batch seq"]) -> list[str]:
        """Turn ids into texts, without [CLS], the last [SEP] and [PAD].

        Example: `world.decode(world.encode(["the dog sleeps ."]))` is `["the dog sleeps ."]`
        """
        rows = [[self.words[token] for token in row if token != PAD] for row in input_ids.tolist()]
        return [" ".join(row[1:-1]) for row in rows]
