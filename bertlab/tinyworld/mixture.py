"""A language as a mixture of products: P(x) = Σ_c w_c Π_t e_ct(x_t).

A component c (a template with its hidden values chosen) has a weight w_c and, at each position t, a distribution over
words e_ct that depends on no other position. All that is exact about the tiny world follows from this one formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.constants import SPECIAL_TOKENS
from bertlab.tinyworld.grammar import Component, Lexicon, Source, source_words

PAD, UNK, CLS, SEP, MASK = range(5)
PAD_ROW = 0
"""The row of the table that gives [PAD] and nothing else."""


class Sample(NamedTuple):
    """Sentences that were drawn, and the component that each came from."""

    input_ids: Int[Tensor, "batch seq"]
    components: Int[Tensor, " batch"]


@dataclass(frozen=True)
class Mixture:
    """A mixture of products over sequences `[CLS] … [SEP]`, all padded with [PAD] to the longest.

    Example: `world.sentences.log_prob(ids)`

    Distributions over words that several positions share are kept once, as rows of `table`.

    Attributes:
        weights: the probability of each component.
        emissions: for each component and position, a row of `table`.
        table: distributions over the vocabulary.
        special: which rows are [CLS], [SEP] or [PAD]: never masked, never replaced.
        components: what each component is made of.
    """

    weights: Float[Tensor, " components"]
    emissions: Int[Tensor, "components seq"]
    table: Float[Tensor, "rows vocab"]
    special: Bool[Tensor, " rows"]
    components: Sequence[Component]

    @property
    def lengths(self) -> Int[Tensor, " components"]:
        """The number of tokens of each component, [CLS] and [SEP] included."""
        return (self.emissions != PAD_ROW).sum(1)

    @property
    def vocab_size(self) -> int:
        """The number of words, special tokens included."""
        return self.table.shape[1]

    def sample(self, n: int, generator: torch.Generator | None = None) -> Sample:
        """Draw n sentences. Example: `world.sentences.sample(7, torch.Generator().manual_seed(0)).input_ids`."""
        components = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        return Sample(self.draw_words(components, generator), components)

    def draw_words(
        self, components: Int[Tensor, " batch"], generator: torch.Generator | None = None
    ) -> Int[Tensor, "batch longest"]:
        """Draw a sentence from each of the given components. Example: `mixture.draw_words(torch.tensor([0, 0, 7]))`."""
        rows = self.emissions[components]  # (batch, longest)
        # One sorted list holds all distributions: row r rises from r to r + 1. 24 random bits keep r + u exact.
        rising = torch.arange(len(self.table))[:, None] + self.table.cumsum(1) / self.table.sum(1, keepdim=True)
        draws = rows + torch.rand(rows.shape, generator=generator).double()
        return torch.searchsorted(rising.flatten(), draws, right=True) - rows * self.vocab_size

    def only(self, chosen: Bool[Tensor, " components"]) -> "Mixture":
        """Return the part of the language that the chosen components make up, its weights scaled to sum to 1.

        Example: `world.sentences.only(world.sentences.lengths == 7)`
        """
        weights = self.weights[chosen]
        components = [component for component, keep in zip(self.components, chosen.tolist(), strict=True) if keep]
        emissions = self.emissions[chosen]
        return replace(self, weights=weights / weights.sum(), emissions=emissions, components=components)

    def log_prob(self, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
        """Return log Σ_c w_c Π_t e_ct(x_t) for each sequence, in nats; -inf for one that the language does not have.

        Example: `world.sentences.log_prob(world.encode(["the dog sleeps ."])).exp()`
        """
        chunks = [self.component_log_probs(self.log_likelihoods(ids)).logsumexp(1) for ids in input_ids.split(256)]
        return torch.cat(chunks)

    def log_likelihoods(
        self, input_ids: Int[Tensor, "batch seq"], table: Float[Tensor, "rows vocab"] | None = None
    ) -> Float[Tensor, "batch longest rows"]:
        """Return log e(x_t) of each word under each row of the table (or of another one).

        Example: `world.sentences.log_likelihoods(ids)[0, 1].exp()`, how well each row explains the first word.

        Padded to the longest sequence that the language has; a longer one is impossible: -inf throughout.
        """
        longest = self.emissions.shape[1]
        padded = torch.nn.functional.pad(input_ids, (0, max(0, longest - input_ids.shape[1])), value=PAD)
        evidence = (self.table if table is None else table).log().T[padded[:, :longest]]
        evidence[(padded[:, longest:] != PAD).any(1)] = -torch.inf
        return evidence

    def component_log_probs(self, evidence: Float[Tensor, "batch longest rows"]) -> Float[Tensor, "batch components"]:
        """Return log w_c + Σ_t log e_ct(x_t), given the log-likelihood of each position under each row.

        Example: `mixture.component_log_probs(mixture.log_likelihoods(ids)).softmax(1)`, P(component | sentence).
        """
        total = self.weights.log().expand(len(evidence), -1).clone()
        for position, rows in enumerate(self.emissions.T):
            total += evidence[:, position].index_select(1, rows)
        return total


def vocabulary(components: Sequence[Component], lexicon: Lexicon) -> list[str]:
    """Return the special tokens and then every word that occurs, in alphabetical order: a word's place is its id.

    Example: `vocabulary(components, LEXICON)[:2]` is `["[PAD]", "[UNK]"]`
    """
    sources = {source for component in components for source in component.sources}
    words = {word for source in sources for word in source_words(source, lexicon)}
    return [*SPECIAL_TOKENS, *sorted(words - set(SPECIAL_TOKENS))]


def make_mixture(components: Sequence[Component], lexicon: Lexicon, words: Sequence[str]) -> Mixture:
    """Build the mixture of some components over a vocabulary. Example: `make_mixture(components, LEXICON, words)`."""
    start, end, pad = (Source("", SPECIAL_TOKENS[token]) for token in (CLS, SEP, PAD))
    longest = 2 + max(len(component.sources) for component in components)
    sequences = [
        [start, *component.sources, end] + [pad] * (longest - 2 - len(component.sources)) for component in components
    ]
    distinct = dict.fromkeys([pad, *(source for sequence in sequences for source in sequence)])
    row = {source: number for number, source in enumerate(distinct)}
    ids = {word: number for number, word in enumerate(words)}
    table = torch.zeros(len(row), len(words), dtype=torch.float64)
    for source, number in row.items():
        for word, probability in source_words(source, lexicon).items():
            table[number, ids[word]] = probability
    return Mixture(
        weights=torch.tensor([component.probability for component in components], dtype=torch.float64),
        emissions=torch.tensor([[row[source] for source in sequence] for sequence in sequences]),
        table=table,
        special=torch.tensor([source.entry == "" and source.value in SPECIAL_TOKENS for source in row]),
        components=components,
    )
