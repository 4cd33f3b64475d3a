"""What goes wrong when anchors are to find their positives in the batch. See `bertlab.exercises.mistakes`."""

import torch
from torch import Tensor


def multiplies_by_the_temperature(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """You multiply by the temperature, where it is to be divided by. One below 1 then makes the cosines smaller still,
    and the softmax flatter: it should be sharper. The library's `scale` is what is multiplied by, 1/temperature."""
    return _mean_loss(_cosines(anchors, positives) * temperature)


def leaves_out_the_own_positive(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """The own positive is missing among your candidates: the sum that you divide by has the others only. What you take
    the logarithm of is then no probability, and the loss falls below 0. All positives are candidates, the own too."""
    scores = _cosines(anchors, positives) / temperature
    own = torch.eye(len(scores), dtype=torch.bool)
    return (scores.masked_fill(own, -torch.inf).logsumexp(dim=1) - scores.diagonal()).mean()


def counts_the_own_positive_twice(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """The own positive stands twice among your candidates, once as the right one and once among the negatives: it is
    its own negative, and its probability never exceeds one half. Each positive of the batch is a candidate once."""
    scores = _cosines(anchors, positives) / temperature
    own = scores.diagonal()
    return (torch.logaddexp(scores.logsumexp(dim=1), own) - own).mean()


def takes_the_dot_product(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """Those are dot products, not cosines: long vectors win, and the loss can be lowered by making vectors longer
    instead of turning them. Divide each vector by its own length first, on both sides."""
    return _mean_loss(anchors @ positives.T / temperature)


def lets_positives_choose_their_anchors(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """Your softmax goes over the anchors: each positive looks for its anchor. Asked for was the other direction, each
    anchor among all positives. With anchors in rows the candidates are the columns: dim 1."""
    return _mean_loss(_cosines(positives, anchors) / temperature)


def adds_up_the_anchors(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """That is the sum over the anchors, which grows with the batch, and its gradient with it. Asked for was the
    mean."""
    return _mean_loss(_cosines(anchors, positives) / temperature) * len(anchors)


def forgets_the_minus(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """That is the mean log-probability of the own positive: below 0, and *lower* where it is found less. Training makes
    a loss small, so it takes the minus of that."""
    return -_mean_loss(_cosines(anchors, positives) / temperature)


def divides_columns_by_norms_of_rows(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """Your norms are right, one for each vector, but they are lined up with the columns: (batch, hidden) divided by
    (batch,) fits only by chance, and then divides wrongly. `norm(dim=1, keepdim=True)` is a number for each row."""
    return _mean_loss((anchors / anchors.norm(dim=1)) @ (positives / positives.norm(dim=1)).T / temperature)


def _cosines(a: Tensor, b: Tensor) -> Tensor:
    return (a / a.norm(dim=1, keepdim=True)) @ (b / b.norm(dim=1, keepdim=True)).T


def _mean_loss(scores: Tensor) -> Tensor:
    """Mean over rows, of which each one's own column is the right one."""
    return (scores.logsumexp(dim=1) - scores.diagonal()).mean()
