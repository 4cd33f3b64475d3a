"""Likely mistakes when two judges are compared by their rankings. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def compares_one_by_one(true_scores: Tensor, negative_scores: Tensor) -> float:
    """You compare the first true pair with the first negative, the second with the second. Compare each true pair with
    *every* negative."""
    most = min(len(true_scores), len(negative_scores))
    trues, negatives = true_scores[:most], negative_scores[:most]
    return ((trues > negatives).double() + (trues == negatives).double() / 2).mean().item()


def gives_draws_away(true_scores: Tensor, negative_scores: Tensor) -> float:
    """A tie counts half, and you count it as lost: a judge that gives every pair the same score would get 0 and not
    0.5."""
    return (true_scores[:, None] > negative_scores).double().mean().item()


def wins_draws(true_scores: Tensor, negative_scores: Tensor) -> float:
    """A tie counts half, and you count it as won: a judge that gives every pair the same score would be perfect."""
    return (true_scores[:, None] >= negative_scores).double().mean().item()


def leaves_draws_out(true_scores: Tensor, negative_scores: Tensor) -> float:
    """You leave ties out of the count. A tie stays in, as half a win: divide by all comparisons."""
    won = (true_scores[:, None] > negative_scores).sum()
    return (won / (true_scores[:, None] != negative_scores).sum()).item()


def counts_negatives_that_win(true_scores: Tensor, negative_scores: Tensor) -> float:
    """You count how often the negative scores higher. Count how often the true pair does."""
    return _half(negative_scores, true_scores).mean().item()


def does_not_divide(true_scores: Tensor, negative_scores: Tensor) -> float:
    """That is a number of comparisons. Divide by how many there are, trues times negatives."""
    return _half(true_scores, negative_scores).sum().item()


def divides_by_the_trues(true_scores: Tensor, negative_scores: Tensor) -> float:
    """You divide by the number of true pairs alone. There are as many comparisons as trues *times* negatives."""
    return (_half(true_scores, negative_scores).sum() / len(true_scores)).item()


def uses_a_threshold(true_scores: Tensor, negative_scores: Tensor) -> float:
    """You count what lies above 0.5, and below. No threshold is needed, and scores of different judges need not share
    one: compare true pairs with negatives."""
    right = (true_scores > 0.5).double().sum() + (negative_scores <= 0.5).double().sum()
    return (right / (len(true_scores) + len(negative_scores))).item()


def _half(higher: Tensor, lower: Tensor) -> Tensor:
    """Return 1 for each comparison that the first wins, ½ for a tie."""
    return (higher[:, None] > lower).double() + (higher[:, None] == lower).double() / 2
