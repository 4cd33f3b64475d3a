"""What an ideal model would say about the tiny world: computed, not estimated.

The words around a gap tell which components a sentence may come from, and each component has a distribution for the
gap: P(x_i | rest) = Σ_c P(c | rest) e_ci(x_i), where P(c | rest) ∝ w_c Π_{j≠i} e_cj(x_j). No model that reads the same
can have a lower loss than the one that says exactly this.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.constants import IGNORED
from bertlab.tinyworld.mixture import MASK, Mixture

CHUNK = 256
"""How many positions are computed at a time: some ten megabytes per array, however large the batch."""


def posterior(
    mixture: Mixture, input_ids: Int[Tensor, "batch seq"], masked: Bool[Tensor, "batch seq"]
) -> Float[Tensor, "positions vocab"]:
    """Return P(word | all words that are not masked) for each masked position, in the order of `input_ids[masked]`.

    Example: `posterior(world.sentences, ids, ids == MASK)`

    What stands at a masked position is not looked at; the length is known. Where a sentence has several gaps, each
    distribution is that of one word, whatever goes into the others.

    ValueError if the words that are seen do not occur together in this language.
    """
    found = []
    for sentences, positions in _chunks(masked):
        evidence = mixture.log_likelihoods(input_ids[sentences])
        gaps = masked[sentences, : evidence.shape[1]]
        evidence[:, : gaps.shape[1]][gaps] = 0.0  # a factor of 1: a gap says nothing
        found.append(_rows_at(mixture, evidence, positions, sentences) @ mixture.table)
    return torch.cat([torch.empty(0, mixture.vocab_size, dtype=torch.float64), *found])


class Channel(NamedTuple):
    """How words are corrupted: the share that is selected, and what becomes of these; what is left over is kept.

    Example: `Channel()` is BERT's; `Channel(mask_share=1.0, random_share=0.0)` is 100/0/0.
    """

    rate: float = 0.15
    mask_share: float = 0.8
    random_share: float = 0.1

    def read(self, table: Float[Tensor, "rows vocab"]) -> Float[Tensor, "rows vocab"]:
        """Return the distribution of what is read in place of a word drawn from each row: P(y) for each y.

        Example: `Channel(rate=1.0, mask_share=1.0, random_share=0.0).read(table)[:, MASK]` is all ones.

        (1 − r) e(y) + r · keep · e(y) + r · mask · [y = MASK] + r · random / V, with r the rate.
        """
        keep_share = 1 - self.mask_share - self.random_share
        noisy = (1 - self.rate + self.rate * keep_share) * table + self.rate * self.random_share / table.shape[1]
        noisy[:, MASK] += self.rate * self.mask_share
        return noisy.clamp(min=0)  # 1 - 0.8 - 0.2 is not quite 0


def corrupted_posterior(
    mixture: Mixture,
    corrupted: Int[Tensor, "batch seq"],
    selected: Bool[Tensor, "batch seq"],
    channel: Channel = Channel(),  # noqa: B008 - a tuple of numbers, never changed
) -> Float[Tensor, "positions vocab"]:
    """Return P(original word | all that a model reads) for each selected position, in the order of `labels[selected]`.

    Example: `corrupted_posterior(world.sentences, corrupted, labels != IGNORED)`

    A model does not know which of the words it reads were replaced. So a word anywhere else counts as evidence as far
    as the channel lets it through, selected or not: that the loss is taken there too is not told. At the position
    itself the word is known to be selected, which is what the loss of that position presumes. [CLS], [SEP] and [PAD]
    are never selected.

    ValueError if nothing in this language can have become what is read.
    """
    special = mixture.special[:, None]
    noisy = torch.where(special, mixture.table, channel.read(mixture.table))
    ordinary = torch.where(mixture.special, -torch.inf, 0.0).double()
    identity = torch.eye(mixture.vocab_size, dtype=torch.float64)
    becomes = channel._replace(rate=1.0).read(identity)  # (original, read)
    found = []
    for sentences, positions in _chunks(selected):
        evidence = mixture.log_likelihoods(corrupted[sentences], noisy)
        evidence[torch.arange(len(positions)), positions] = ordinary
        prior = _rows_at(mixture, evidence, positions, sentences) @ mixture.table
        joint = prior * becomes.T[corrupted[sentences, positions]]
        found.append(joint / joint.sum(1, keepdim=True))
    return torch.cat([torch.empty(0, mixture.vocab_size, dtype=torch.float64), *found])


def next_word(mixture: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
    """Return P(x_{t+1} | x_0 … x_t) at each position t, [SEP] and the [PAD] after it included, as causal logits stand.

    Example: `next_word(world.sentences, ids)[:, :-1].gather(2, ids[:, 1:, None]).log().sum(1)` is `log_prob(ids)`.

    ValueError if no sentence of this language begins like that.
    """
    evidence = mixture.log_likelihoods(input_ids)
    longest = mixture.emissions.shape[1]
    found = torch.empty(*input_ids.shape, mixture.vocab_size, dtype=torch.float64)
    everyone = torch.arange(len(input_ids))
    for position in range(input_ids.shape[1]):
        seen = evidence.clone()
        seen[:, position + 1 :] = 0.0
        following = torch.full_like(everyone, min(position + 1, longest - 1))
        found[:, position] = _rows_at(mixture, seen, following, everyone) @ mixture.table
    return found


def entropy(probabilities: Float[Tensor, "positions vocab"]) -> Float[Tensor, " positions"]:
    """Return the entropy −Σ p log p of each distribution, in nats. Example: that of `[[0.5, 0.5]]` is `log(2)`."""
    return -torch.xlogy(probabilities, probabilities).sum(1)


class Floor(NamedTuple):
    """The lowest loss that any model can reach on a batch, in nats.

    Attributes:
        loss: the mean of −log P(original) under the ideal model. Compare a model's loss on the same batch with it.
        entropy: the mean entropy of the ideal model's predictions, which `loss` fluctuates around.
        standard_error: how far `loss` may be from its mean over all batches, sentences being independent.
        losses: −log P(original) at each selected position.
    """

    loss: float
    entropy: float
    standard_error: float
    losses: Float[Tensor, " positions"]


def floor(
    mixture: Mixture,
    corrupted: Int[Tensor, "batch seq"],
    labels: Int[Tensor, "batch seq"],
    channel: Channel = Channel(),  # noqa: B008
) -> Floor:
    """Return the loss of the ideal model on a corrupted batch, with labels as `mask_tokens` gives them.

    Example: `floor(world.sentences, corrupted, labels).loss`

    The standard error is that of a ratio, total loss over total positions (Cochran 1977, Sampling Techniques, 2.11),
    because the positions of one sentence are not independent. ValueError if no position is selected.
    """
    selected = labels != IGNORED
    if not selected.any():
        raise ValueError("no position is selected: every label is -100")
    predictions = corrupted_posterior(mixture, corrupted, selected, channel)
    losses = -predictions.gather(1, labels[selected][:, None])[:, 0].log()
    mean = losses.mean()
    deviations = torch.zeros(len(labels), dtype=torch.float64).index_add_(0, selected.nonzero()[:, 0], losses - mean)
    standard_error = deviations.norm() / len(losses)
    return Floor(mean.item(), entropy(predictions).mean().item(), standard_error.item(), losses)


def _chunks(chosen: Bool[Tensor, "batch seq"]) -> list[tuple[Int[Tensor, " chunk"], Int[Tensor, " chunk"]]]:
    """Return the sentence and the position of each chosen token, some at a time."""
    return [(places[:, 0], places[:, 1]) for places in chosen.nonzero().split(CHUNK) if len(places)]


def _rows_at(
    mixture: Mixture,
    evidence: Float[Tensor, "chunk longest rows"],
    positions: Int[Tensor, " chunk"],
    sentences: Int[Tensor, " chunk"],
) -> Float[Tensor, "chunk rows"]:
    """Return the probability that the word at one position of each sentence comes from each row of the table."""
    weights = mixture.component_log_probs(evidence).softmax(1)  # P(c | rest)
    impossible = sentences[weights.isnan().any(1)]
    if len(impossible):
        raise ValueError(
            f"sentence {impossible[0]} (from 0) cannot occur in this language, corrupted in this way or not"
        )
    rows = torch.zeros(len(weights), len(mixture.table), dtype=torch.float64)
    return rows.scatter_add_(1, mixture.emissions.T[positions], weights)
