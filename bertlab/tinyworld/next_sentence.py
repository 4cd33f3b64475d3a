"""Next-sentence pairs whose best possible accuracy is known.

The two sentences of a discourse are linked by nothing but the component that both were drawn from. A negative takes its
second sentence from another component, and which one decides how hard the task is.
"""

from dataclasses import replace
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.tinyworld.mixture import CLS, PAD, PAD_ROW, SEP, Mixture
from bertlab.tinyworld.world import World

Negatives = Literal["other topic", "same topic", "same template", "swapped"]
IS_NEXT, NOT_NEXT = 0, 1
"""The labels of BERT's own next-sentence head."""


class SentencePairs(NamedTuple):
    """Pairs as BERT reads them, `[CLS] A [SEP] B [SEP]`, padded with [PAD]; label 0 where B follows A, 1 where not."""

    input_ids: Int[Tensor, "batch seq"]
    token_type_ids: Int[Tensor, "batch seq"]
    labels: Int[Tensor, " batch"]


def next_sentence_pairs(
    world: World, n: int, negatives: Negatives, generator: torch.Generator | None = None
) -> SentencePairs:
    """Draw n pairs, each of which is a discourse or a negative with the same probability.

    Example: `next_sentence_pairs(world, 32, "same topic", torch.Generator().manual_seed(0)).labels`

    Negatives: "other topic" takes B from a discourse about something else, as a sentence of another article is;
    "same topic" takes it from another discourse about the same; "same template" from one that is built alike, so that
    only the hidden values tell (*he* after *anna*); "swapped" puts B before A, ALBERT's sentence-order prediction.
    """
    first, second = halves(world.discourses)
    labels = torch.randint(2, (n,), generator=generator)
    components = torch.multinomial(first.weights, n, replacement=True, generator=generator)
    others = components
    if negatives != "swapped":
        drawn = torch.multinomial(partners(world.discourses, negatives)[components], 1, generator=generator)[:, 0]
        others = torch.where(labels == NOT_NEXT, drawn, components)
    before, after = first.draw_words(components, generator), second.draw_words(others, generator)
    swap = labels == NOT_NEXT if negatives == "swapped" else torch.zeros(n, dtype=torch.bool)
    rows = [(b, a) if swapped else (a, b) for a, b, swapped in zip(before, after, swap.tolist(), strict=True)]
    return _join(rows, labels)


def partners(mixture: Mixture, negatives: Negatives) -> Float[Tensor, "components components"]:
    """Return, for the component of a first sentence, the probability of each component for a negative second one.

    Example: `partners(world.discourses, "other topic")[0]`
    """
    templates = [component.template for component in mixture.components]
    kinds = [template.text if negatives == "same template" else template.topic for template in templates]
    numbers = torch.tensor([sorted(set(kinds)).index(kind) for kind in kinds])
    same = numbers[:, None] == numbers
    chances = mixture.weights * (~same if negatives == "other topic" else same)
    return chances / chances.sum(1, keepdim=True)


def next_sentence_posterior(
    world: World, input_ids: Int[Tensor, "batch seq"], negatives: Negatives
) -> Float[Tensor, " batch"]:
    """Return P(B follows A | the pair), given how negatives were made: what an ideal model would say.

    Example: `next_sentence_posterior(world, pairs.input_ids, "same topic")`

    P(A, B | next) / (P(A, B | next) + P(A, B | not)), where P(A, B | next) = Σ_c w_c P(A | c) P(B | c) and, with p the
    table of `partners`, P(A, B | not) = Σ_c w_c P(A | c) Σ_d p_cd P(B | d). Swapped: P(A, B | not) = P(B, A | next).
    """
    first, second = halves(world.discourses)
    before, after = split(input_ids, input_ids == SEP, CLS, PAD)
    joint = _likelihoods(first, before) * first.weights  # (batch, components): P(A, c)
    following = (joint * _likelihoods(second, after)).sum(1)
    if negatives == "swapped":
        not_following = (_likelihoods(first, after) * _likelihoods(second, before)) @ first.weights
    else:
        table = partners(world.discourses, negatives)
        not_following = (joint * (_likelihoods(second, after) @ table.T)).sum(1)
    return following / (following + not_following)


def best_accuracy(posterior: Float[Tensor, " batch"]) -> float:
    """Return the share of pairs that the ideal model is expected to get right: the mean of max(p, 1 − p).

    Example: `best_accuracy(next_sentence_posterior(world, pairs.input_ids, "same topic"))`
    """
    return torch.maximum(posterior, 1 - posterior).mean().item()


def halves(mixture: Mixture) -> tuple[Mixture, Mixture]:
    """Return the languages of the first and of the second sentences of discourses, component by component.

    Example: `first, second = halves(world.discourses)`
    """
    ends = (mixture.table[:, SEP] == 1)[mixture.emissions]
    start = int(mixture.emissions[0, 0])
    before, after = split(mixture.emissions, ends, start, PAD_ROW)
    return replace(mixture, emissions=before), replace(mixture, emissions=after)


def split(
    rows: Int[Tensor, "batch seq"], ends: Bool[Tensor, "batch seq"], start: int, pad: int
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Cut each row after its first end; the second part gets a start of its own. Both are padded to the old length.

    Example: `split(ids, ids == SEP, CLS, PAD)` makes `[CLS] A [SEP] B [SEP]` into `[CLS] A [SEP]` and `[CLS] B [SEP]`.
    """
    cuts = ends.int().argmax(1, keepdim=True) + 1  # (batch, 1): the length of the first part
    places = torch.arange(rows.shape[1])
    before = torch.where(places < cuts, rows, pad)
    moved = places + cuts - 1  # where the word comes from that stands at a place of the second part
    after = torch.where(moved < rows.shape[1], rows.gather(1, moved.clamp(max=rows.shape[1] - 1)), pad)
    after[:, 0] = start
    return before, after


def _likelihoods(half: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch components"]:
    """Return P(sentence | component)."""
    return (half.component_log_probs(half.log_likelihoods(input_ids)) - half.weights.log()).exp()


def _join(rows: list[tuple[Tensor, Tensor]], labels: Int[Tensor, " batch"]) -> SentencePairs:
    """Put pairs of `[CLS] … [SEP]` into one sequence each."""
    pairs = [(a[a != PAD], b[b != PAD][1:]) for a, b in rows]
    ids = [torch.cat(pair) for pair in pairs]
    types = [torch.cat([torch.zeros_like(a), torch.ones_like(b)]) for a, b in pairs]
    pad = torch.nn.utils.rnn.pad_sequence
    return SentencePairs(pad(ids, batch_first=True, padding_value=PAD), pad(types, batch_first=True), labels)
