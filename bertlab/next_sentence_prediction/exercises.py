"""The exercises of notebook 05: P(follows), the loss, making pairs, the ideal judge, comparing two judges."""

from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.next_sentence_prediction.mistakes import ideal_judge as wrong_judges
from bertlab.next_sentence_prediction.mistakes import make_pairs as wrong_pairs
from bertlab.next_sentence_prediction.mistakes import nsp_loss as wrong_losses
from bertlab.next_sentence_prediction.mistakes import p_follows as wrong_chances
from bertlab.next_sentence_prediction.mistakes import ranked_right as wrong_rankings
from bertlab.next_sentence_prediction.topic_shortcut import ranked_right as share_ranked_right


def chance_that_it_follows(logits: Float[Tensor, "pairs 2"]) -> Float[Tensor, " pairs"]:
    """Return P(follows) for each pair: the share of logit 0 after the softmax, which is sigmoid(z₀ − z₁).

    Example: `chance_that_it_follows(torch.tensor([[2.0, -1.0]]))` is `tensor([0.9526])`.
    """
    return (logits[:, 0] - logits[:, 1]).sigmoid()


p_follows = Exercise(
    id="next_sentence_prediction.p_follows",
    title="From two logits to one probability",
    reference=chance_that_it_follows,
    cases=[
        Case(torch.tensor([[2.0, -1.0]])),
        Case(torch.tensor([[2.0, -1.0], [-0.5, 1.0]])),
        Case(torch.tensor([[0.5, 3.0], [1.5, 0.25], [-2.0, -2.0], [4.0, 1.0], [0.0, 0.75]])),
    ],
    hints=[
        "Which of the two logits belongs to *follows*? And over which axis do the two shares of a pair add up to 1?",
        "Label 0 is *follows*. `logits.softmax(1)` gives each pair two shares.",
        "`logits.softmax(1)[:, 0]`, or `(logits[:, 0] - logits[:, 1]).sigmoid()`.",
    ],
    mistakes=mistakes.of(wrong_chances),
)


def loss_of_scores(score: Float[Tensor, " texts"], labels: Int[Tensor, " texts"]) -> Float[Tensor, ""]:
    """Return the mean of −log P(label) over the texts that have a label: 0 follows, 1 does not, -100 is no pair.

    Example: `loss_of_scores(torch.tensor([3.0, 3.0]), torch.tensor([0, 1]))` is `tensor(1.5486)`.
    """
    chosen = labels != -100
    chance = score[chosen].sigmoid()
    return -torch.where(labels[chosen] == 0, chance, 1 - chance).log().mean()


nsp_loss = Exercise(
    id="next_sentence_prediction.nsp_loss",
    title="The loss, from one logit",
    reference=loss_of_scores,
    cases=[
        Case(torch.tensor([3.0]), torch.tensor([0])),
        Case(torch.tensor([3.0, 3.0]), torch.tensor([0, 1])),
        Case(torch.tensor([2.0, -1.0, 0.5, -3.0, 1.0]), torch.tensor([0, 1, -100, 0, 1])),
        Case(torch.tensor([-0.5, 1.5, 2.0, 0.25]), torch.tensor([-100, 0, 1, -100])),
    ],
    hints=[
        "Three steps: choose the texts that have a label; sigmoid; −log of the chance that the label was given.",
        "For label 0 the chance is `score.sigmoid()`, for label 1 it is 1 minus that.",
        "`torch.where(labels == 0, score.sigmoid(), 1 - score.sigmoid())[labels != -100]`, then −log and the mean.",
    ],
    mistakes=mistakes.of(wrong_losses),
)


def pairs_by_draws(documents: list[list[str]], draws: list[float], picks: list[int]) -> list[tuple[str, str, int]]:
    """Return (A, B, label) for each sentence but the last of its document: the next one, or one from elsewhere.

    Example: `pairs_by_draws([["a1", "a2"], ["b1"]], [0.9], [3])` is `[("a1", "b1", 1)]`.
    """
    made: list[tuple[str, str, int]] = []
    for number, document in enumerate(documents):
        strangers = [sentence for other in documents[:number] + documents[number + 1 :] for sentence in other]
        for first, second in pairwise(document):
            draw, pick = draws[len(made)], picks[len(made)]
            made.append((first, second, 0) if draw < 0.5 else (first, strangers[pick % len(strangers)], 1))
    return made


_RIVER = ["The river rose.", "The bridge was closed.", "A boat came."]
_LOAF = ["Mix the flour.", "Bake the loaf."]
_NIGHT = ["Night fell.", "Owls called.", "The Moon rose.", "Nobody slept."]

make_pairs = Exercise(
    id="next_sentence_prediction.make_pairs",
    title="Whole and torn pairs",
    reference=pairs_by_draws,
    cases=[
        Case([_RIVER, _LOAF], [0.2, 0.9, 0.7], [0, 1, 5]),
        Case([_LOAF, _RIVER, _NIGHT], [0.6, 0.1, 0.8, 0.3, 0.9, 0.55], [4, 2, 0, 3, 1, 8]),
        Case([_NIGHT, ["Silence."], _RIVER], [0.5, 0.4, 0.7, 0.95, 0.0], [2, 6, 3, 4, 1]),
    ],
    hints=[
        "How many pairs does a document of three sentences give? And where do strangers come from?",
        "Number the pairs from 0, over all documents: pair k has `draws[k]` and `picks[k]`. The strangers of a"
        " document are the sentences of all other documents, in order.",
        "Below 0.5: `(first, second, 0)`. Otherwise `(first, strangers[pick % len(strangers)], 1)`.",
    ],
    mistakes=mistakes.of(wrong_pairs),
)


def weigh_both_stories(
    together: Float[Tensor, " pairs"], first: Float[Tensor, " pairs"], second: Float[Tensor, " pairs"], share: float
) -> Float[Tensor, " pairs"]:
    """Return P(next | A, B), if a share of the pairs was drawn from P(A, B | next) and the rest from P(A) P(B).

    Example: `weigh_both_stories(torch.tensor([0.03]), torch.tensor([0.1]), torch.tensor([0.1]), 0.5)` gives 0.75.
    """
    whole, torn = share * together, (1 - share) * first * second
    return whole / (whole + torn)


_TOGETHER, _FIRST, _SECOND = torch.tensor([[0.03, 0.02, 0.1, 0.0], [0.1, 0.2, 0.4, 0.3], [0.1, 0.2, 0.15, 0.5]])

ideal_judge = Exercise(
    id="next_sentence_prediction.ideal_judge",
    title="The ideal judge",
    reference=weigh_both_stories,
    cases=[
        Case(_TOGETHER[:1], _FIRST[:1], _SECOND[:1], 0.5),
        Case(_TOGETHER, _FIRST, _SECOND, 0.2),
        Case(_TOGETHER[1:], _FIRST[1:], _SECOND[1:], 0.7),
    ],
    hints=[
        "A pair can have come about in two ways. How probable is each, together with the pair that you see?",
        "It was left whole: `share * together`. It was torn: `(1 - share) * first * second`, since B was drawn without"
        " looking at A.",
        "The answer is the share of the first way in the sum of both.",
    ],
    mistakes=mistakes.of(wrong_judges),
)

ranked_right = Exercise(
    id="next_sentence_prediction.ranked_right",
    title="Which judge ranks better?",
    reference=share_ranked_right,
    cases=[
        Case(torch.tensor([0.9, 0.4]), torch.tensor([0.4, 0.1])),
        Case(torch.tensor([0.9, 0.2, 0.6]), torch.tensor([0.3, 0.6, 0.1, 0.95])),
        Case(torch.tensor([-1.0, 2.0, 0.0, 0.0, 3.5]), torch.tensor([0.0, -2.0, 2.5])),
    ],
    hints=[
        "With two true pairs and two negatives there are four comparisons.",
        "`true_scores[:, None] > negative_scores` makes them all at once: a table with a row for each true pair.",
        "Add half of the table of `==`, and take the mean.",
    ],
    mistakes=mistakes.of(wrong_rankings),
)
