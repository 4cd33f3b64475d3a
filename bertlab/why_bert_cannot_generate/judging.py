"""What is written, judged by the exact language: is it allowed, how varied is it, and what can still become of it?"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.tinyworld import CLS, MASK, PAD, SEP, Mixture


def blank_sentences(
    mixture: Mixture, size: int, generator: torch.Generator | None = None
) -> Int[Tensor, "batch longest"]:
    """Return `[CLS] [MASK] … [SEP]`, as long as sentences of the language are: each length as often as there.

    Example: `blank_sentences(world.sentences, 1_000, generator)`
    """
    lengths = mixture.lengths[torch.multinomial(mixture.weights, size, replacement=True, generator=generator)]
    place, last = torch.arange(mixture.emissions.shape[1]), lengths[:, None] - 1
    blanks = torch.where(place < last, MASK, torch.where(place == last, SEP, PAD))
    blanks[:, 0] = CLS
    return blanks


def unlimited(mixture: Mixture, size: int) -> Int[Tensor, "batch longest"]:
    """Return `[CLS] [MASK] [MASK] …` up to the longest sentence: a causal model says itself where a sentence ends.

    Example: `left_to_right(next_token(causal), blanks, blanks == MASK)` for `blanks = unlimited(world.sentences, 7)`
    """
    blanks = torch.full((size, mixture.emissions.shape[1]), MASK)
    blanks[:, 0] = CLS
    return blanks


def log_prob_so_far(mixture: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """Return log P(what is printed), each [MASK] standing for anything; -inf if it can become no sentence any more.

    Example: `log_prob_so_far(world.sentences, world.encode(["the dog [MASK] ."])).exp()`
    """
    evidence = mixture.log_likelihoods(input_ids)
    evidence[:, : input_ids.shape[1]][input_ids == MASK] = 0.0  # a factor of 1: a gap says nothing
    return mixture.component_log_probs(evidence).logsumexp(1)


class Quality(NamedTuple):
    """How good a set of written sentences is, compared with the language that they should come from.

    Example: `Quality(allowed=0.93, templates=26.3)`

    Attributes:
        allowed: the share that the grammar allows.
        templates: how varied those are: the number of equally frequent templates that would be as varied.
    """

    allowed: float
    templates: float


def judge(mixture: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Quality:
    """Judge written sentences by the truth. Example: `judge(world.sentences, written).allowed`.

    The number of templates is e to the entropy of their shares; without an allowed sentence it is 0.
    """
    right = mixture.log_prob(input_ids).isfinite()
    shares = template_numbers(mixture, input_ids[right]).bincount().double() / max(1, int(right.sum()))
    return Quality(
        allowed=right.double().mean().item(),
        templates=(-torch.xlogy(shares, shares).sum()).exp().item() if right.any() else 0.0,
    )


def template_numbers(mixture: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Int[Tensor, " batch"]:
    """Return the number of the template that each allowed sentence most likely comes from, counted from 0.

    Example: `template_numbers(world.sentences, ids).bincount(minlength=28)`
    """
    kinds = template_of_component(mixture)
    parts = [mixture.component_log_probs(mixture.log_likelihoods(ids)).argmax(1) for ids in input_ids.split(256)]
    return kinds[torch.cat(parts)]


def template_of_component(mixture: Mixture) -> Int[Tensor, " components"]:
    """Return the number of each component's template, counted from 0 in the order in which they occur.

    Example: `int(template_of_component(world.sentences).max()) + 1` is `28`
    """
    number = {template: place for place, template in enumerate(dict.fromkeys(c.template for c in mixture.components))}
    return torch.tensor([number[component.template] for component in mixture.components])


def words_between_templates(mixture: Mixture) -> int:
    """Return in how many words, at least, two sentences of the same length differ if their templates do.

    Example: `words_between_templates(world.sentences)` is `2`: no change of one word leads from template to template.

    Two components must differ wherever no word can come from both. ValueError if no two templates share a length.
    """
    gives = (mixture.table > 0).double()
    apart = gives @ gives.T == 0  # (rows, rows): no word can come from both rows
    templates = template_of_component(mixture)
    found: list[int] = []
    for length in mixture.lengths.unique():
        here = mixture.lengths == length
        differ = torch.stack([apart[rows][:, rows] for rows in mixture.emissions[here].T]).sum(0)
        others = templates[here][:, None] != templates[here]
        found += differ[others].tolist()
    if not found:
        raise ValueError("no two templates have sentences of the same length: there is nothing to compare")
    return min(found)
