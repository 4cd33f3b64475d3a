"""What a sentence's probability is made of, what a causal model learns of it, and what BERT does not.

P(x_1 … x_n) = Π_t P(x_t | x_1 … x_{t-1}): conditionals multiply to a probability if each of them holds what stands
before, and nothing else. How sentences are written from such conditionals, and from others: `bertlab.samplers`.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.masked_language_modeling.training import mlm_batch, mlm_losses
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import CLS, MASK, PAD, SEP, Channel, Mixture
from bertlab.why_bert_cannot_generate.predictors import Predict, causal_visibility

CAUSAL_BATCH_SIZE, CAUSAL_STEPS = 48, 600
"""A run of some 25 seconds on one core, which ends about 0.02 nats above the exact floor."""


def causal_labels(input_ids: Int[Tensor, "batch seq"]) -> Int[Tensor, "batch seq"]:
    """Return the next token for each position, -100 where there is none: at the end of a sentence and in its padding.

    Example: `causal_labels(torch.tensor([[2, 7, 8, 3, 0]])).tolist()` is `[[7, 8, 3, -100, -100]]`
    """
    following = nn.functional.pad(input_ids[:, 1:], (0, 1), value=PAD)
    return following.masked_fill(following == PAD, IGNORED)


def causal_inputs(input_ids: Int[Tensor, "batch seq"]) -> dict[str, Int[Tensor, "batch ..."]]:
    """Return what a causal model reads, and `labels`. Example: `mlm_losses(model, causal_inputs(ids))`."""
    inputs = model_inputs(input_ids)
    visible = causal_visibility(inputs["attention_mask"])
    return {**inputs, "attention_mask": visible, "labels": causal_labels(input_ids)}


def causal_batch(mixture: Mixture, size: int, seed: int) -> dict[str, Int[Tensor, "batch ..."]]:
    """Draw `size` sentences for a causal model to learn from. Example: `causal_batch(world.sentences, 48, seed=0)`."""
    return causal_inputs(mixture.sample(size, torch.Generator().manual_seed(seed)).input_ids)


def all_rates_batch(
    mixture: Mixture, size: int, seed: int, channel: Channel, groups: int = 12
) -> dict[str, Int[Tensor, "batch seq"]]:
    """Draw sentences of which any share is hidden, from none to all: a group for each twelfth between 0 and 1.

    Example: `all_rates_batch(world.sentences, 144, seed=0, channel=Channel())`

    Within its twelfth a group's rate is drawn by lot. `channel` says what becomes of the hidden words; its own rate
    does not count. ValueError if the groups cannot be equally large.
    """
    if size % groups:
        raise ValueError(f"{size} sentences do not make {groups} equal groups: give a multiple of {groups}")
    lots = torch.rand(groups, generator=torch.Generator().manual_seed(seed)).tolist()
    parts = [
        mlm_batch(mixture, size // groups, seed * groups + group, channel._replace(rate=(group + lot) / groups))
        for group, lot in enumerate(lots)
    ]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


@torch.inference_mode()
def causal_log_prob(model: nn.Module, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """Return log P(sentence) under a causal model, in nats: the sum of its next-word log-probabilities.

    Example: `causal_log_prob(model, world.encode(["the dog sleeps ."]))`

    The last factor is that of [SEP]: a sentence is not over until it says so. One pass for all factors.
    """
    inputs = causal_inputs(input_ids)
    sentence = (inputs["labels"] != IGNORED).nonzero()[:, 0]
    total = torch.zeros(len(input_ids), dtype=torch.float64)
    return total.index_add(0, sentence, -mlm_losses(model, inputs).double())


def ordered_log_prob(
    predict: Predict, input_ids: Int[Tensor, " seq"], order: Iterable[int], mask_token_id: int = MASK
) -> float:
    """Add up log P(word | words that come earlier in this order), all of them being hidden at first; in nats.

    Example: `ordered_log_prob(predict, ids, range(1, len(ids) - 1))` from the left; `reversed(...)`, from the right.

    Conditionals of one distribution give the same sum in every order.
    """
    places = list(order)
    rows, asked = input_ids.repeat(len(places), 1), torch.zeros(len(places), len(input_ids), dtype=torch.bool)
    for turn, place in enumerate(places):
        rows[turn, places[turn:]] = mask_token_id
        asked[turn, place] = True
    return predict(rows, asked).gather(1, input_ids[places][:, None]).log().sum().item()


def pseudo_log_prob(predict: Predict, input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """Add up log P(word | all other words): the pseudo-log-likelihood of sentences of the tiny world, in nats.

    Example: `pseudo_log_prob(ideal(world.sentences), world.encode(["the dog sleeps ."]))`
    """
    sentence, place = (input_ids > MASK).nonzero().T  # one row for each word
    rows = input_ids[sentence]
    rows[torch.arange(len(rows)), place] = MASK
    found = predict(rows, rows == MASK).gather(1, input_ids[sentence, place][:, None])[:, 0].log().double()
    return torch.zeros(len(input_ids), dtype=torch.float64).index_add(0, sentence, found)


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
    """How good a set of written sentences is, held against the language they should come from.

    Attributes:
        allowed: the share that the grammar allows.
        log_prob: the mean exact log P of those, in nats; minus the entropy would be right, more is bland.
        distinct: the share that is left if each sentence is counted once.
        templates: as many equally frequent templates would be as varied as those of the allowed sentences.
    """

    allowed: float
    log_prob: float
    distinct: float
    templates: float


def judge(mixture: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Quality:
    """Judge written sentences by the truth. Example: `judge(world.sentences, written).allowed`.

    A sentence that several templates can give counts for the likeliest. Without an allowed sentence, `log_prob` is NaN
    and `templates` is 0.
    """
    log_probs = mixture.log_prob(input_ids)
    right = log_probs.isfinite()
    shares = template_numbers(mixture, input_ids[right]).bincount().double() / max(1, int(right.sum()))
    return Quality(
        allowed=right.double().mean().item(),
        log_prob=log_probs[right].mean().item(),
        distinct=len(input_ids.unique(dim=0)) / len(input_ids),
        templates=(-torch.xlogy(shares, shares).sum()).exp().item() if right.any() else 0.0,
    )


def template_numbers(mixture: Mixture, input_ids: Int[Tensor, "batch seq"]) -> Int[Tensor, " batch"]:
    """Return the number of the template that each allowed sentence comes from, most likely; they count from 0.

    Example: `template_numbers(world.sentences, ids).bincount(minlength=28)`
    """
    number = {template: place for place, template in enumerate(dict.fromkeys(c.template for c in mixture.components))}
    kinds = torch.tensor([number[component.template] for component in mixture.components])
    parts = [mixture.component_log_probs(mixture.log_likelihoods(ids)).argmax(1) for ids in input_ids.split(256)]
    return kinds[torch.cat(parts)]
