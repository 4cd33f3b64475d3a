"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math

import pytest
import torch

from bertlab.exercises import attention as exercises
from bertlab.exercises.display import State


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


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (exercises.attend, attend_by_adding),
        (exercises.attend, attend_with_loops),
        (exercises.attend, attend_with_pytorch),
        (exercises.causal_mask, compare_places),
        (exercises.receptive_set, reach_by_powers),
        (exercises.attention_entropy, lambda weights: torch.special.entr(weights).sum(-1)),
        (exercises.attention_entropy, lambda weights: -(weights * (weights + 1e-12).log()).sum(1)),
        (exercises.rollout_step, roll_out_in_two_parts),
    ],
)
def test_a_right_answer_may_be_written_otherwise(exercise, answer):
    verdict = exercise.check(answer)
    assert verdict.state == State.CORRECT, repr(verdict)


def forget_the_mask(query, key, value, attention_mask):
    return attend_by_adding(query, key, value, torch.ones_like(attention_mask))


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [
        (exercises.attend, forget_the_mask, "ignores the mask"),
        (exercises.causal_mask, lambda length: compare_places(length).float(), "gives numbers"),
        (exercises.causal_mask, lambda length: ~compare_places(length), "marks what is hidden"),
        (exercises.receptive_set, lambda mask, i, layers: set(torch.where(mask[i])[0].tolist()), "reads one row"),
        (exercises.attention_entropy, lambda weights: (weights * -weights.log2()).nansum(1), "counts in bits"),
        (exercises.rollout_step, lambda rollout, weights: weights.mean(0) @ rollout, "forgets the residual"),
    ],
)
def test_a_mistake_may_be_made_otherwise(exercise, answer, name):
    verdict = exercise.check(answer)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, name), repr(verdict)
