"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import pytest
import torch
from torch.nn import functional

from bertlab.exercises.display import State
from bertlab.inside_the_encoder import counts, exercises


def split_by_chunks(hidden, num_heads):
    return torch.stack(hidden.chunk(num_heads, dim=-1), dim=1)


def split_with_view(hidden, num_heads):
    batch, seq, width = hidden.shape
    return hidden.view(batch, seq, num_heads, width // num_heads).permute(0, 2, 1, 3).contiguous()


def merge_by_cat(heads):
    return torch.cat(list(heads.unbind(dim=1)), dim=-1)


def merge_with_view(heads):
    return heads.transpose(1, 2).contiguous().view(heads.shape[0], heads.shape[2], -1)


def norm_by_library(found, residual, weight, bias, eps):
    return functional.layer_norm(found + residual, weight.shape, weight, bias, eps)


def norm_row_by_row(found, residual, weight, bias, eps):
    rows = [row - row.mean() for row in found + residual]
    return torch.stack([row / (row.var(correction=0) + eps) ** 0.5 * weight + bias for row in rows])


def count_piece_by_piece(hidden_size, intermediate_size):
    attention = 3 * (hidden_size + 1) * hidden_size + (hidden_size + 1) * hidden_size + hidden_size + hidden_size
    up, down = (hidden_size + 1) * intermediate_size, (intermediate_size + 1) * hidden_size
    return {"feed-forward": up + down + 2 * hidden_size, "attention": attention}


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (exercises.split_heads, split_by_chunks),
        (exercises.split_heads, split_with_view),
        (exercises.merge_heads, merge_by_cat),
        (exercises.merge_heads, merge_with_view),
        (exercises.add_and_norm, norm_by_library),
        (exercises.add_and_norm, norm_row_by_row),
        (exercises.gelu, functional.gelu),
        (exercises.gelu, lambda x: x * torch.special.ndtr(x)),
        (exercises.gelu, lambda x: x * torch.distributions.Normal(0.0, 1.0).cdf(x)),
        (exercises.layer_parameters, count_piece_by_piece),
    ],
    ids=lambda value: getattr(value, "id", ""),
)
def test_a_right_answer_may_be_written_otherwise(exercise, answer):
    assert exercise.check(answer).state == State.CORRECT


def view_at_once(hidden, num_heads):
    return hidden.view(hidden.shape[0], num_heads, hidden.shape[1], -1)


def view_after_permute(heads):
    return heads.permute(0, 2, 1, 3).view(heads.shape[0], heads.shape[2], -1)


def view_of_the_turned(heads):
    return heads.contiguous().view(heads.shape[0], heads.shape[2], -1)


def norm_with_plain_var(found, residual, weight, bias, eps):
    x = found + residual
    return weight * (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + eps) + bias


def norm_of_found(found, residual, weight, bias, eps):
    return functional.layer_norm(found, weight.shape, weight, bias, eps) + residual


def annotated_norm(found, residual, weight, bias, eps):
    x = found + residual
    return weight * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) + bias


def norm_without_centring(found, residual, weight, bias, eps):
    x = found + residual
    return torch.addcmul(bias, x / torch.sqrt(x.var(1, correction=0, keepdim=True) + eps), weight)


def twelve_squares(hidden_size, intermediate_size):
    return {"attention": 4 * hidden_size**2, "feed-forward": 2 * hidden_size * intermediate_size}


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [
        (exercises.split_heads, view_at_once, "views without transpose"),
        (exercises.merge_heads, view_after_permute, "views what was transposed"),
        (exercises.merge_heads, view_of_the_turned, "reshapes without transpose"),
        (exercises.add_and_norm, norm_with_plain_var, "divides by one less"),
        (exercises.add_and_norm, norm_of_found, "normalizes before adding"),
        (exercises.add_and_norm, annotated_norm, "divides by std plus eps"),
        (exercises.add_and_norm, lambda f, r, w, b, eps: norm_row_by_row(f, r, w, b * w, eps), "scales the bias"),
        (exercises.add_and_norm, lambda f, r, w, b, eps: norm_by_library(f, r, w, b, 1e-5), "takes its own eps"),
        (exercises.add_and_norm, lambda f, r, w, b, eps: norm_row_by_row(f, r, 1, b, eps), "forgets the weight"),
        (exercises.add_and_norm, lambda f, r, w, b, eps: norm_by_library(f, r, w, b * 0, eps), "forgets the bias"),
        (exercises.add_and_norm, norm_without_centring, "forgets the mean"),
        (exercises.split_heads, lambda hidden, num_heads: split_by_chunks(hidden, 2), "always makes two heads"),
        (exercises.merge_heads, lambda heads: torch.cat([heads[:, 0], heads[:, 1]], dim=-1), "joins two heads"),
        (exercises.gelu, lambda x: x / 2 * (1 + torch.special.erf(0.5 * x)), "takes half for the root"),
        (exercises.gelu, lambda x: functional.gelu(x) - x / 2, "forgets the one"),
        (exercises.gelu, lambda x: functional.gelu(x, approximate="tanh"), "approximates by tanh"),
        (exercises.gelu, functional.silu, "is silu"),
        (exercises.layer_parameters, twelve_squares, "forgets biases and layer norms"),
        (exercises.layer_parameters, lambda h, f: count_piece_by_piece(h, 4 * h), "takes four times the width"),
    ],
)
def test_a_mistake_may_be_made_otherwise(exercise, answer, name):
    verdict = exercise.check(answer)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, name)


def test_the_error_of_the_tanh_is_as_large_as_its_message_says():
    x = torch.linspace(-6, 6, 10_001, dtype=torch.float64)
    error = (functional.gelu(x, approximate="tanh") - functional.gelu(x)).abs().max().item()
    assert 0.0004 < error < 0.0005
    assert 0.015 < (x * torch.sigmoid(1.702 * x) - functional.gelu(x)).abs().max().item() < 0.021


def test_the_reference_is_what_our_layers_compute():
    """The exercise is written for one text; the model's Add & Norm does the same for a batch."""
    case = exercises.add_and_norm.cases[1]
    torch.testing.assert_close(exercises.normalize_sum(*case.args), norm_by_library(*case.args))
    x = torch.linspace(-4, 4, 31)
    torch.testing.assert_close(exercises.exact_gelu(x), torch.nn.GELU()(x))


def test_the_formula_that_the_solution_shows_counts_as_the_lesson_does():
    for case in exercises.layer_parameters.cases:
        assert exercises.count_layer(*case.args) == counts.layer_parameters(*case.args)
