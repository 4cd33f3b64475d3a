"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math

import pytest
import torch

from bertlab.attention import exercises
from bertlab.attention.masks import receptive_set


def attend_by_adding(query, key, value, attention_mask):
    added = torch.zeros(len(key)).masked_fill(attention_mask == 0, torch.finfo(torch.float32).min)
    return torch.softmax(query @ key.transpose(0, 1) * query.size(1) ** -0.5 + added, -1) @ value


def attend_with_loops(query, key, value, attention_mask):
    rows = []
    for q in query:
        shares = [math.exp(q @ k / math.sqrt(len(q))) * real for k, real in zip(key, attention_mask, strict=True)]
        rows.append(sum(share * v for share, v in zip(shares, value, strict=True)) / sum(shares))
    return torch.stack(rows)


def attend_with_pytorch(query, key, value, attention_mask):
    return torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask.bool())


def compare_places(length):
    return torch.arange(length)[:, None] >= torch.arange(length)


def reach_by_powers(mask, position, layers):
    step = (mask | torch.eye(len(mask), dtype=torch.bool)).float()
    return {place for place, paths in enumerate(step.matrix_power(layers)[position]) if paths > 0}


def roll_out_in_two_parts(rollout, weights):
    return (sum(head @ rollout for head in weights) / len(weights) + rollout) / 2


RIGHT = [
    (exercises.attend, attend_by_adding),
    (exercises.attend, attend_with_loops),
    (exercises.attend, attend_with_pytorch),
    (exercises.causal_mask, compare_places),
    (exercises.receptive_set, reach_by_powers),
    (exercises.attention_entropy, lambda weights: torch.special.entr(weights).sum(-1)),
    (exercises.attention_entropy, lambda weights: -(weights * (weights + 1e-12).log()).sum(1)),
    (exercises.rollout_step, roll_out_in_two_parts),
]


def forget_the_mask(query, key, value, attention_mask):
    return attend_by_adding(query, key, value, torch.ones_like(attention_mask))


def attend_by(change, mask_values=False):
    """Change the scores before the softmax, or the values that are mixed after it."""

    def attend(query, key, value, attention_mask):
        scores = query @ key.mT / query.shape[1] ** 0.5
        mixed = value * attention_mask[:, None] if mask_values else value
        return change(scores, attention_mask).softmax(1) @ mixed

    return attend


def attend_to_nulled_keys(query, key, value, attention_mask):
    return attend_with_pytorch(query, key * attention_mask[:, None], value, torch.ones_like(attention_mask))


def attend_to_the_first(query, key, value, attention_mask):
    real = int(attention_mask.sum())
    return attend_with_pytorch(query, key[:real], value[:real], torch.ones(real))


def reach(mask, position, layers, keep=lambda seen, layer: set(), steps=int):
    """Follow the attention; `keep` says what of the positions so far goes past it."""
    seen = {position}
    for layer in range(steps(layers)):
        seen = {key for query in seen for key in mask[query].nonzero().flatten().tolist()} | keep(seen, layer)
    return seen


def write_tiny_numbers(weights):
    weights += 1e-12
    return -(weights * weights.log()).sum(1)


MISTAKEN = [
    (exercises.attend, forget_the_mask, "ignores the mask"),
    (exercises.attend, attend_by(lambda s, mask: s + (1 - mask) * float("-inf")), "multiplies 0 by infinity"),
    (exercises.attend, attend_by(lambda s, mask: s, mask_values=True), "multiplies after the softmax"),
    (exercises.attend, attend_to_nulled_keys, "masks with zero"),
    (exercises.causal_mask, lambda length: compare_places(length) * 1, "gives integers"),
    (exercises.receptive_set, lambda *given: reach(*given, keep=lambda seen, layer: seen, steps=lambda n: n - 1),
     "stops one layer short"),
    (exercises.receptive_set, lambda *given: reach(*given) | {given[1]}, "adds itself at the end"),
    (exercises.attention_entropy, lambda weights: torch.special.entr(weights).sum(), "sums up everything"),
    (exercises.attention_entropy, lambda weights: torch.special.entr(weights).sum(1, True), "keeps the column"),
    (exercises.attention_entropy, write_tiny_numbers, "writes into the weights"),
    (exercises.rollout_step, lambda rollout, weights: roll_out_in_two_parts(rollout, weights.mT),
     "turns the weights"),
    (exercises.causal_mask, lambda length: compare_places(length).float(), "gives numbers"),
    (exercises.causal_mask, lambda length: ~compare_places(length), "marks what is hidden"),
    (exercises.receptive_set, lambda mask, i, layers: set(torch.where(mask[i])[0].tolist()), "reads one row"),
    (exercises.attention_entropy, lambda weights: (weights * -weights.log2()).nansum(1), "counts in bits"),
    (exercises.rollout_step, lambda rollout, weights: weights.mean(0) @ rollout, "forgets the residual"),
]  # fmt: skip


WRONG_AT_THE_EDGES = [
    (exercises.attend, attend_to_the_first),
    (exercises.attend, attend_by(lambda s, mask: s - (1 - mask))),
    (exercises.attend, attend_by(lambda s, mask: s + torch.outer(mask, mask).log())),
    (exercises.attention_entropy, lambda weights: torch.special.entr(weights).sum(-1) / math.log(len(weights[0]))),
    (exercises.rollout_step, lambda rollout, weights: roll_out_in_two_parts(rollout, weights[:1])),
    (exercises.receptive_set, lambda *given: reach(*given, keep=lambda seen, layer: seen if layer == 0 else set())),
    (exercises.receptive_set, lambda mask, i, layers: receptive_set(mask, i, min(layers, 2))),
    (exercises.receptive_set, lambda mask, i, layers: receptive_set(mask, i, min(layers, 3))),
]


def test_the_set_that_the_solution_finds_is_that_of_the_lesson():
    for case in exercises.receptive_set.cases:
        assert exercises.positions_reached(*case.args) == receptive_set(*case.args)


def test_the_example_of_the_task_is_among_the_cases():
    """Whoever is right there may be wrong elsewhere, but nobody who is wrong there may pass."""
    chain, position, layers = exercises.receptive_set.cases[5].args
    assert (chain.tolist()[2], position, layers) == ([False, True, False], 2, 2)
    assert exercises.positions_reached(chain, 2, 1) == {1, 2}
    assert exercises.positions_reached(chain, 2, 2) == {0, 1, 2}


def test_pytorch_reads_booleans_in_two_ways():
    """As the message says of `marks what is hidden`."""
    hidden, vectors = ~compare_places(3), torch.eye(3)[None]
    _, weights = torch.nn.MultiheadAttention(3, 1, batch_first=True)(vectors, vectors, vectors, attn_mask=hidden)
    assert (weights[0][hidden] == 0).all()
    assert (weights[0][~hidden] > 0).all()
    mixed = torch.nn.functional.scaled_dot_product_attention(vectors, vectors, vectors, attn_mask=~hidden)
    assert (mixed[0][hidden] == 0).all()


def test_pytorch_refuses_a_mask_of_integers():
    """As the message says of `gives integers`."""
    integers, zeros = torch.ones(2, 2, dtype=torch.long), torch.zeros(1, 2, 4)
    with pytest.raises(RuntimeError, match="dtype"):
        torch.nn.functional.scaled_dot_product_attention(zeros, zeros, zeros, attn_mask=integers)
