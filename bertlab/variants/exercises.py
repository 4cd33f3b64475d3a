"""The exercises of notebook 13: ALBERT counted, soft targets, distances, disentangled attention, replaced tokens."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.variants.mistakes import albert_parameters as wrong_counts
from bertlab.variants.mistakes import disentangled_weights as wrong_weights
from bertlab.variants.mistakes import distillation_loss as wrong_losses
from bertlab.variants.mistakes import relative_rows as wrong_rows
from bertlab.variants.mistakes import replaced_labels as wrong_labels


def count_shared(
    vocab_size: int, embedding_size: int, hidden_size: int, intermediate_size: int, num_layers: int
) -> int:
    """Count narrow word embeddings, their projection, and one layer, however often (`num_layers`) it is applied.

    Example: `count_shared(10, 2, 4, 8, num_layers=3)` is `204`.
    """
    projection = embedding_size * hidden_size + hidden_size
    attention = 4 * (hidden_size * hidden_size + hidden_size)  # query, key, value, and what mixes the heads
    up = hidden_size * intermediate_size + intermediate_size
    down = intermediate_size * hidden_size + hidden_size
    layer_norms = 2 * 2 * hidden_size  # each has a scale and a shift
    return vocab_size * embedding_size + projection + attention + up + down + layer_norms


albert_parameters = Exercise(
    id="variants.albert_parameters",
    title="ALBERT's parameters",
    reference=count_shared,
    cases=[
        Case(10, 2, 3, 5, 4),
        Case(101, 7, 48, 37, 3),
        Case(30_000, 128, 768, 3072, 12),
        Case(30_000, 128, 4096, 16_384, 12),
    ],
    hints=[
        "A linear layer from m numbers to n has m · n weights and n biases. There are seven here: which one has no"
        " counterpart in BERT?",
        "Words: V·E, then E·H + H. The layer: four linear layers from H to H, one from H to F, one back, and two"
        " LayerNorms of 2·H each.",
        "All layers are the same one: its weights are there once, and `num_layers` says how often they are used.",
    ],
    mistakes=mistakes.of(wrong_counts),
)


def softened_divergence(
    student_logits: Float[Tensor, "rows words"], teacher_logits: Float[Tensor, "rows words"], temperature: float
) -> Float[Tensor, ""]:
    """Return T² KL(teacher ‖ student), both softened by the temperature T: the mean over the rows.

    Example: `softened_divergence(torch.zeros(2, 3), torch.ones(2, 3), temperature=2.0)` is `0.0`.
    """
    log_student = (student_logits / temperature).log_softmax(dim=-1)
    log_teacher = (teacher_logits / temperature).log_softmax(dim=-1)
    divergence = (log_teacher.exp() * (log_teacher - log_student)).sum(dim=-1)  # (rows)
    return divergence.mean() * temperature**2


_LOGITS = torch.tensor([[2.0, 0, -1, 1], [0, 3, 1, -2], [1, 1, 4, 0], [-1, 2, 0, 3], [3, -2, 0, 0], [0, 1, -3, 2]])

distillation_loss = Exercise(
    id="variants.distillation_loss",
    title="Soft targets",
    reference=softened_divergence,
    cases=[
        Case(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]]), 1.0),
        Case(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 2.0], [3.0, -1.0]]), 2.0),
        Case(_LOGITS[:3], _LOGITS[3:], 4.0),
        Case(_LOGITS[:2], _LOGITS[:2] + 3, 2.0),  # the same probabilities from other logits: 0
        Case(_LOGITS[[1, 4, 0, 5]], _LOGITS[[2, 0, 3, 1]], 0.5),
    ],
    hints=[
        "KL(p ‖ q) = Σ p · (log p − log q). Which of the two models is p here, and what is summed, what averaged?",
        "`(logits / temperature).log_softmax(dim=-1)`, of both models. The teacher's probabilities are its `.exp()`.",
        "`(log_teacher.exp() * (log_teacher - log_student)).sum(dim=-1)`, then the mean, times `temperature**2`.",
    ],
    mistakes=mistakes.of(wrong_losses),
)


def rows_of_distances(seq: int, k: int) -> Int[Tensor, "seq seq"]:
    """Return the row of a table of 2k that stands for i − j, for each i (down) and j: from −k in row 0 to k − 1.

    Example: `rows_of_distances(3, k=1)` is `[[1, 0, 0], [1, 1, 0], [1, 1, 1]]`.
    """
    places = torch.arange(seq)
    return (places[:, None] - places).clamp(-k, k - 1) + k


relative_rows = Exercise(
    id="variants.relative_rows",
    title="A row for each distance",
    reference=rows_of_distances,
    cases=[Case(3, 2), Case(4, 7), Case(5, 1), Case(1, 3), Case(13, 3)],
    hints=[
        "With `places = torch.arange(seq)`, i is a column and j a row: what do you get if you subtract one from the"
        " other by broadcasting?",
        "`places[:, None] - places` are the distances i − j. The least that has a row is −k, the greatest k − 1.",
        "`.clamp(-k, k - 1)`, and then `+ k`, so that −k comes to row 0.",
    ],
    mistakes=mistakes.of(wrong_rows),
)


def three_part_weights(
    query: Float[Tensor, "seq d"],
    key: Float[Tensor, "seq d"],
    position_key: Float[Tensor, "seq seq d"],
    position_query: Float[Tensor, "seq seq d"],
) -> Float[Tensor, "seq seq"]:
    """Return DeBERTa's attention weights: softmax((c2c + c2p + p2c) / √3d), a row for each token that looks.

    Example: `three_part_weights(torch.zeros(2, 3), torch.ones(2, 3), torch.ones(2, 2, 3), torch.ones(2, 2, 3))` is
    `[[0.5, 0.5], [0.5, 0.5]]`.
    """
    c2c = query @ key.T
    c2p = torch.einsum("id,ijd->ij", query, position_key)
    p2c = torch.einsum("ijd,jd->ij", position_query, key)
    return ((c2c + c2p + p2c) / math.sqrt(3 * query.shape[-1])).softmax(dim=-1)


_CONTENT = torch.tensor(
    [[2.0, -1, 0], [0, 1, 1], [-1, 2, 1], [1, 0, -2], [0, -2, 1], [1, 1, 0], [-2, 0, 1], [1, -1, 2]]
)
_DISTANCES = (torch.arange(96) * 7 % 11 - 5).view(2, 4, 4, 3) / 4

disentangled_weights = Exercise(
    id="variants.disentangled_weights",
    title="Disentangled attention",
    reference=three_part_weights,
    cases=[
        Case(
            torch.tensor([[1.0], [2.0]]),
            torch.tensor([[0.0], [1.0]]),
            torch.tensor([[[0.0], [1.0]], [[2.0], [-1.0]]]),
            torch.tensor([[[1.0], [-1.0]], [[3.0], [1.0]]]),
        ),
        Case(_CONTENT[:3], _CONTENT[3:6], _DISTANCES[0, :3, :3], _DISTANCES[1, :3, :3]),  # seq = d
        Case(_CONTENT[:4], _CONTENT[4:], *_DISTANCES),
        Case(_CONTENT[5:7, :2], _CONTENT[:2, 1:], _DISTANCES[1, 1:3, :2, :2], _DISTANCES[0, :2, 2:, 1:]),
    ],
    hints=[
        "Three matrices (seq, seq), each with a dot product at [i, j]. Which two vectors meet there in each of them?",
        "Content → position is query i with `position_key[i, j]`: `(query[:, None] * position_key).sum(-1)`. Position →"
        " content is `position_query[i, j]` with key j.",
        '`torch.einsum("ijd,jd->ij", position_query, key)`. Add all three, divide by `math.sqrt(3 * d)`, and only then'
        " take the softmax over the last axis.",
    ],
    mistakes=mistakes.of(wrong_weights),
)


def read_and_labels(
    original: Int[Tensor, "batch seq"], sampled: Int[Tensor, "batch seq"], selected: Bool[Tensor, "batch seq"]
) -> tuple[Int[Tensor, "batch seq"], Int[Tensor, "batch seq"]]:
    """Return what ELECTRA's discriminator reads, and 1 wherever that is not what was there.

    Example: `read_and_labels(torch.tensor([[5, 6]]), torch.tensor([[5, 9]]), torch.tensor([[True, True]]))[1]` is
    `[[0, 1]]`.
    """
    read = torch.where(selected, sampled, original)
    return read, (read != original).long()


_IDS = torch.arange(84).view(6, 14) * 5 % 13 + 1

replaced_labels = Exercise(
    id="variants.replaced_labels",
    title="Replaced or not?",
    reference=read_and_labels,
    cases=[
        Case(torch.tensor([[7, 8, 9]]), torch.tensor([[7, 5, 6]]), torch.tensor([[True, True, False]])),
        Case(
            torch.tensor([[2, 4, 6, 8], [5, 3, 5, 9]]),
            torch.tensor([[2, 5, 6, 7], [4, 3, 5, 8]]),
            torch.tensor([[False, True, True, False], [True, False, True, True]]),
        ),
        Case(torch.tensor([[4, 5]]), torch.tensor([[5, 4]]), torch.tensor([[False, False]])),
        Case(_IDS[:3], _IDS[3:] * 2 % 7 + 3, _IDS[:3] % 3 == 1),
    ],
    hints=[
        "First the text: which token stands at each position? Then compare the text with the original.",
        "`torch.where(selected, sampled, original)` takes the sampled token where `selected` is true, and changes"
        " neither of the two.",
        "`(read != original).long()`: a token that was drawn right does not differ, so that its label is 0.",
    ],
    mistakes=mistakes.of(wrong_labels),
)
