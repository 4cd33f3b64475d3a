"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

from itertools import pairwise

import pytest
import torch
from torch.nn import functional

from bertlab.next_sentence_prediction import exercises


def chance_by_softmax(logits):
    return torch.softmax(logits, dim=-1)[:, 0]


def chance_by_hand(logits):
    powers = logits.exp()
    return powers[:, 0] / powers.sum(1)


def loss_by_library(score, labels):
    taken = labels != -100
    return functional.binary_cross_entropy_with_logits(score[taken], 1 - labels[taken].float())


def loss_with_two_logits(score, labels):
    return functional.cross_entropy(torch.stack([score, torch.zeros_like(score)], dim=1), labels)


def loss_in_a_loop(score, labels):
    losses = [
        functional.softplus(-one if label == 0 else one) for one, label in zip(score, labels, strict=True) if label >= 0
    ]
    return sum(losses) / len(losses)


def pairs_from_a_flat_list(documents, draws, picks):
    flat = [(number, sentence) for number, document in enumerate(documents) for sentence in document]
    made = []
    for (number, first), (next_number, second) in pairwise(flat):
        if number != next_number:
            continue
        k = len(made)
        if draws[k] >= 0.5:
            others = [sentence for other, sentence in flat if other != number]
            made.append((first, others[picks[k] % len(others)], 1))
        else:
            made.append((first, second, 0))
    return made


def judge_by_log_odds(together, first, second, share):
    odds = together.log() - first.log() - second.log() + torch.tensor(share / (1 - share)).log()
    return odds.sigmoid()


def ranks_in_a_loop(true_scores, negative_scores):
    won = 0.0
    for one in true_scores.tolist():
        for other in negative_scores.tolist():
            won += 1 if one > other else 0.5 if one == other else 0
    return won / (len(true_scores) * len(negative_scores))


RIGHT = [
    (exercises.p_follows, chance_by_softmax),
    (exercises.p_follows, chance_by_hand),
    (exercises.nsp_loss, loss_by_library),
    (exercises.nsp_loss, loss_with_two_logits),
    (exercises.nsp_loss, loss_in_a_loop),
    (exercises.make_pairs, pairs_from_a_flat_list),
    (exercises.ideal_judge, judge_by_log_odds),
    (exercises.ranked_right, ranks_in_a_loop),
]


def chance_of_the_other_column(logits):
    return 1 - torch.softmax(logits, dim=1)[:, 0]


def chance_along_the_batch(logits):
    powers = logits.exp()
    return (powers / powers.sum(0))[:, 0]


def loss_with_targets_of_the_other_kind(score, labels):
    taken = labels != -100
    return functional.binary_cross_entropy_with_logits(score[taken], labels[taken].float())


def loss_without_choosing(score, labels):
    return functional.binary_cross_entropy_with_logits(score, (labels == 0).float())


def pairs_with_true_and_false(documents, draws, picks):
    return [(a, b, int(not label)) for a, b, label in exercises.pairs_by_draws(documents, draws, picks)]


def judge_without_the_share(together, first, second, share):
    return 1 / (1 + first * second / together)


def ranks_by_strictly_greater(true_scores, negative_scores):
    return sum(one > other for one in true_scores.tolist() for other in negative_scores.tolist()) / (
        len(true_scores) * len(negative_scores)
    )


MISTAKEN = [
    (exercises.p_follows, chance_of_the_other_column, "turns the labels round"),
    (exercises.p_follows, chance_along_the_batch, "takes the softmax over pairs"),
    (exercises.nsp_loss, loss_with_targets_of_the_other_kind, "turns the labels round"),
    (exercises.nsp_loss, loss_without_choosing, "takes ignored for not next"),
    (exercises.make_pairs, pairs_with_true_and_false, "inverts the labels"),
    (exercises.ideal_judge, judge_without_the_share, "forgets the prior"),
    (exercises.ranked_right, ranks_by_strictly_greater, "gives draws away"),
]


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    logits = torch.tensor([[2.0, -1.0], [-0.5, 1.0]])
    assert exercises.chance_that_it_follows(logits).tolist() == pytest.approx([0.9526, 0.1824], abs=5e-5)
    loss = exercises.loss_of_scores(torch.tensor([3.0, 3.0]), torch.tensor([0, 1]))
    assert loss.item() == pytest.approx(1.5486, abs=5e-5)
    documents = [["a1", "a2", "a3"], ["b1", "b2"]]
    made = exercises.pairs_by_draws(documents, [0.2, 0.9, 0.7], [0, 1, 5])
    assert made == [("a1", "a2", 0), ("a2", "b2", 1), ("b1", "a3", 1)]
    judged = exercises.weigh_both_stories(torch.tensor([0.03]), torch.tensor([0.1]), torch.tensor([0.1]), 0.5)
    assert judged.item() == pytest.approx(0.75)
    assert exercises.share_ranked_right(torch.tensor([0.9, 0.4]), torch.tensor([0.4, 0.1])) == 0.875
