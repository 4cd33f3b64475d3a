"""The exercises of notebook 03: attention with padding, causal mask, receptive set, entropy, a step of rollout."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.attention.masks import causal_mask as make_causal_mask
from bertlab.attention.masks import full_mask, padding_mask
from bertlab.attention.mistakes import attend as wrong_attention
from bertlab.attention.mistakes import attention_entropy as wrong_entropies
from bertlab.attention.mistakes import causal_mask as wrong_masks
from bertlab.attention.mistakes import receptive_set as wrong_sets
from bertlab.attention.mistakes import rollout_step as wrong_steps
from bertlab.attention.reading import attention_entropy as measure_entropy
from bertlab.attention.reading import rollout_step as take_step
from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise


def padded_attention(
    query: Float[Tensor, "seq d"],
    key: Float[Tensor, "seq d"],
    value: Float[Tensor, "seq width"],
    attention_mask: Int[Tensor, " seq"],
) -> Float[Tensor, "seq width"]:
    """Return softmax(QKᵀ / √d) V over those keys whose `attention_mask` is 1.

    Example: `padded_attention(torch.zeros(2, 4), torch.ones(2, 4), torch.tensor([[6.0], [9.0]]), torch.tensor([1, 0]))`
    is `torch.tensor([[6.0], [6.0]])`.
    """
    scores = query @ key.T / math.sqrt(query.shape[-1])  # (query, key)
    scores = scores.masked_fill(attention_mask == 0, -math.inf)  # the same columns for every query
    return scores.softmax(dim=-1) @ value


_QUERY = torch.tensor([[1.0, 0, 2, 0, 1], [0, 1, 0, 1, 0], [2, 1, 0, 0, 1]])
_KEY = torch.tensor([[1.0, 1, 0, 0, 1], [0, 2, 1, 1, 0], [1, 0, 0, 1, 1]])
_VALUE = torch.tensor([[1.0, 0], [0, 2], [4, 4]])

attend = Exercise(
    id="attention.attend",
    title="Attention that ignores padding",
    reference=padded_attention,
    cases=[
        Case(torch.tensor([[1.0], [2]]), torch.tensor([[0.0], [1]]), torch.tensor([[0.0], [8]]), torch.tensor([1, 1])),
        Case(torch.tensor([[1.0], [2]]), torch.tensor([[0.0], [1]]), torch.tensor([[3.0], [8]]), torch.tensor([1, 0])),
        Case(_QUERY, _KEY, _VALUE, torch.tensor([1, 1, 1])),
        Case(_QUERY, _KEY, _VALUE, torch.tensor([1, 1, 0])),
        Case(_QUERY, _KEY, _VALUE, torch.tensor([0, 1, 1])),
    ],
    hints=[
        "Three steps: a score for each query and key, the softmax over the keys of each query, the mean of the values"
        " with these weights.",
        "The scores are `query @ key.T`, one row per query, divided by the square root of the width of a query. The"
        " weights of one row must have the sum 1.",
        "Padding has to go before the softmax: `scores.masked_fill(attention_mask == 0, float('-inf'))`. Which"
        " `dim` does the softmax take, and what is multiplied with `value`?",
    ],
    mistakes=mistakes.of(wrong_attention),
)

causal_mask = Exercise(
    id="attention.causal_mask",
    title="No look at the future",
    reference=make_causal_mask,
    cases=[Case(1), Case(2), Case(3), Case(5)],
    hints=[
        "Draw it for three tokens: a row for each query, a column for each key. What may the first query use?",
        "Row 0 has one True, row 1 has two. The present token may be used: which half of the square is that, and does"
        " the diagonal belong to it?",
        "`torch.ones(length, length, dtype=torch.bool)` is the mask that hides nothing, and `.tril()` keeps the lower"
        " left half of a matrix.",
    ],
    mistakes=mistakes.of(wrong_masks),
)


def positions_reached(mask: Bool[Tensor, "seq seq"], position: int, layers: int = 1) -> set[int]:
    """Return the positions whose input can reach the output at `position`: one more round of looking in each layer.

    Example: `positions_reached(torch.tensor([[True, False], [True, False]]), 1)` is `{0, 1}`.
    """
    seen = {position}
    for _ in range(layers):
        seen |= {key for query in seen for key in mask[query].nonzero().flatten().tolist()}
    return seen


_CHAIN = torch.tensor([[True, False, False], [True, False, False], [False, True, False]])
_NEIGHBOURS = full_mask(6).tril(1).triu(-1)
_PADDED = padding_mask(torch.tensor([1, 1, 1, 0]))

receptive_set = Exercise(
    id="attention.receptive_set",
    title="What can reach this output?",
    reference=positions_reached,
    cases=[
        Case(full_mask(3), 1, 1),
        Case(make_causal_mask(3), 1, 1),
        Case(_PADDED, 1, 1),
        Case(_PADDED, 3, 1),
        Case(_CHAIN, 2, 1),
        Case(_CHAIN, 2, 2),
        Case(make_causal_mask(4), 2, 12),
        Case(_NEIGHBOURS, 0, 1),
        Case(_NEIGHBOURS, 3, 2),
        Case(_NEIGHBOURS, 0, 4),
    ],
    hints=[
        "Before the first layer, a position holds its own token and no other: begin with `{position}`.",
        "One layer: whatever is in the set so far brings along all that its *row* of the mask is True for. Nothing is"
        " lost on the way: the residual connection keeps what was there.",
        "`mask[i].nonzero().flatten().tolist()` lists the keys that query i may use. Take the union over all i in the"
        " set, `layers` times.",
    ],
    mistakes=mistakes.of(wrong_sets),
)

attention_entropy = Exercise(
    id="attention.attention_entropy",
    title="How spread out is it?",
    reference=measure_entropy,
    cases=[
        Case(torch.tensor([[0.5, 0.5]])),
        Case(torch.tensor([[0.0, 1.0]])),
        Case(torch.tensor([[0.25, 0.25, 0.5], [0.1, 0.2, 0.7]])),
        Case(torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0]])),
        Case(torch.tensor([0.5, 0.5, 0]).expand(2, 3)),  # one row seen twice: PyTorch lets nobody write into it
    ],
    hints=[
        "The entropy of a row of weights p is -Σ p log p, with the natural logarithm: one number per row.",
        "Try your function on `[0.0, 1.0]`. What is `torch.tensor(0.0).log()`, and what is 0 times that?",
        "Where a weight is 0, put something harmless into the logarithm, for the product is 0 whatever it is:"
        " `torch.where(weights > 0, weights, 1.0).log()`.",
    ],
    mistakes=mistakes.of(wrong_entropies),
)

_TWO_HEADS = torch.tensor([[[1.0, 0], [0.5, 0.5]], [[0.5, 0.5], [0, 1]]])
_ONE_HEAD = torch.tensor([[[0.0, 1, 0], [0, 0, 1], [0.5, 0, 0.5]]])

rollout_step = Exercise(
    id="attention.rollout_step",
    title="One layer further",
    reference=take_step,
    cases=[
        Case(torch.eye(2), _TWO_HEADS),
        Case(torch.tensor([[0.75, 0.25], [0.25, 0.75]]), _TWO_HEADS),
        Case(torch.tensor([[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1]]), _ONE_HEAD),
    ],
    hints=[
        "What one layer does to the mixture: half of it is the mean of the heads, the other half leaves everything"
        " where it is. Which matrix leaves everything where it is?",
        "`layer = 0.5 * weights.mean(dim=0) + 0.5 * torch.eye(n)`: row i says how much of each position of the layer"
        " below goes into position i.",
        "And `rollout` says how much of each input is in that position below: a matrix product, with this layer on the"
        " left.",
    ],
    mistakes=mistakes.of(wrong_steps),
)
