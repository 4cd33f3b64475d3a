"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import AlbertConfig, DebertaConfig
from transformers.models.deberta.modeling_deberta import build_relative_position

from bertlab.exercises.display import State
from bertlab.variants import albert, albert_counts, deberta, distillation, electra, exercises


def albert_config(vocab_size, embedding_size, hidden_size, intermediate_size, num_layers):
    return AlbertConfig(
        vocab_size=vocab_size,
        embedding_size=embedding_size,
        hidden_size=hidden_size,
        intermediate_size=intermediate_size,
        num_hidden_layers=num_layers,
        num_attention_heads=1,
    )


def counted_in_the_room(*sizes):
    config = albert_config(*sizes)
    counts = albert_counts.count_albert(config)
    other_rows = config.max_position_embeddings + config.type_vocab_size + 2  # a LayerNorm is as large as two rows
    return counts["embeddings"] - other_rows * config.embedding_size + counts["projection"] + counts["layers"]


def counted_with(
    words=lambda v, e, h: v * e + (e + 1) * h,
    layer=lambda h, f: 4 * (h + 1) * h + (h + 1) * f + (f + 1) * h + 4 * h,
    times=lambda layers: 1,
):
    """Inputs and a bias for each output; one part of it or more is wrong."""
    return lambda vocab_size, embedding_size, hidden_size, intermediate_size, num_layers: (
        words(vocab_size, embedding_size, hidden_size) + times(num_layers) * layer(hidden_size, intermediate_size)
    )


def counted_shape_by_shape(vocab_size, embedding_size, hidden_size, intermediate_size, num_layers):
    wide, inner = (hidden_size,), (intermediate_size,)
    shapes = [(vocab_size, embedding_size), (embedding_size, hidden_size), wide]
    shapes += 4 * [(hidden_size, hidden_size), wide]
    shapes += [(hidden_size, intermediate_size), inner, (intermediate_size, hidden_size), wide]
    shapes += 2 * [wide, wide]
    return sum(map(math.prod, shapes))


def log_probabilities(logits, temperature):
    """From the definition of a softmax."""
    scaled = logits / temperature
    return scaled - scaled.exp().sum(dim=1, keepdim=True).log()


def kl_of_torch(student, teacher, reduction="batchmean", **changes):
    """What `kl_div` gives; the student comes first."""
    return functional.kl_div(student, teacher, reduction=reduction, **changes)


def distilled_with(
    student=lambda logits, t: (logits / t).log_softmax(-1),
    teacher=lambda logits, t: (logits / t).softmax(-1),
    loss=kl_of_torch,
    factor=lambda t: t * t,
):
    """As PyTorch users write it; one part of it or more is wrong."""
    return lambda student_logits, teacher_logits, temperature: (
        loss(student(student_logits, temperature), teacher(teacher_logits, temperature)) * factor(temperature)
    )


def distilled_row_by_row(student_logits, teacher_logits, temperature):
    rows = []
    for ours, theirs in zip(student_logits, teacher_logits, strict=True):
        q, p = (log_probabilities(row[None], temperature)[0] for row in (ours, theirs))
        rows.append(sum(a.exp() * (a - b) for a, b in zip(p, q, strict=True)))
    return temperature**2 * sum(rows) / len(rows)


def distilled_by_distributions(student_logits, teacher_logits, temperature):
    student, teacher = (
        torch.distributions.Categorical(logits=logits / temperature) for logits in (student_logits, teacher_logits)
    )
    return torch.distributions.kl_divergence(teacher, student).mean() * temperature**2


def distilled_by_entropies(student_logits, teacher_logits, temperature):
    """Cross-entropy, less what a perfect student would still have."""
    soft = (teacher_logits / temperature).softmax(-1)
    cross = functional.cross_entropy(student_logits / temperature, soft)
    return (cross + (soft * soft.log()).sum(-1).mean()) * temperature**2


def rows_in_two_loops(seq, k):
    return torch.tensor([[max(-k, min(k - 1, i - j)) + k for j in range(seq)] for i in range(seq)])


def rows_of_the_library(seq, k):
    """As its `DisentangledSelfAttention` looks them up: it shifts first, and then clamps to 0 and 2k - 1."""
    places = torch.zeros(1, seq, 1)
    return torch.clamp(build_relative_position(places, places)[0] + k, 0, 2 * k - 1)


def rows_in_the_room(seq, k):
    return tiny_deberta(k).distances(seq).rows


def tiny_deberta(k):
    config = DebertaConfig(
        vocab_size=13,
        hidden_size=14,
        num_attention_heads=2,
        num_hidden_layers=1,
        intermediate_size=7,
        max_relative_positions=k,
        pos_att_type=["c2p", "p2c"],
        relative_attention=True,
        position_biased_input=False,
        type_vocab_size=0,
    )
    return deberta.DebertaModel(config)


def rows_with(distances=lambda i, j: i - j, change=lambda distances, k: distances.clamp(-k, k - 1) + k):
    """One part of it is wrong."""

    def answer(seq, k):
        i, j = torch.meshgrid(torch.arange(seq), torch.arange(seq), indexing="ij")
        return change(distances(i, j), k)

    return answer


def weights_with(
    c2p="id,ijd->ij", p2c="ijd,jd->ij", others=lambda *vectors: 0, root=lambda d: math.sqrt(3 * d), dim=-1
):
    """One part of it or more is wrong."""

    def answer(query, key, position_key, position_query):
        scores = torch.einsum("id,jd->ij", query, key) + others(query, key, position_key, position_query)
        scores = scores + (torch.einsum(c2p, query, position_key) if c2p else 0)
        scores = scores + (torch.einsum(p2c, position_query, key) if p2c else 0)
        return (scores / root(query.shape[1])).softmax(dim)

    return answer


def weights_in_two_loops(query, key, position_key, position_query):
    seq, d = query.shape
    scores = torch.empty(seq, seq)
    for i in range(seq):
        for j in range(seq):
            content = query[i].dot(key[j]) + query[i].dot(position_key[i, j])
            scores[i, j] = content + position_query[i, j].dot(key[j])
    powers = (scores / (3 * d) ** 0.5).exp()
    return powers / powers.sum(dim=1, keepdim=True)


def weights_by_matrix_products(query, key, position_key, position_query):
    both = query @ key.T + (position_key @ query[..., None]).squeeze(-1)
    both = both + (position_query.transpose(0, 1) @ key[..., None]).squeeze(-1).T
    return functional.softmax(both / np.sqrt(3 * key.shape[-1]), dim=1)


def weights_of_keys_with_positions(query, key, position_key, position_query):
    """(q + position query) · (k + position key) has four parts: all but the last."""
    four = ((query[:, None] + position_query) * (key + position_key)).sum(-1)
    return ((four - (position_query * position_key).sum(-1)) / math.sqrt(3 * query.shape[1])).softmax(1)


def positions_added_late(query, key, position_key, position_query):
    root = math.sqrt(3 * query.shape[1])
    weights = torch.softmax(query @ key.mT / root, dim=1)
    weights += torch.einsum("id,ijd->ij", query, position_key) / root
    weights += torch.einsum("ijd,jd->ij", position_query, key) / root
    return weights


def read_by_a_copy(original, sampled, selected):
    read = original.clone()
    read[selected] = sampled[selected]
    return read, 1 - (read == original).int().long()


def read_in_a_loop(original, sampled, selected):
    read, labels = original.tolist(), torch.zeros_like(original)
    for row, column in selected.nonzero().tolist():
        read[row][column] = sampled[row, column].item()
        labels[row, column] = int(sampled[row, column] != original[row, column])
    return torch.tensor(read), labels


def read_by_arithmetic(original, sampled, selected):
    read = original + (sampled - original) * selected
    return read, (read - original).abs().clamp(max=1)


def read_in_the_room(original, sampled, selected):
    """Of a generator that is sure of each sampled token."""
    logits = torch.full((int(selected.sum()), 37), -torch.inf)
    logits[torch.arange(len(logits)), sampled[selected]] = 0.0
    return tuple(electra.replace(logits, original, selected)) if len(logits) else (original, original * 0)


def replaced_with(
    read=lambda original, sampled, selected: torch.where(selected, sampled, original),
    labels=lambda read, original, sampled, selected: (read != original).long(),
):
    """One part of it or both are wrong."""

    def answer(original, sampled, selected):
        text = read(original, sampled, selected)
        return text, labels(text, original, sampled, selected)

    return answer


def read_from_another_name(original, sampled, selected):
    before = read = original.clone()
    read[selected] = sampled[selected]
    return read, (read != before).long()


RIGHT = [
    (exercises.albert_parameters, counted_in_the_room),
    (exercises.albert_parameters, counted_with()),
    (exercises.albert_parameters, counted_shape_by_shape),
    (exercises.distillation_loss, distillation.soft_target_loss),
    (exercises.distillation_loss, distilled_with()),
    (
        exercises.distillation_loss,
        distilled_with(teacher=log_probabilities, loss=lambda q, p: kl_of_torch(q, p, log_target=True)),
    ),
    (
        exercises.distillation_loss,
        distilled_with(loss=lambda q, p: functional.kl_div(q, p, reduction="none").sum(1).mean()),
    ),
    (exercises.distillation_loss, distilled_row_by_row),
    (exercises.distillation_loss, distilled_by_distributions),
    (exercises.distillation_loss, distilled_by_entropies),
    (exercises.relative_rows, rows_in_two_loops),
    (exercises.relative_rows, rows_of_the_library),
    (exercises.relative_rows, rows_in_the_room),
    (exercises.relative_rows, rows_with()),
    (exercises.disentangled_weights, weights_with()),
    (exercises.disentangled_weights, weights_in_two_loops),
    (exercises.disentangled_weights, weights_by_matrix_products),
    (exercises.disentangled_weights, weights_of_keys_with_positions),
    (exercises.replaced_labels, read_by_a_copy),
    (exercises.replaced_labels, read_in_a_loop),
    (exercises.replaced_labels, read_by_arithmetic),
    (exercises.replaced_labels, read_in_the_room),
]

MISTAKEN = [
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * e), "forgets the projection"),
    (exercises.albert_parameters, counted_with(times=int), "counts the layer num layers times"),
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * h), "embeds words in the full width"),
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * h, times=int), "counts a bert"),
    (
        exercises.albert_parameters,
        counted_with(words=lambda v, e, h: (v + h) * e),
        "forgets the bias of the projection",
    ),
    (
        exercises.albert_parameters,
        counted_with(words=lambda v, e, h: v * e + e * h, layer=lambda h, f: 4 * h * h + 2 * h * f + 4 * h),
        "forgets biases",
    ),
    (
        exercises.albert_parameters,
        counted_with(layer=lambda h, f: 4 * h * h + 4 * h + 2 * h * f + f + h),
        "forgets layer norms",
    ),
    (
        exercises.albert_parameters,
        counted_with(words=lambda v, e, h: v * e + 2 * e * h + h + e),
        "counts the way back down",
    ),
    (exercises.distillation_loss, distilled_with(factor=lambda t: 1), "leaves out t squared"),
    (
        exercises.distillation_loss,
        distilled_with(student=lambda logits, t: logits.log_softmax(-1)),
        "leaves the student sharp",
    ),
    (
        exercises.distillation_loss,
        distilled_with(loss=lambda q, p: kl_of_torch(p.log(), q.exp())),
        "turns the divergence round",
    ),
    (
        exercises.distillation_loss,
        lambda student, teacher, t: functional.cross_entropy(student / t, (teacher / t).softmax(1)) * t**2,
        "takes the cross entropy",
    ),
    (
        exercises.distillation_loss,
        distilled_with(loss=lambda q, p: functional.kl_div(q, p, reduction="none").mean()),
        "divides by the words too",
    ),
    (
        exercises.distillation_loss,
        distilled_with(loss=lambda q, p: functional.kl_div(q, p, reduction="sum")),
        "adds up the rows",
    ),
    (
        exercises.distillation_loss,
        lambda student, teacher, t: distilled_row_by_row(student, teacher, 1 / t) * t**4,
        "multiplies the logits",
    ),
    (
        exercises.distillation_loss,
        distilled_with(student=lambda logits, t: (logits / t).softmax(-1)),
        "takes probabilities for logarithms",
    ),
    (exercises.relative_rows, rows_with(lambda i, j: j - i), "reverses the sign"),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k).T, "reverses the sign"),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k) - k, "does not shift"),
    (
        exercises.relative_rows,
        rows_with(change=lambda distances, k: (distances + k).clamp(0, 2 * k)),
        "lets k be a distance",
    ),
    (
        exercises.relative_rows,
        rows_with(change=lambda distances, k: distances.abs().clamp(max=k - 1) + k),
        "takes the absolute distance",
    ),
    (exercises.relative_rows, rows_with(lambda i, j: i - j, lambda distances, k: distances + k), "does not clamp"),
    (
        exercises.relative_rows,
        rows_with(lambda i, j: i - j, lambda distances, k: torch.clamp(distances + k, -k, k - 1)),
        "shifts before it clamps",
    ),
    (
        exercises.relative_rows,
        rows_with(lambda i, j: i - j, lambda distances, k: torch.remainder(distances + k, 2 * k)),
        "comes round again",
    ),
    (
        exercises.relative_rows,
        rows_with(lambda i, j: i - j, lambda distances, k: (distances + k).clamp(1, 2 * k - 1)),
        "never uses row 0",
    ),
    (exercises.disentangled_weights, weights_with(root=math.sqrt), "divides by root d"),
    (exercises.disentangled_weights, positions_added_late, "adds positions after the softmax"),
    (exercises.disentangled_weights, weights_with(p2c=None), "leaves out position to content"),
    (exercises.disentangled_weights, weights_with(c2p="jd,ijd->ij"), "gives distances the query of the column"),
    (exercises.disentangled_weights, weights_with(p2c="jid,jd->ij"), "turns the distance round"),
    (exercises.disentangled_weights, weights_with(c2p=None), "leaves out content to position"),
    (exercises.disentangled_weights, weights_with(dim=0), "takes the softmax over queries"),
    (exercises.disentangled_weights, weights_with(root=lambda d: 1), "forgets to scale"),
    (
        exercises.replaced_labels,
        replaced_with(labels=lambda read, original, sampled, selected: selected * 1),
        "calls all selected replaced",
    ),
    (
        exercises.replaced_labels,
        replaced_with(
            labels=lambda read, original, sampled, selected: torch.where(selected, (read != original).long(), -100)
        ),
        "labels selected tokens only",
    ),
    (
        exercises.replaced_labels,
        lambda original, sampled, selected: (original, ((sampled != original) & selected).long()),
        "reads the originals",
    ),
    (
        exercises.replaced_labels,
        replaced_with(labels=lambda read, original, sampled, selected: (read == original).long()),
        "turns the labels round",
    ),
    (
        exercises.replaced_labels,
        replaced_with(read=lambda original, sampled, selected: sampled),
        "reads samples everywhere",
    ),
    (
        exercises.replaced_labels,
        replaced_with(labels=lambda read, original, sampled, selected: (sampled != original).long()),
        "compares samples that are not read",
    ),
    (exercises.replaced_labels, read_from_another_name, "compares a text with itself"),
    (
        exercises.replaced_labels,
        replaced_with(labels=lambda read, original, sampled, selected: torch.where(selected, original, -100)),
        "asks which token it was",
    ),
]


def read_in_place(original, sampled, selected):
    labels = ((sampled != original) & selected).long()
    original[selected] = sampled[selected]
    return original, labels


def read_in_place_and_compared(original, sampled, selected):
    read = original
    read[selected] = sampled[selected]
    return read, (read != original).long()


WRONG_AT_THE_EDGES = [
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: (v + 512 + 2) * e + (e + 1) * h)),
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * e + 2 * e + (e + 1) * h)),
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * h + (h + 1) * h)),
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * (e + h + 1))),
    (exercises.albert_parameters, counted_with(words=lambda v, e, h: v * e, times=int)),
    (exercises.albert_parameters, counted_with(layer=lambda h, f: 12 * h * h + 13 * h)),
    (exercises.albert_parameters, counted_with(layer=lambda h, f: 3 * (h + 1) * h + (h + 1) * f + (f + 1) * h + 4 * h)),
    (exercises.albert_parameters, counted_with(times=lambda layers: 1 / layers)),
    (exercises.albert_parameters, lambda *sizes: str(counted_shape_by_shape(*sizes))),
    (exercises.albert_parameters, lambda *sizes: torch.tensor(counted_shape_by_shape(*sizes))),
    (exercises.distillation_loss, distilled_with(factor=lambda t: t)),
    (exercises.distillation_loss, distilled_with(factor=lambda t: 1 / t**2)),
    (exercises.distillation_loss, distilled_with(teacher=lambda logits, t: logits.softmax(-1))),
    (exercises.distillation_loss, distilled_with(student=lambda logits, t: logits.log_softmax(-1) / t)),
    (
        exercises.distillation_loss,
        distilled_with(lambda logits, t: (logits / t).log_softmax(0), lambda logits, t: (logits / t).softmax(0)),
    ),
    (exercises.distillation_loss, distilled_with(loss=lambda q, p: -kl_of_torch(q, p))),
    (exercises.distillation_loss, distilled_with(loss=lambda q, p: functional.kl_div(q, p, reduction="none").sum(1))),
    (exercises.distillation_loss, distilled_with(loss=lambda q, p: kl_of_torch(q, p) + kl_of_torch(p.log(), q.exp()))),
    (exercises.distillation_loss, lambda student, teacher, t: functional.mse_loss(student, teacher) / 2),
    (exercises.distillation_loss, lambda student, teacher, t: distilled_row_by_row(student, teacher, t).item()),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k).tolist()),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k).float()),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k)[0]),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k)[None]),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k) + 1),
    (exercises.relative_rows, lambda seq, k: rows_in_two_loops(seq, k).flip(0)),
    (exercises.relative_rows, rows_with(lambda i, j: i + j)),
    (exercises.relative_rows, rows_with(lambda i, j: (i - j).abs(), lambda distances, k: distances.clamp(max=k - 1))),
    (exercises.relative_rows, rows_with(change=lambda distances, k: distances.clamp(1 - k, k - 1) + k - 1)),
    (exercises.relative_rows, rows_with(change=lambda distances, k: distances.clamp(-k, k) + k - 1)),
    (exercises.disentangled_weights, weights_with(root=lambda d: 3 * math.sqrt(d))),
    (exercises.disentangled_weights, weights_with(root=lambda d: 3 * d)),
    (exercises.disentangled_weights, weights_with(root=lambda d: math.sqrt(2 * d))),
    (exercises.disentangled_weights, weights_with(p2c=None, root=lambda d: math.sqrt(2 * d))),
    (exercises.disentangled_weights, weights_with(c2p=None)),
    (exercises.disentangled_weights, weights_with(c2p=None, p2c=None)),
    (exercises.disentangled_weights, weights_with(p2c="ijd,id->ij")),
    (exercises.disentangled_weights, weights_with(p2c="jid,id->ij")),
    (exercises.disentangled_weights, weights_with(c2p="id,jid->ij")),
    (
        exercises.disentangled_weights,
        lambda query, key, position_key, position_query: weights_in_two_loops(query, key, position_query, position_key),
    ),
    (
        exercises.disentangled_weights,
        lambda query, key, position_key, position_query: weights_in_two_loops(key, query, position_key, position_query),
    ),
    (
        exercises.disentangled_weights,
        lambda query, key, position_key, position_query: weights_in_two_loops(
            query, key, position_key, position_query
        ).log(),
    ),
    (exercises.replaced_labels, read_in_place),
    (exercises.replaced_labels, read_in_place_and_compared),
    (exercises.replaced_labels, lambda *given: read_by_a_copy(*given)[::-1]),
    (exercises.replaced_labels, lambda *given: read_by_a_copy(*given)[1]),
    (exercises.replaced_labels, lambda *given: [*read_by_a_copy(*given)]),
    (exercises.replaced_labels, lambda original, sampled, selected: read_by_a_copy(original, sampled, ~selected)),
    (exercises.replaced_labels, replaced_with(labels=lambda read, original, sampled, selected: read != original)),
    (
        exercises.replaced_labels,
        replaced_with(labels=lambda read, original, sampled, selected: torch.where(read != original, read, 0)),
    ),
    (
        exercises.replaced_labels,
        replaced_with(labels=lambda read, original, sampled, selected: torch.where(selected, 1, -100)),
    ),
    (
        exercises.replaced_labels,
        replaced_with(read=lambda original, sampled, selected: original.masked_fill(selected, 103)),
    ),
]


def _random(*shape, seed=13):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_albert_is_counted_as_in_the_topic_and_by_machine():
    sizes = (101, 7, 48, 37, 3)
    model = albert.AlbertModel(albert_config(*sizes))
    counted = ("embeddings.word_embeddings", "embeddings.projection", "encoder.layer.")
    by_machine = sum(weight.numel() for name, weight in model.named_parameters() if name.startswith(counted))
    assert exercises.count_shared(*sizes) == counted_in_the_room(*sizes) == by_machine


def test_more_layers_are_no_more_parameters():
    assert exercises.count_shared(101, 7, 48, 37, 3) == exercises.count_shared(101, 7, 48, 37, 13)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 7.0])
def test_soft_targets_are_those_of_the_topic_with_their_gradient(temperature):
    student, teacher = _random(13, 37).requires_grad_(), _random(13, 37, seed=3)
    losses = [loss(student, teacher, temperature) for loss in (exercises.softened_divergence, distilled_with())]
    losses.append(distillation.soft_target_loss(student, teacher, temperature))
    gradients = [torch.autograd.grad(loss, student)[0] for loss in losses]
    for loss, gradient in zip(losses[1:], gradients[1:], strict=True):
        torch.testing.assert_close(losses[0], loss)
        torch.testing.assert_close(gradients[0], gradient)


def test_without_t_squared_the_gradient_fades_as_the_message_says():
    [left] = [each for each in exercises.distillation_loss.mistakes if each.name == "leaves out t squared"]
    student, teacher = _random(13, 37).requires_grad_(), _random(13, 37, seed=3)
    sizes = {
        (t, loss): torch.autograd.grad(loss(student, teacher, t), student)[0].norm()
        for t in (20.0, 40.0)
        for loss in (left.answer, exercises.softened_divergence)
    }
    assert sizes[20.0, left.answer] / sizes[40.0, left.answer] == pytest.approx(4, rel=0.1)
    right = exercises.softened_divergence
    assert sizes[20.0, right] / sizes[40.0, right] == pytest.approx(1, rel=0.1)


def test_cross_entropy_has_the_gradient_of_the_divergence_but_not_its_floor():
    [cross] = [each for each in exercises.distillation_loss.mistakes if each.name == "takes the cross entropy"]
    student, teacher = _random(13, 37).requires_grad_(), _random(13, 37, seed=3)
    gradients = [
        torch.autograd.grad(loss(student, teacher, 2.0), student)[0]
        for loss in (cross.answer, exercises.softened_divergence)
    ]
    torch.testing.assert_close(*gradients)
    assert exercises.softened_divergence(teacher, teacher, 2.0).abs() < 1e-5 < cross.answer(teacher, teacher, 2.0)


@pytest.mark.parametrize(("seq", "k"), [(1, 1), (7, 13), (13, 7), (37, 2)])
def test_rows_are_those_of_the_topic_and_of_the_library(seq, k):
    rows = exercises.rows_of_distances(seq, k)
    assert torch.equal(rows, rows_in_the_room(seq, k))
    assert torch.equal(rows, rows_of_the_library(seq, k))
    assert rows.min() >= 0
    assert rows.max() < 2 * k


def test_weights_are_those_of_the_topic():
    torch.manual_seed(13)
    model = tiny_deberta(3).eval()
    layer = next(model.encoder["layer"].children())
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    hidden, distances, attention = _random(1, 5, 14), model.distances(5), layer.attention["self"]
    _, expected = attention(hidden, distances)
    query, key, _ = attention.content(hidden)
    offers, wants = (look(distances.embeddings[None]) for look in (attention.position_key, attention.position_query))
    for head in range(2):
        ours = exercises.three_part_weights(
            query[0, head], key[0, head], offers[0, head][distances.rows], wants[0, head][distances.rows]
        )
        torch.testing.assert_close(ours, expected[0, head])
        [turned] = [each for each in exercises.disentangled_weights.mistakes if "distance round" in each.name]
        other = turned.answer(
            query[0, head], key[0, head], offers[0, head][distances.rows], wants[0, head][distances.rows]
        )
        assert (other - ours).abs().max() > 0.01  # the topic, too, can tell i - j from j - i


def test_weights_of_all_cases_have_something_to_tell():
    for case in exercises.disentangled_weights.cases:
        weights = exercises.three_part_weights(*case.args)
        torch.testing.assert_close(weights.sum(-1), torch.ones(len(weights)))
        assert weights.min() > 0.01
        assert weights.max() < 0.99


def test_three_parts_are_root_3_times_as_wide_as_one():
    query, key = _random(37, 64), _random(37, 64, seed=3)
    offers, wants = _random(37, 37, 64, seed=5), _random(37, 37, 64, seed=7)
    c2p, p2c = torch.einsum("id,ijd->ij", query, offers), torch.einsum("ijd,jd->ij", wants, key)
    wider = (query @ key.T + c2p + p2c).std() / (query @ key.T).std()
    assert wider == pytest.approx(math.sqrt(3), rel=0.1)


def test_replaced_tokens_are_those_of_the_topic():
    draw = torch.Generator().manual_seed(13)
    original, sampled = (torch.randint(3, (7, 13), generator=draw) for _ in range(2))
    selected = torch.rand(7, 13, generator=draw) < 0.4
    read, labels = exercises.read_and_labels(original, sampled, selected)
    topics = read_in_the_room(original, sampled, selected)
    assert torch.equal(read, topics[0])
    assert torch.equal(labels, topics[1])
    assert 0 < labels.sum() < selected.sum()  # some were drawn right


def test_an_argument_that_was_changed_is_told():
    verdict = exercises.replaced_labels.check(read_in_place)
    assert verdict.state == State.NOT_YET
    assert "original" in repr(verdict)
    compared = exercises.replaced_labels.check(read_in_place_and_compared)
    assert compared.mistake == "compares a text with itself"


def test_kinds_and_types_are_told():
    rows = exercises.relative_rows.check(lambda seq, k: rows_in_two_loops(seq, k).float())
    assert "expected dtype torch.int64, got dtype torch.float32" in rows.message
    labels = exercises.replaced_labels.check(
        replaced_with(labels=lambda read, original, sampled, selected: read != original)
    )
    assert "expected dtype torch.int64, got dtype torch.bool" in labels.message
    number = exercises.albert_parameters.check(lambda *sizes: torch.tensor(counted_shape_by_shape(*sizes)))
    assert "`.item()`" in number.message


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    assert exercises.count_shared(10, 2, 4, 8, 3) == 204
    loss = exercises.softened_divergence(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 2.0]]), 2.0)
    torch.testing.assert_close(loss, torch.tensor(1.8485), rtol=0, atol=5e-5)
    rows = exercises.rows_of_distances(3, 2)
    assert rows.tolist() == [[2, 1, 0], [3, 2, 1], [3, 3, 2]]
    x, p = torch.tensor([[2.0], [1.0]]), torch.arange(4.0).view(2, 2, 1)
    weights = exercises.three_part_weights(x, x, p, p)
    torch.testing.assert_close(weights, torch.tensor([[0.36, 0.64], [0.64, 0.36]]), rtol=0, atol=5e-3)
    read, labels = exercises.read_and_labels(
        torch.tensor([[5, 6, 7]]), torch.tensor([[5, 9, 3]]), torch.tensor([[True, True, False]])
    )
    assert (read.tolist(), labels.tolist()) == ([[5, 9, 7]], [[0, 1, 0]])
