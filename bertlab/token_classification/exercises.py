"""The exercises of notebook 09: labels for pieces, F1 over entities, the sum of all paths, best path, best span."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from bertlab.constants import IGNORED
from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.token_classification.mistakes import best_answer as wrong_answers
from bertlab.token_classification.mistakes import entity_f1 as wrong_scores
from bertlab.token_classification.mistakes import labels_for_pieces as wrong_labels
from bertlab.token_classification.mistakes import log_partition as wrong_sums
from bertlab.token_classification.mistakes import viterbi as wrong_paths


def labels_of_first_pieces(labels: list[int], word_ids: list[int | None]) -> list[int]:
    """Return the label of a word at its first piece, and -100 at all others and at special tokens.

    Example: `labels_of_first_pieces([3, 0], [None, 0, 0, 1, None])` is `[-100, 3, -100, 0, -100]`.
    """
    given, before = [], None
    for word in word_ids:
        given.append(IGNORED if word is None or word == before else labels[word])
        before = word
    return given


labels_for_pieces = Exercise(
    id="token_classification.labels_for_pieces",
    title="Labels for pieces",
    reference=labels_of_first_pieces,
    cases=[
        Case([2, 1], [None, 0, 1, None]),
        Case([5, 0, 6], [None, 0, 0, 0, 1, 2, 2, None]),
        Case([0, 3, 4, 0, 7], [None, 0, 1, 1, 3, 4, 4, 4, None, None]),  # word 2 has no piece
        Case([1, 2, 0, 3, 4, 4, 0, 8], [None, 3, 3, 4, 5, 5, 6, None]),  # a window that begins at word 3
    ],
    hints=[
        "Go through `word_ids`: each entry gives one label. Which three kinds of entries are there?",
        "A piece is the first of its word if the entry before it is another one. Which label? That of *its* number.",
        "`-100 if word is None or word == before else labels[word]`, and then `before = word`.",
    ],
    mistakes=mistakes.of(wrong_labels),
)


def f1_of_entities(gold: list[list[tuple[str, int, int]]], predicted: list[list[tuple[str, int, int]]]) -> float:
    """Return the F1 of the entities of all sentences together, 0 if there is nothing to find or found.

    Example: `f1_of_entities([[("PER", 0, 2)], []], [[("PER", 0, 2)], [("LOC", 3, 4), ("PER", 0, 2)]])` is `0.5`.
    """
    right = sum(len(set(real) & set(found)) for real, found in zip(gold, predicted, strict=True))
    real_or_found = sum(map(len, gold)) + sum(map(len, predicted))  # what is right is in both sums
    return 2 * right / real_or_found if real_or_found else 0.0


# No sentence is without entities on both sides, and no type is predicted only, so that no mean depends on what 0/0 is
# taken for. No entity comes twice on one side, so that all of them together make the same list and set.
_GOLD = [[("PER", 0, 2), ("LOC", 4, 5)], [("ORG", 0, 3)], [("PER", 0, 1), ("ORG", 3, 4), ("LOC", 7, 9)]]
_PREDICTED = [[("PER", 0, 2), ("PER", 4, 5)], [("ORG", 1, 3), ("LOC", 4, 5)], [("LOC", 7, 9), ("PER", 0, 3)]]

entity_f1 = Exercise(
    id="token_classification.entity_f1",
    title="F1 over entities",
    reference=f1_of_entities,
    cases=[
        Case([[("PER", 0, 2)]], [[("PER", 0, 2), ("PER", 3, 4)]]),
        Case([[("PER", 0, 2)], [("LOC", 4, 5)]], [[("LOC", 4, 5)], []]),
        *(Case(_GOLD[:sentences], _PREDICTED[:sentences]) for sentences in (1, 2, 3)),
        Case([*_GOLD, [("ORG", 1, 2)]], [*_PREDICTED, []]),
        Case([[("PER", 0, 1)], [("LOC", 2, 4)]], [[], []]),
        Case([[], []], [[("ORG", 3, 4)], []]),
        Case([[], []], [[], []]),
    ],
    hints=[
        "Three numbers over all sentences are enough: how many entities are right, are there to find, were predicted?",
        "An entity is right if its own sentence has the same tuple on the other side. Add up first, divide last.",
        "`right = sum(len(set(g) & set(p)) for g, p in zip(gold, predicted))`; F1 is `2 * right / (real + found)`.",
    ],
    mistakes=mistakes.of(wrong_scores),
)


def log_sum_of_paths(
    emissions: Float[Tensor, "batch words tags"],
    mask: Bool[Tensor, "batch words"],
    transitions: Float[Tensor, "tags tags"],
) -> Float[Tensor, " batch"]:
    """Return the logarithm of the sum over all paths of exp(score), by the forward algorithm.

    Example: `log_sum_of_paths(torch.zeros(1, 3, 2), torch.ones(1, 3).bool(), torch.zeros(2, 2)).item()` is `2.0794415`,
    the logarithm of 8: there are eight paths, each of score 0.
    """
    alpha = emissions[:, 0]  # of all paths so far that end in a tag: (batch, tags)
    for word in range(1, emissions.shape[1]):
        moved = (alpha[:, :, None] + transitions).logsumexp(dim=1)  # (batch, before, after) -> (batch, after)
        alpha = torch.where(mask[:, word, None], moved + emissions[:, word], alpha)
    return alpha.logsumexp(dim=1)


# Eighths, which are added without rounding.
_MOVES = torch.tensor([[4, -12, 6], [-2, 8, 1], [10, 3, -7]]) / 8
_EMITTED = torch.tensor([1, -2, 3, 0, 2, -1, 2, 1, -3, -1, 0, 4, -1, 3, 0, 2, -2, 1, 9, 5, 7, 8, 6, 9]).view(2, 4, 3)
_WORDS = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]]) == 1

log_partition = Exercise(
    id="token_classification.log_partition",
    title="The sum over all paths",
    reference=log_sum_of_paths,
    cases=[
        Case(torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]), _WORDS[:1, :2], _MOVES[:2, :2]),
        Case(_EMITTED[:1] / 2, _WORDS[:1], _MOVES),
        Case(_EMITTED / 2, _WORDS[:2], _MOVES),
        Case(_EMITTED[[1, 0, 1], :3].flip(1) / 4, _WORDS[[2, 1, 0], :3], _MOVES.flip(0)),
        # Single and double precision both overflow: e⁸⁰⁰ is too much for either.
        Case(_EMITTED[:, :3] + torch.tensor([400.0, 0.5])[:, None, None], _WORDS[[0, 0], :3], _MOVES),
    ],
    hints=[
        "From word to word you need one number per tag and sentence: the log of the sum over paths that end there.",
        "Add `transitions` to all pairs (before, after), `logsumexp` over *before*, add the emission. And at padding?",
        "`(alpha[:, :, None] + transitions).logsumexp(1) + emissions[:, i]`, where `mask[:, i, None]`, else `alpha`.",
    ],
    mistakes=mistakes.of(wrong_sums),
)


def path_of_highest_score(emissions: Float[Tensor, "words tags"], transitions: Float[Tensor, "tags tags"]) -> list[int]:
    """Return the tags of the path with the highest score, by Viterbi's algorithm.

    Example: `path_of_highest_score(torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.tensor([[1.0, 0], [-3, 0]]))` is
    `[0, 0]`, though tag 1 is better at the first word alone.
    """
    best, back = emissions[0], []
    for emitted in emissions[1:]:
        highest, source = (best[:, None] + transitions).max(dim=0)  # (before, after) -> (after)
        best = highest + emitted
        back.append(source)
    path = [int(best.argmax())]
    for source in reversed(back):
        path.append(int(source[path[-1]]))
    return path[::-1]


# Quarters, which are added without rounding. No two paths share the highest score. Ways to one mistake are alike here:
# `transitions` turned or the wrong `dim`; back-pointers beside sums or the most probable tag of each word.
_FIVE_WORDS = torch.tensor([[4, 2, 1], [5, 6, 2], [1, 0, 4], [3, 4, 7], [1, 7, 5]]) / 4
_THREE_TAGS = torch.tensor([[6, -6, 3], [5, 4, 8], [0, -2, 7]]) / 4
_SIX_WORDS = torch.tensor([[7, 3, 2, 4], [9, 1, 2, 4], [8, 2, 6, 3], [3, 8, 0, 1], [5, 6, 2, 7], [6, 9, 0, 5]]) / 4
_FOUR_TAGS = torch.tensor([[-6, -1, 3, -5], [6, -7, 3, 8], [-5, -7, 0, 8], [7, -7, -6, 2]]) / 4

viterbi = Exercise(
    id="token_classification.viterbi",
    title="The best path",
    reference=path_of_highest_score,
    cases=[
        Case(torch.tensor([[1.0, 2.5, 0.5]]), _THREE_TAGS),
        Case(torch.tensor([[0.0, 7.0], [3.0, 2.0]]), torch.tensor([[-6.0, 7.0], [-3.0, -6.0]])),
        Case(torch.tensor([[6.0, 0.0], [9.0, 0.0], [6.0, 3.0]]), torch.tensor([[-5.0, 7.0], [-1.0, -5.0]])),
        Case(_FIVE_WORDS, _THREE_TAGS),
        Case(_SIX_WORDS, _FOUR_TAGS),
    ],
    hints=[
        "The forward algorithm with `max` in place of the sum. What must each word remember, so that you can go back?",
        "`max(dim=0)` gives the highest score and where it came from. Keep both, and go back from the best last tag.",
        "`path = [best.argmax().item()]`, then `path.append(back[i][path[-1]].item())`, last word first; then turn it.",
    ],
    mistakes=mistakes.of(wrong_paths),
)


def span_or_none(
    start: Float[Tensor, " pieces"], end: Float[Tensor, " pieces"], passage_from: int, longest: int
) -> tuple[int, int] | None:
    """Return first and last piece of the best span of the passage, or None where [CLS] scores higher.

    Example: `span_or_none(torch.tensor([1.0, 0, 2, 5]), torch.tensor([1.0, 0, 6, 1]), passage_from=2, longest=3)` is
    `(2, 2)`.
    """
    firsts = range(passage_from, len(start))
    spans = [(first, last) for first in firsts for last in range(first, min(first + longest, len(end)))]
    best = max(spans, key=lambda span: float(start[span[0]] + end[span[1]]))
    return None if start[0] + end[0] > start[best[0]] + end[best[1]] else best


# No two spans of a text share the highest score. Ways to one mistake are alike here: the best start and the best end by
# themselves, of the passage or of all, [CLS] looked at or not; spans too long by one piece or any number; questions
# from piece 0 or 1; [CLS] forgotten, or compared by its start alone or with no span.
_SEVEN = torch.tensor([[-3, -5, 10, 5, 17, 13, 11], [14, 5, -5, 17, 2, -6, 12]]) / 2
_EIGHT = torch.tensor([[7, 9, 8, -4, 11, -5, -1, -2], [12, 5, 6, 15, -4, 0, 4, 13]]) / 2  # no answer
_NINE = torch.tensor([[-5, 4, 11, 3, -2, 16, 7, 9, 13], [15, 7, 14, -4, 17, 4, -5, -6, 11]]) / 2

best_answer = Exercise(
    id="token_classification.best_answer",
    title="The best span, or none",
    reference=span_or_none,
    cases=[
        Case(torch.tensor([1.0, 0, 2, 5]), torch.tensor([1.0, 0, 6, 1]), 2, 3),
        Case(torch.tensor([5.0, 6, 4, 0, 9, 8]), torch.tensor([7.0, 4, 6, 9, 2, 1]), 3, 2),
        *(Case(*logits, first, longest) for logits, first, longest in ((_SEVEN, 3, 2), (_EIGHT, 3, 3), (_NINE, 4, 3))),
        Case(torch.tensor([-8.0, -9, -4, -14, -15, -13]), torch.tensor([-3.0, -12, -9, -5, -2, -10]), 2, 3),
    ],
    hints=[
        "Two questions, one after the other: which of the allowed spans is the best? Does [CLS] score higher than it?",
        "Go through all pairs, `first` from `passage_from` on, `last` from `first` on. Keep the one with the best sum.",
        "`for last in range(first, min(first + longest, len(end)))`. Then compare with `start[0] + end[0]`.",
    ],
    mistakes=mistakes.of(wrong_answers),
)
