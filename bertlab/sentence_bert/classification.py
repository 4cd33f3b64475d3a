"""Softmax over (u, v, |u - v|): the objective with which Sentence-BERT learned from labeled pairs, such as NLI's.

Reimers and Gurevych 2019 (arXiv:1908.10084, section 3, "Classification Objective Function"). The linear layer serves
training only: later, texts are compared by the cosine of u and v, which no term of this loss asks about. Those that
train the cosine itself are in `regression`, `cosent` and `ranking`.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

Vectors = Float[Tensor, "batch hidden"]


def pair_features(u: Vectors, v: Vectors, product: bool = False) -> Float[Tensor, "batch features"]:
    """Put u, v and |u - v| side by side, and u * v if asked for.

    Example: `pair_features(torch.tensor([[1.0, 5.0]]), torch.tensor([[3.0, 4.0]]))` is
    `[[1.0, 5.0, 3.0, 4.0, 2.0, 1.0]]`.

    Without |u - v| a linear layer sees the two vectors but not whether they agree.
    """
    return torch.cat([u, v, (u - v).abs(), *([u * v] if product else [])], dim=1)


class PairClassifier(nn.Module):
    """A linear layer on the features of a pair. Example: `PairClassifier(256, classes=3).loss(u, v, labels)`.

    Its weights are trained with the encoder's: give the optimizer both.
    """

    def __init__(self, hidden_size: int, classes: int, product: bool = False):
        super().__init__()
        self.product = product
        self.linear = nn.Linear((4 if product else 3) * hidden_size, classes)

    def forward(self, u: Vectors, v: Vectors) -> Float[Tensor, "batch classes"]:
        """Return the logits of each pair. Example: `classifier(u, v).argmax(-1)`."""
        return self.linear(pair_features(u, v, self.product))

    def loss(self, u: Vectors, v: Vectors, labels: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """Return the cross-entropy, averaged over pairs. Example: `classifier.loss(u, v, labels).backward()`."""
        return cross_entropy(self(u, v), labels)
