"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math

import torch
from torch.nn import functional

from bertlab.attention.masks import causal_mask, padding_mask
from bertlab.why_bert_cannot_generate import exercises
from bertlab.why_bert_cannot_generate.batches import causal_labels
from bertlab.why_bert_cannot_generate.predictors import causal_visibility
from bertlab.why_bert_cannot_generate.samplers import hide_again


def labels_in_a_loop(input_ids):
    rows = [[*row[1:], 0] for row in input_ids.tolist()]
    return torch.tensor([[token or -100 for token in row] for row in rows])


def mask_by_comparison(attention_mask):
    place = torch.arange(attention_mask.shape[1])
    return ((place[None, :] <= place[:, None]) & (attention_mask[:, None] == 1)).long()


def log_prob_by_cross_entropy(logits, input_ids):
    losses = functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), input_ids[:, 1:], ignore_index=0, reduction="none"
    )
    return -losses.sum(1)


def hide_by_topk(sure, gaps, iteration, iterations):
    count = math.floor(len(gaps) * (1 - iteration / iterations) + 1e-9)
    return gaps[sure[gaps].topk(count, largest=False).indices].sort().values.tolist()


def bill_by_passes(words, sweeps, iterations):
    passes = {"left to right": words, "Gibbs": sweeps * words, "mask-predict": iterations}
    return {"causal": sum(1 for _ in range(words)) + 1} | {name: n * (words + 2) for name, n in passes.items()}


RIGHT = [
    (exercises.causal_labels, causal_labels),
    (exercises.causal_labels, labels_in_a_loop),
    (exercises.causal_visibility, causal_visibility),
    (exercises.causal_visibility, mask_by_comparison),
    (exercises.sentence_log_prob, log_prob_by_cross_entropy),
    (exercises.hide_again, hide_by_topk),
    (exercises.bill, bill_by_passes),
]


def labels_as_for_bert(input_ids):
    return torch.where(input_ids == 0, -100, input_ids)


def labels_by_roll(input_ids):
    rolled = torch.roll(input_ids, -1, dims=-1)
    rolled[rolled == 0] = -100
    return rolled


def mask_without_diagonal(attention_mask):
    length = attention_mask.shape[1]
    return torch.ones(length, length, dtype=torch.long).triu(0).logical_not().long() * attention_mask[:, None]


def mask_for_bert(attention_mask):
    return padding_mask(attention_mask).long()


def mask_without_padding(attention_mask):
    return causal_mask(attention_mask.shape[1]).long().expand(len(attention_mask), -1, -1)


def log_prob_with_padding(logits, input_ids):
    return -functional.cross_entropy(logits[:, :-1].transpose(1, 2), input_ids[:, 1:], reduction="none").sum(1)


def hide_a_share_of_the_row(sure, gaps, iteration, iterations):
    count = int(len(sure) * (iterations - iteration) / iterations)
    return sorted(gaps[sure[gaps].argsort()][:count].tolist())


def hide_by_a_share_in_floating_point(sure, gaps, iteration, iterations):
    count = math.floor(len(gaps) * (1 - iteration / iterations))
    return gaps[sure[gaps].topk(count, largest=False).indices].sort().values.tolist()


def hide_without_going_back_to_the_row(sure, gaps, iteration, iterations):
    count = len(gaps) * (iterations - iteration) // iterations
    return sure[gaps].topk(count, largest=False).indices.sort().values.tolist()


def log_prob_where_something_is_read(logits, input_ids):
    losses = functional.cross_entropy(logits[:, :-1].transpose(1, 2), input_ids[:, 1:], reduction="none")
    return -(losses * (input_ids[:, :-1] > 0)).sum(1)


def bill_without_cache(words, sweeps, iterations):
    return bill_by_passes(words, sweeps, iterations) | {"causal": sum(range(1, words + 2))}


MISTAKEN = [
    (exercises.causal_labels, labels_as_for_bert, "does not shift"),
    (exercises.causal_labels, labels_by_roll, "lets the row wrap around"),
    (exercises.causal_visibility, mask_without_diagonal, "hides the present"),
    (exercises.causal_visibility, mask_for_bert, "sees the future"),
    (exercises.causal_visibility, mask_without_padding, "sees the padding"),
    (exercises.sentence_log_prob, log_prob_with_padding, "counts padding"),
    (exercises.hide_again, hide_a_share_of_the_row, "counts special tokens"),
    (exercises.hide_again, hide_by_a_share_in_floating_point, "loses one to a float"),
    (exercises.hide_again, hide_without_going_back_to_the_row, "counts places among the gaps"),
    (exercises.sentence_log_prob, log_prob_where_something_is_read, "counts one padding"),
    (exercises.bill, bill_without_cache, "forgets the cache"),
]


def test_the_exercise_and_the_sampler_hide_the_same_places():
    for case in exercises.hide_again.cases:
        sure, places, iteration, iterations = case.args
        gaps = torch.zeros(1, len(sure), dtype=torch.bool)
        gaps[0, places] = True
        hidden = hide_again(sure[None].double(), gaps, iteration, iterations)
        assert hidden[0].nonzero()[:, 0].tolist() == exercises.least_sure(sure, places, iteration, iterations)
