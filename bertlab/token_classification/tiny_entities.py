"""Names in the tiny world, where the best possible tagger is known, and a small BERT held against it.

    task = EntityTask(world.sentences, hidden=0.7)
    sample = task.draw(4_000, generator)
    figures_of(sample, task.best(sample.input_ids).words)["F1"]

With every word before it, the best tagger is never wrong: what is a name in this language, the words around it tell. So
a share of the words is hidden behind [MASK], as by stains on paper. Stains fall on all words alike, so that the words
that are left say which component c the sentence may come from, as in `bertlab.tinyworld.exact`: P(c | seen) ∝
w_c Π e_ct(x_t) over the positions t that are seen. Each component has its tags.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from bertlab.constants import IGNORED
from bertlab.models import evaluating
from bertlab.small_bert.model import model_inputs, trained_bert
from bertlab.small_bert.training import LiveTraining
from bertlab.tinyworld import MASK, TAGS, Mixture, entity_tags
from bertlab.token_classification.bio import allowed_moves, is_valid
from bertlab.token_classification.entity_scores import entity_score, token_accuracy
from bertlab.token_classification.tagger import Tagger
from bertlab.token_classification.word_batches import WordBatch

BATCH = 64


class TaggedSample(NamedTuple):
    """What can be read of some sentences, and the number of each tag in `TAGS`; -100 at special tokens.

    Example: `task.draw(7, generator).tags`
    """

    input_ids: Int[Tensor, "batch seq"]
    tags: Int[Tensor, "batch seq"]


class Best(NamedTuple):
    """The best tags there are, -100 at special tokens. Example: `task.best(sample.input_ids).words`

    Attributes:
        words: the most probable tag of each word: nothing has more words right, on average.
        sequences: the most probable tags of each sentence: nothing has more sentences right, on average. Neither is
            sure to have the highest F1.
    """

    words: Int[Tensor, "batch seq"]
    sequences: Int[Tensor, "batch seq"]


@dataclass(frozen=True)
class EntityTask:
    """Sentences of a mixture, a share of their words hidden, and what can be known of their tags.

    Example: `EntityTask(world.sentences, hidden=0.7)`
    """

    sentences: Mixture
    hidden: float = 0.0

    @cached_property
    def tags(self) -> Int[Tensor, "components longest"]:
        """The tags of each component. Example: `task.tags[0]`."""
        return entity_tags(self.sentences)

    def draw(self, n: int, generator: torch.Generator) -> TaggedSample:
        """Draw n sentences, and hide words of each. Example: `task.draw(7, torch.Generator().manual_seed(0)).tags`."""
        input_ids, components = self.sentences.sample(n, generator)
        tags = self.tags[components]
        stained = torch.rand(input_ids.shape, generator=generator) < self.hidden
        return TaggedSample(input_ids.masked_fill(stained & (tags != IGNORED), MASK), tags)

    def component_posterior(self, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch components"]:
        """Return P(component | what is seen). Example: `task.component_posterior(sample.input_ids).sum(1)`, all 1.

        ValueError if nothing in this language can be read like that.
        """
        evidence = self.sentences.log_likelihoods(input_ids)
        hidden = (input_ids == MASK)[:, : evidence.shape[1]]
        # A factor of 1 for whatever word: what is hidden says nothing but that it is a word.
        evidence[:, : hidden.shape[1]][hidden] = torch.where(self.sentences.special, -torch.inf, 0.0).double()
        found = self.sentences.component_log_probs(evidence).softmax(1)
        impossible = found.isnan().any(1).nonzero()
        if len(impossible):
            raise ValueError(f"sentence {int(impossible[0])} (from 0) cannot be read in this language")
        return found

    def tag_posterior(self, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch longest tags"]:
        """Return P(tag | what is seen) of each word; 0 at special tokens. Example: `task.tag_posterior(ids)[0, 1]`.

        ValueError as in `component_posterior`.
        """
        labels = one_hot(self.tags.clamp(min=0), len(TAGS)).double() * (self.tags != IGNORED)[..., None]
        return torch.einsum("bc,ctk->btk", self.component_posterior(input_ids), labels)

    def sequence_posterior(
        self, input_ids: Int[Tensor, "batch seq"]
    ) -> tuple[Float[Tensor, "batch sequences"], Int[Tensor, "sequences longest"]]:
        """Return P(tag sequence | what is seen), and the sequences. Example: `task.sequence_posterior(ids)[1]`.

        Lengths count: sequences of one length differ in a tag. ValueError as in `component_posterior`.
        """
        sequences, of_component = self.tags.unique(dim=0, return_inverse=True)
        chances = torch.zeros(len(input_ids), len(sequences), dtype=torch.float64)
        return chances.index_add_(1, of_component, self.component_posterior(input_ids)), sequences

    def best(self, input_ids: Int[Tensor, "batch seq"]) -> Best:
        """Return the tags that cannot be beaten. Example: `task.best(sample.input_ids).sequences`.

        ValueError as in `component_posterior`.
        """
        words = self.tag_posterior(input_ids)
        chances, sequences = self.sequence_posterior(input_ids)
        return Best(words.argmax(2).masked_fill(words.sum(2) == 0, IGNORED), sequences[chances.argmax(1)])


def figures_of(sample: TaggedSample, predicted: Int[Tensor, "batch seq"]) -> dict[str, float]:
    """Measure predicted tags; what they say at special tokens does not count.

    Example: `figures_of(sample, task.best(sample.input_ids).words)["sentences right"]`
    """
    gold, found = (names_of(tags, sample.tags) for tags in (sample.tags, predicted))
    return {
        "token accuracy": token_accuracy(gold, found),
        "F1": entity_score(gold, found, "strict").f1,
        "sentences right": sum(a == b for a, b in zip(gold, found, strict=True)) / len(gold),
        "invalid": sum(not is_valid(tags) for tags in found) / len(found),
    }


def names_of(tags: Int[Tensor, "batch seq"], gold: Int[Tensor, "batch seq"]) -> list[list[str]]:
    """Return the names of tags where there is a word. Example: `names_of(sample.tags, sample.tags)[0]`."""
    return [[TAGS[tag] for tag in own[words].tolist()] for own, words in zip(tags, gold != IGNORED, strict=True)]


def as_word_batch(inputs: dict[str, Tensor], tags: Int[Tensor, "batch seq"]) -> WordBatch:
    """Say which tokens are words: each is one piece. Example: `tagger.predict(as_word_batch(inputs, sample.tags))`."""
    word_ids: list[Any] = []
    for words in (tags != IGNORED).tolist():
        places = iter(range(len(words)))
        word_ids.append([next(places) if word else None for word in words])
    return WordBatch(inputs, word_ids, [range(int(count)) for count in (tags != IGNORED).sum(1)])


def predicted_by(tagger: Tagger, sample: TaggedSample) -> Int[Tensor, "batch seq"]:
    """Return the tags that a tagger predicts, -100 at special tokens. Example: `predicted_by(tagger, sample)`."""
    found = torch.full_like(sample.tags, IGNORED)
    with evaluating(tagger):
        tags = tagger.predict(as_word_batch(model_inputs(sample.input_ids), sample.tags))
    found[sample.tags != IGNORED] = torch.tensor([TAGS.index(tag) for own in tags for tag in own])
    return found


def train_tagger(
    task: EntityTask, crf: bool = False, allowed: bool = False, steps: int = 600, seed: int = 0
) -> LiveTraining:
    """Return a training of the small BERT of notebook 04 as a tagger, on sentences that are drawn for each step.

    Example: `predicted_by(train_tagger(task, crf=True).finish().model, sample)`
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tagger = Tagger(trained_bert(), TAGS, crf, allowed_moves(TAGS) if allowed else None, dropout=0.0)

    def make_batch(step: int) -> dict[str, Tensor]:
        sample = task.draw(BATCH, torch.Generator().manual_seed((seed + 1) * 10**6 + step))
        return model_inputs(sample.input_ids) | {"tags": sample.tags}

    def loss(model: Any, batch: dict[str, Tensor]) -> Tensor:
        inputs = {name: values for name, values in batch.items() if name != "tags"}
        labels = [own[own != IGNORED].tolist() for own in batch["tags"]]
        return model.loss(as_word_batch(inputs, batch["tags"]), labels)

    return LiveTraining(tagger, make_batch, loss, steps)
