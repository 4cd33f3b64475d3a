"""Distillation: a student of half the layers learns how likely its teacher finds each token, not only which is right.

It starts as a copy of some of the teacher's layers and is trained by three losses, weighted 5 : 2 : 1: the teacher's
probabilities, the hidden token (MLM), and the direction of the teacher's hidden states. Source: Sanh et al. 2019
(arXiv:1910.01108), sections 2 and 3, and their scripts, huggingface/transformers, `research_projects/distillation`;
the temperature is from Hinton et al. 2015 (arXiv:1503.02531), section 2. Any BERT can teach, ours or a library's.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.constants import IGNORED
from bertlab.models import encoder, mlm_head, pick_layers

Model = TypeVar("Model", bound=nn.Module)


def every_other(num_layers: int) -> list[int]:
    """Choose half of the layers, spread evenly, the first and the last among them.

    Example: `every_other(12)` is `[0, 2, 4, 7, 9, 11]`, as in their `extract_distilbert.py`.

    The paper says "one layer out of two". An odd number is rounded up: `every_other(5)` is `[0, 2, 4]`.
    """
    half = (num_layers + 1) // 2
    return [round(place * (num_layers - 1) / max(half - 1, 1)) for place in range(half)]


def make_student(teacher: Model, layers: Sequence[int] | None = None) -> Model:
    """Copy a BERT without some of its layers: the student, ready to be trained, of the same class as the teacher.

    Example: `make_student(teacher, [0, 2, 4])`

    Embeddings and heads are copied whole. `layers` are numbered from 0; without them it is `every_other`. ValueError if
    there is no such layer, or one is named twice; TypeError if the model's layers are not built like BERT's.
    """
    kept = every_other(len(pick_layers(teacher))) if layers is None else list(layers)
    if not kept or len(set(kept)) < len(kept):
        raise ValueError(f"layers={kept}: name at least one layer, and each only once")
    student = copy.deepcopy(teacher)
    encoder(student).encoder.layer = nn.ModuleList(pick_layers(student, kept))
    encoder(student).config.num_hidden_layers = len(kept)
    return student.requires_grad_(True).train()


class Predictions(NamedTuple):
    """What is compared between student and teacher: scores for each token, and the last layer's hidden states."""

    logits: Float[Tensor, "batch seq vocab"]
    hidden: Float[Tensor, "batch seq hidden"]


def predict(model: nn.Module, inputs: Mapping[str, Tensor]) -> Predictions:
    """Run a BERT with an MLM head. Example: `with torch.no_grad(): taught = predict(teacher, inputs)`."""
    hidden = encoder(model)(**inputs)[0]
    return Predictions(mlm_head(model)(hidden), hidden)


def soft_target_loss(
    student: Float[Tensor, "*positions vocab"], teacher: Float[Tensor, "*positions vocab"], temperature: float = 2.0
) -> Float[Tensor, ""]:
    """Return T² KL(teacher ‖ student), both softened: softmax(logits / T). Mean over positions, in nats at T = 1.

    Example: `soft_target_loss(torch.zeros(7, 13), torch.zeros(7, 13)).item()` is `0.0`.

    Why T²: with p = softmax(z / T), the gradient of the KL alone with respect to the student's z is (p_s - p_t) / T.
    For large T, p = (1 + (z - mean z) / T) / V over V tokens, up to terms in 1 / T². Hence the gradient is
    ((z_s - mean z_s) - (z_t - mean z_t)) / (V T²): it fades with 1 / T², and T² makes up for it, so that this loss
    keeps its weight beside the others whatever T is. (Hinton et al. 2015, section 2 and, for the limit, 2.1.)
    """
    log_student, log_teacher = ((logits / temperature).log_softmax(-1) for logits in (student, teacher))
    divergence = (log_teacher.exp() * (log_teacher - log_student)).sum(-1)
    return divergence.mean() * temperature**2


def mlm_loss_by_hand(logits: Float[Tensor, "batch seq vocab"], labels: Int[Tensor, "batch seq"]) -> Float[Tensor, ""]:
    """Return -log p(hidden token), the mean over positions with a label.

    Example: `mlm_loss_by_hand(student.logits, batch["labels"])`
    """
    selected = labels != IGNORED
    return -logits[selected].log_softmax(-1).gather(-1, labels[selected][:, None]).mean()


def cosine_loss(
    student: Float[Tensor, "*positions hidden"], teacher: Float[Tensor, "*positions hidden"]
) -> Float[Tensor, ""]:
    """Return 1 - cosine between hidden states, the mean over positions: 0 for one direction, 2 for opposite ones.

    Example: `cosine_loss(torch.tensor([[0.0, 2.0]]), torch.tensor([[3.0, 0.0]])).item()` is `1.0`.

    Lengths do not matter, and the widths of both models have to be equal.
    """
    return (1 - (student * teacher).sum(-1) / (student.norm(dim=-1) * teacher.norm(dim=-1))).mean()


class Losses(NamedTuple):
    """The weighted sum, which is trained on, and its three parts before they were weighted."""

    loss: Float[Tensor, ""]
    ce: Float[Tensor, ""]
    mlm: Float[Tensor, ""]
    cos: Float[Tensor, ""]


def distillation_loss(
    student: Predictions,
    teacher: Predictions,
    labels: Int[Tensor, "batch seq"],
    attention_mask: Int[Tensor, "batch seq"],
    *,
    temperature: float = 2.0,
    alpha_ce: float = 5.0,
    alpha_mlm: float = 2.0,
    alpha_cos: float = 1.0,
    restrict_ce_to_mask: bool = False,
) -> Losses:
    """Return the three losses, and their sum with DistilBERT's weights.

    Example: `distillation_loss(predict(student, inputs), taught, labels, inputs["attention_mask"]).loss.backward()`

    Soft targets are compared at all tokens but padding, as DistilBERT was trained; `restrict_ce_to_mask=True` compares
    them at selected tokens only, as MLM always does. Hidden states are compared at all tokens but padding.
    """
    real = attention_mask == 1
    compared = labels != IGNORED if restrict_ce_to_mask else real
    ce = soft_target_loss(student.logits[compared], teacher.logits[compared], temperature)
    mlm = mlm_loss_by_hand(student.logits, labels)
    cos = cosine_loss(student.hidden[real], teacher.hidden[real])
    return Losses(alpha_ce * ce + alpha_mlm * mlm + alpha_cos * cos, ce, mlm, cos)
