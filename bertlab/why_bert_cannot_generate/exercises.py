"""The exercises of notebook 06: causal labels and mask, log P of a sentence, mask-predict's choice, the bill."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.why_bert_cannot_generate.mistakes import bill as wrong_bills
from bertlab.why_bert_cannot_generate.mistakes import causal_labels as wrong_labels
from bertlab.why_bert_cannot_generate.mistakes import causal_visibility as wrong_masks
from bertlab.why_bert_cannot_generate.mistakes import hide_again as wrong_choices
from bertlab.why_bert_cannot_generate.mistakes import sentence_log_prob as wrong_sums

PAD = 0


def shifted_labels(input_ids: Int[Tensor, "batch seq"]) -> Int[Tensor, "batch seq"]:
    """Return the next token for each position; -100 where there is none, or only padding.

    Example: `shifted_labels(torch.tensor([[2, 7, 8, 3, 0]])).tolist()` is `[[7, 8, 3, -100, -100]]`
    """
    labels = torch.full_like(input_ids, -100)
    following = input_ids[:, 1:]
    labels[:, :-1] = following.masked_fill(following == PAD, -100)
    return labels


causal_labels = Exercise(
    id="why_bert_cannot_generate.causal_labels",
    title="The labels of a causal model",
    reference=shifted_labels,
    cases=[
        Case(torch.tensor([[2, 7, 8, 3, 0]])),
        Case(torch.tensor([[2, 7, 8, 3, 0, 0], [2, 9, 11, 12, 13, 3]])),
        Case(torch.tensor([[2, 3, 0], [2, 5, 3]])),
    ],
    hints=[
        "Which token is to be predicted at [CLS]? And is there one at the last [SEP]?",
        "Begin with -100 everywhere. Then write `input_ids[:, 1:]` over all but the last column.",
        "Where the next token is padding, there is no next token: `masked_fill(following == 0, -100)`.",
    ],
    mistakes=mistakes.of(wrong_labels),
)


def visible_to_each(attention_mask: Int[Tensor, "batch seq"]) -> Int[Tensor, "batch seq seq"]:
    """Return 1 where a token (row) may see a token (column): no later one, and no padding.

    Example: `visible_to_each(torch.tensor([[1, 1, 0]])).tolist()` is `[[[1, 0, 0], [1, 1, 0], [1, 1, 0]]]`
    """
    length = attention_mask.shape[1]
    earlier = torch.ones(length, length, dtype=torch.long).tril()  # the diagonal included
    return earlier * attention_mask[:, None, :]


causal_visibility = Exercise(
    id="why_bert_cannot_generate.causal_visibility",
    title="What a causal model may see",
    reference=visible_to_each,
    cases=[
        Case(torch.tensor([[1, 1, 0]])),
        Case(torch.tensor([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1]])),  # padded on the right, and on the left
    ],
    hints=[
        "Draw the square for three tokens: a row for each token that looks, a column for each that is looked at.",
        "`torch.ones(T, T).tril()` has ones on and below the diagonal: each token sees itself and what is before it.",
        "Padding makes whole *columns* 0: multiply by `attention_mask[:, None, :]`.",
    ],
    mistakes=mistakes.of(wrong_masks),
)


def add_up(logits: Float[Tensor, "batch seq vocab"], input_ids: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """Return log P of each sentence: the sum of log P(next token) over its tokens, [SEP] being the last.

    Example: `add_up(torch.zeros(1, 3, 4), torch.tensor([[2, 3, 0]])).exp().item()` is `0.25`
    """
    following = input_ids[:, 1:]
    found = logits[:, :-1].log_softmax(-1).gather(2, following[..., None])[..., 0]  # (batch, seq - 1)
    return found.masked_fill(following == PAD, 0).sum(1)


def _logits(batch: int, seq: int, seed: int) -> Tensor:
    return 2 * torch.randn(batch, seq, 9, generator=torch.Generator().manual_seed(seed))


sentence_log_prob = Exercise(
    id="why_bert_cannot_generate.sentence_log_prob",
    title="The log-probability of a sentence",
    reference=add_up,
    cases=[
        Case(torch.tensor([[[0.0, 0, 0, 2], [0, 0, 0, 1], [0, 0, 0, 0]]]), torch.tensor([[2, 3, 0]])),
        Case(_logits(1, 4, 0), torch.tensor([[2, 7, 8, 3]])),
        Case(_logits(3, 6, 1), torch.tensor([[2, 7, 8, 3, 0, 0], [2, 5, 3, 0, 0, 0], [2, 6, 6, 7, 5, 3]])),
    ],
    hints=[
        "The logits at a position are about the token *after* it. Which columns of both tensors belong together?",
        "`logits[:, :-1].log_softmax(-1)` beside `input_ids[:, 1:]`; `gather(2, following[..., None])` picks one each.",
        "Padding is no part of the sentence: put 0 where `following == 0`, and add up over axis 1.",
    ],
    mistakes=mistakes.of(wrong_sums),
)


def least_sure(sure: Float[Tensor, " seq"], gaps: Int[Tensor, " places"], iteration: int, iterations: int) -> list[int]:
    """Return the places of the gaps that are least sure, from the left: a share that falls to 0, rounded down.

    Example: `least_sure(torch.tensor([0.9, 0.2, 0.6, 0.4]), torch.arange(4), 1, 4)` is `[1, 2, 3]`
    """
    count = len(gaps) * (iterations - iteration) // iterations
    return sorted(sorted(gaps.tolist(), key=lambda place: sure[place].item())[:count])


_SURE = torch.tensor([0.99, 0.9, 0.2, 0.6, 0.4, 0.95, 0.3, 0.8, 0.1, 0.01])

hide_again = Exercise(
    id="why_bert_cannot_generate.hide_again",
    title="What mask-predict hides again",
    reference=least_sure,
    cases=[
        Case(_SURE[:6], torch.tensor([1, 2, 3, 4]), 1, 4),
        Case(_SURE, torch.arange(1, 9), 1, 4),
        Case(_SURE, torch.arange(1, 9), 3, 4),
        Case(_SURE, torch.tensor([1, 2, 3, 5, 6, 7, 8]), 2, 4),
        Case(_SURE, torch.arange(1, 9), 4, 4),
        Case(_SURE, torch.arange(1, 6), 4, 5),
    ],
    hints=[
        "Two questions: how many, and which? The number depends on the iteration alone.",
        "`len(gaps) * (iterations - iteration) // iterations` is the number, rounded down.",
        "Sort the gaps by how sure they are, take that many from the low end, and sort these by place.",
    ],
    mistakes=mistakes.of(wrong_choices),
)


def positions(words: int, sweeps: int, iterations: int) -> dict[str, int]:
    """Return how many positions go through the network for one sentence of `words` words, for each sampler.

    Example: `positions(3, 1, 1)["causal"]` is `4`
    """
    read = words + 2  # BERT reads [CLS] and [SEP], too, and all of it in every pass
    return {
        "causal": words + 1,  # a pass for each word and one for [SEP]; with the cache, each reads one new token
        "left to right": words * read,
        "Gibbs": sweeps * words * read,
        "mask-predict": iterations * read,
    }


bill = Exercise(
    id="why_bert_cannot_generate.bill",
    title="What a sentence costs",
    reference=positions,
    cases=[Case(3, 1, 1), Case(8, 10, 4), Case(20, 5, 10)],
    hints=[
        "For each sampler: how many passes, and how many positions in a pass?",
        "BERT reads the whole row each time, [CLS] and [SEP] included: words + 2 positions. Passes: one for each word;"
        " one for each word in each sweep; one for each iteration.",
        "The causal model makes words + 1 passes, the last for [SEP]; with its cache, each reads a single position.",
    ],
    mistakes=mistakes.of(wrong_bills),
)
