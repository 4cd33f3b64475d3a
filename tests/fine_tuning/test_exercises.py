"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from bertlab.exercises.framework import State
from bertlab.fine_tuning import exercises
from bertlab.fine_tuning.lora import LoRALinear
from bertlab.fine_tuning.optimizer import parameter_groups, warmup_then_decay


def rate_by_the_smaller_line(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = -int(-warmup_share * steps // 1)
    up = step / warmup if warmup else 1.0
    return peak * min(up, (steps - step) / (steps - warmup))


def rate_by_a_scheduler(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = epochs * steps_per_epoch
    warmup = math.ceil(warmup_share * steps)
    return peak * warmup_then_decay(step, steps, warmup)


def groups_by_parts(names):
    decayed, spared = [], []
    for name in names:
        *_, layer, kind = name.split(".")
        (spared if kind == "bias" or layer == "LayerNorm" else decayed).append(name)
    return decayed, spared


def groups_by_the_end(names):
    no_decay = ("bias", "LayerNorm.weight")
    decayed = [name for name in names if not any(name.endswith(end) for end in no_decay)]
    return decayed, [name for name in names if name.endswith(no_decay)]


def train_by_hand(model, batches, lr):
    model.train()
    losses = []
    for inputs, labels in batches:
        for weight in model.parameters():
            weight.grad = None
        loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        with torch.no_grad():
            for weight in model.parameters():
                weight -= lr * weight.grad
        losses.append(loss.item())
    return losses


def train_without_grad_attributes(model, batches, lr):
    losses = []
    for inputs, labels in batches:
        logs = functional.log_softmax(model.train()(inputs), dim=-1)
        loss = -logs[torch.arange(len(labels)), labels].mean()
        weights = list(model.parameters())
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.data.sub_(gradient, alpha=lr)
        losses.append(float(loss.detach()))
    model.eval()
    return losses


def train_clearing_last(model, batches, lr):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for inputs, labels in batches:
        loss = nn.CrossEntropyLoss()(model(inputs), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def accuracy_in_a_loop(logits, labels):
    right = real = 0
    for some, wanted in zip(logits, labels, strict=True):
        right += (some.argmax(-1) == wanted).sum().item()
        real += (wanted >= 0).sum().item()
    return right / real


def accuracy_text_by_text(logits, labels):
    texts = [pair for some, wanted in zip(logits, labels, strict=True) for pair in zip(some, wanted, strict=True)]
    verdicts = [row.softmax(0).max() == row.softmax(0)[label] for row, label in texts if label != -100]
    return float(sum(verdicts) / len(verdicts))


def merge_with_einsum(weight, A, B, alpha):
    return weight + torch.einsum("or,ri->oi", B, A) * (alpha / len(A))


def merge_by_the_layer(weight, A, B, alpha):
    layer = LoRALinear(nn.Linear(weight.shape[1], weight.shape[0]), rank=len(A), alpha=alpha)
    layer.linear.weight.data, layer.A.data, layer.B.data = weight, A, B
    return layer.merged().weight.detach()


RIGHT = [
    (exercises.learning_rate, rate_by_the_smaller_line),
    (exercises.learning_rate, rate_by_a_scheduler),
    (exercises.decay_groups, groups_by_parts),
    (exercises.decay_groups, groups_by_the_end),
    (exercises.train, train_by_hand),
    (exercises.train, train_without_grad_attributes),
    (exercises.train, train_clearing_last),
    (exercises.accuracy, accuracy_in_a_loop),
    (exercises.accuracy, accuracy_text_by_text),
    (exercises.merge, merge_with_einsum),
    (exercises.merge, merge_by_the_layer),
]


def rate_with_int(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = int(warmup_share * steps)
    return peak * (step / warmup if step < warmup else (steps - step) / (steps - warmup))


def rate_with_round(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = round(warmup_share * steps)
    return peak * (step / warmup if step < warmup else (steps - step) / (steps - warmup))


def rate_without_ceil(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = steps * warmup_share
    return min(peak * step / warmup if warmup else peak, peak * (steps - step) / (steps - warmup))


def rate_that_starts_above_zero(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = math.ceil(warmup_share * steps)
    return peak * ((step + 1) / warmup if step + 1 <= warmup else (steps - step) / (steps - warmup))


def rate_that_ends_at_zero(step, steps_per_epoch, epochs, warmup_share, peak):
    last = steps_per_epoch * epochs - 1
    warmup = math.ceil(warmup_share * (last + 1))
    return peak * step / warmup if step < warmup else peak - peak * (step - warmup) / (last - warmup)


def rate_that_falls_from_step_0(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = math.ceil(warmup_share * steps)
    return peak * step / warmup if step < warmup else peak * (1 - step / (steps - warmup))


def rate_that_falls_over_all_steps(step, steps_per_epoch, epochs, warmup_share, peak):
    warmup = math.ceil(warmup_share * steps_per_epoch * epochs)
    return peak * step / warmup if step < warmup else peak * (1 - step / (steps_per_epoch * epochs))


def rate_within_an_epoch(step, steps_per_epoch, epochs, warmup_share, peak):
    return rate_by_a_scheduler(step % steps_per_epoch, steps_per_epoch, 1, warmup_share, peak)


def rate_with_a_warmup_of_one_epoch(step, steps_per_epoch, epochs, warmup_share, peak):
    steps, warmup = steps_per_epoch * epochs, math.ceil(warmup_share * steps_per_epoch)
    return peak * warmup_then_decay(step, steps, warmup)


def rate_with_a_closed_warmup(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = math.ceil(warmup_share * steps)
    return peak * (step / warmup if step <= warmup else (steps - step) / (steps - warmup))


def rate_of_an_epoch(step, steps_per_epoch, epochs, warmup_share, peak):
    first = step - step % steps_per_epoch
    return rate_by_a_scheduler(first // steps_per_epoch, steps_per_epoch, epochs, warmup_share, peak)


def rate_that_only_falls(step, steps_per_epoch, epochs, warmup_share, peak):
    return peak * (1 - step / (steps_per_epoch * epochs))


def rate_up_to_the_peak(step, steps_per_epoch, epochs, warmup_share, peak):
    warmup = math.ceil(warmup_share * steps_per_epoch * epochs)
    return peak * min(1.0, step / max(1e-9, warmup)) if warmup else peak


def groups_as_often_copied(names):
    no_decay = ["bias", "LayerNorm.weight"]
    decayed = [name for name in names if not any(part in name for part in no_decay)]
    return decayed, [name for name in names if any(part in name for part in no_decay)]


def groups_by_small_letters(names):
    spared = [name for name in names if name.endswith(("bias", "layernorm.weight"))]
    return [name for name in names if name not in spared], spared


def groups_by_layer_norm_anywhere(names):
    spared = [name for name in names if name.endswith("bias") or "LayerNorm" in name]
    return [name for name in names if name not in spared], spared


def groups_by_letters_of_any_size(names):
    spared = [name for name in names if name.split(".")[-1] == "bias" or "layernorm" in name.lower()]
    return [name for name in names if name not in spared], spared


def groups_without_tables(names):
    decayed, spared = groups_by_parts(names)
    tables = [name for name in decayed if "word_embeddings" in name]
    return [name for name in decayed if name not in tables], [name for name in names if name in spared + tables]


def groups_without_the_head(names):
    decayed = [name for name in groups_by_parts(names)[0] if "classifier" not in name]
    return decayed, [name for name in names if name not in decayed]


def train_with_probabilities(model, batches, lr):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for inputs, labels in batches:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(torch.softmax(model(inputs), dim=-1), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_without_setting_a_mode(model, batches, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for inputs, labels in batches:
        optimizer.zero_grad()
        losses.append(functional.cross_entropy(model(inputs), labels))
        losses[-1].backward()
        optimizer.step()
    return [loss.item() for loss in losses]


def train_that_clears_too_soon(model, batches, lr):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for inputs, labels in batches:
        loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_that_clears_only_once(model, batches, lr):
    model.train()
    model.zero_grad()
    return [_step_without_clearing(model, *batch, lr) for batch in batches]


def _step_without_clearing(model, inputs, labels, lr):
    loss = functional.cross_entropy(model(inputs), labels)
    loss.backward()
    for weight in model.parameters():
        weight.data -= lr * weight.grad
    return loss.item()


def train_uphill_by_hand(model, batches, lr):
    model.train()
    losses = []
    for inputs, labels in batches:
        model.zero_grad()
        loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        for weight in model.parameters():
            weight.data += lr * weight.grad
        losses.append(loss.item())
    return losses


def train_with_adamw(model, batches, lr):
    return _train_with(torch.optim.AdamW(model.train().parameters(), lr=lr), model, batches)


def _train_with(optimizer, model, batches, clip=math.inf):
    losses = []
    for inputs, labels in batches:
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_with_momentum(model, batches, lr):
    return _train_with(torch.optim.SGD(model.train().parameters(), lr=lr, momentum=0.9), model, batches)


def train_with_clipping(model, batches, lr):
    return _train_with(torch.optim.SGD(model.train().parameters(), lr=lr), model, batches, clip=0.1)


def train_and_round(model, batches, lr):
    return [round(loss, 4) for loss in train_by_hand(model, batches, lr)]


def _train_moving(move, model, batches):
    losses = []
    for inputs, labels in batches:
        model.train().zero_grad()
        loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        move()
        losses.append(loss.item())
    return losses


def train_by_rebinding(model, batches, lr):
    def move():
        for weight in model.parameters():
            weight = weight - lr * weight.grad

    return _train_moving(move, model, batches)


def train_without_no_grad(model, batches, lr):
    def move():
        for weight in model.parameters():
            weight -= lr * weight.grad

    return _train_moving(move, model, batches)


@torch.no_grad()
def _move_after_clearing(model, lr):
    model.zero_grad()
    for weight in model.parameters():
        weight -= lr * weight.grad


def train_by_hand_clearing_too_soon(model, batches, lr):
    return _train_moving(lambda: _move_after_clearing(model, lr), model, batches)


def accuracy_of_everything(logits, labels):
    right = sum((some.argmax(-1) == wanted).sum().item() for some, wanted in zip(logits, labels, strict=True))
    return right / sum(map(len, labels))


def accuracy_by_batches(logits, labels):
    means = []
    for some, wanted in zip(logits, labels, strict=True):
        real = wanted >= 0
        means.append((some[real].argmax(1) == wanted[real]).float().mean())
    return torch.stack(means).double().mean().item()


def accuracy_of_the_first_axis(logits, labels):
    return accuracy_in_a_loop([some.T for some in logits], labels)


def accuracy_of_a_list_compared(logits, labels):
    predicted, wanted = torch.cat(logits).argmax(dim=1), torch.cat(labels)
    return (predicted[labels != -100] == wanted[labels != -100]).float().mean().item()


def accuracy_at_the_place_true(logits, labels):
    predicted = [some.argmax(dim=1) for some in logits]
    real = labels != -100
    return (predicted[real] == labels[real]).float().mean().item()


def accuracy_of_flat_places(logits, labels):
    right = real = 0
    for some, wanted in zip(logits, labels, strict=True):
        right += (some.argmax() == wanted)[wanted != -100].sum().item()
        real += (wanted != -100).sum().item()
    return right / real


def accuracy_in_percent(logits, labels):
    return accuracy_in_a_loop(logits, labels) * 100


def error_rate(logits, labels):
    predicted, wanted = torch.cat(logits).argmax(dim=1), torch.cat(labels)
    return ((predicted != wanted) & (wanted != -100)).sum().item() / (wanted != -100).sum().item()


def accuracy_from_label_1_on(logits, labels):
    predicted, wanted = torch.cat(logits).argmax(dim=1), torch.cat(labels)
    return (predicted[wanted > 0] == wanted[wanted > 0]).double().mean().item()


def accuracy_of_two_classes(logits, labels):
    return accuracy_in_a_loop([some[:, :2] for some in logits], labels)


def accuracy_of_the_later_classes(logits, labels):
    return accuracy_in_a_loop([torch.cat([some[:, :1] - 100, some[:, 1:]], dim=1) for some in logits], labels)


def accuracy_when_sure(logits, labels):
    chance, wanted = torch.cat(logits).softmax(-1), torch.cat(labels)
    chance, wanted = chance[wanted != -100], wanted[wanted != -100]
    return (chance[torch.arange(len(wanted)), wanted] > 0.5).double().mean().item()


def merge_with_transposes(weight, A, B, alpha):
    return weight + (B @ A).T * alpha / len(A)


def merge_by_the_width_of_a(weight, A, B, alpha):
    return weight + B @ A * (alpha / A.size(-1))


def merge_reversed(weight, A, B, alpha):
    return (A @ B) * alpha / len(A) + weight


def merge_by_entries(weight, A, B, alpha):
    return weight + A * B * alpha / len(A)


def merge_by_whole_shares(weight, A, B, alpha):
    return weight + alpha // len(A) * (B @ A)


def merge_by_the_rank_of_a(weight, A, B, alpha):
    return weight + alpha / torch.linalg.matrix_rank(A) * (B @ A)


def merge_by_the_rank_of_b(weight, A, B, alpha):
    return weight + alpha / torch.linalg.matrix_rank(B) * (B @ A)


MISTAKEN = [
    (exercises.learning_rate, rate_of_an_epoch, "moves once per epoch"),
    (exercises.learning_rate, rate_without_ceil, "does not round the warmup"),
    (exercises.learning_rate, rate_that_starts_above_zero, "starts above zero"),
    (exercises.learning_rate, rate_that_ends_at_zero, "reaches zero in the last step"),
    (exercises.learning_rate, rate_that_falls_from_step_0, "counts the fall from step 0"),
    (exercises.learning_rate, rate_that_falls_over_all_steps, "falls over all steps"),
    (exercises.learning_rate, rate_within_an_epoch, "restarts each epoch"),
    (exercises.decay_groups, groups_as_often_copied, "looks for bias anywhere"),
    (exercises.decay_groups, groups_by_small_letters, "lets layer norm decay"),
    (exercises.decay_groups, groups_by_layer_norm_anywhere, "looks for layer norm anywhere"),
    (exercises.decay_groups, groups_by_letters_of_any_size, "looks for layer norm anywhere"),
    (exercises.decay_groups, groups_without_tables, "spares embeddings"),
    (exercises.decay_groups, groups_without_the_head, "spares the head"),
    (exercises.train, train_with_probabilities, "takes the softmax twice"),
    (exercises.train, train_without_setting_a_mode, "trains in evaluation mode"),
    (exercises.train, train_that_clears_only_once, "keeps old gradients"),
    (exercises.train, train_that_clears_too_soon, "never moves the weights"),
    (exercises.train, train_by_rebinding, "never moves the weights"),
    (exercises.train, train_with_adamw, "takes adamw"),
    (exercises.train, train_without_no_grad, "records its own steps"),
    (exercises.train, train_by_hand_clearing_too_soon, "has no gradients left"),
    (exercises.train, train_uphill_by_hand, "climbs"),
    (exercises.accuracy, accuracy_of_everything, "counts padding as wrong"),
    (exercises.accuracy, accuracy_of_a_list_compared, "counts padding as wrong"),
    (exercises.accuracy, accuracy_at_the_place_true, "compares a list"),
    (exercises.accuracy, accuracy_by_batches, "averages the batches"),
    (exercises.accuracy, accuracy_of_the_first_axis, "takes the maximum over texts"),
    (exercises.accuracy, accuracy_of_flat_places, "takes the maximum of a whole batch"),
    (exercises.accuracy, accuracy_in_percent, "returns percent"),
    (exercises.accuracy, error_rate, "counts the wrong ones"),
    (exercises.accuracy, accuracy_from_label_1_on, "leaves out label 0"),
    (exercises.merge, merge_with_transposes, "transposes the product"),
    (exercises.merge, merge_by_the_width_of_a, "divides by the inputs"),
    (exercises.merge, merge_reversed, "multiplies in the wrong order"),
    (exercises.merge, merge_by_entries, "multiplies entry by entry"),
]


def rate_that_never_starts_at_zero(step, steps_per_epoch, epochs, warmup_share, peak):
    steps = steps_per_epoch * epochs
    warmup = math.ceil(warmup_share * steps)
    return peak * ((step + 1) / (warmup + 1) if step < warmup else (steps - step) / (steps - warmup))


def train_with_the_mode_set_at_the_end(model, batches, lr):
    losses = train_without_setting_a_mode(model, batches, lr)
    model.train()
    return losses


def accuracy_by_batches_with_padding(logits, labels):
    pairs = zip(logits, labels, strict=True)
    return sum((some.argmax(1) == wanted).double().mean().item() for some, wanted in pairs) / len(logits)


def merge_in_place(weight, A, B, alpha):
    weight += alpha / len(A) * (B @ A)
    return weight


WRONG_AT_THE_EDGES = [
    (exercises.learning_rate, rate_that_never_starts_at_zero),
    (exercises.learning_rate, rate_with_a_closed_warmup),
    (exercises.learning_rate, rate_with_a_warmup_of_one_epoch),
    (exercises.learning_rate, rate_with_int),
    (exercises.learning_rate, rate_with_round),
    (exercises.learning_rate, rate_that_only_falls),
    (exercises.learning_rate, rate_up_to_the_peak),
    (exercises.decay_groups, lambda names: list(groups_by_parts(names))),
    (exercises.train, train_with_the_mode_set_at_the_end),
    (exercises.train, train_with_momentum),
    (exercises.train, train_with_clipping),
    (exercises.train, train_and_round),
    (exercises.accuracy, accuracy_by_batches_with_padding),
    (exercises.accuracy, accuracy_of_two_classes),
    (exercises.accuracy, accuracy_of_the_later_classes),
    (exercises.accuracy, accuracy_when_sure),
    (exercises.merge, merge_in_place),
    (exercises.merge, merge_by_whole_shares),
    (exercises.merge, merge_by_the_rank_of_a),
    (exercises.merge, merge_by_the_rank_of_b),
]


def test_a_matrix_that_is_changed_in_place_is_named():
    weight, A, B, alpha = exercises.merge.cases[0].args
    torch.testing.assert_close(merge_in_place(weight.clone(), A, B, alpha), exercises.one_matrix(weight, A, B, alpha))
    verdict = exercises.merge.check(merge_in_place)
    assert verdict.state == State.NOT_YET
    assert "changes its argument `weight`" in verdict.message


def test_a_list_is_said_to_be_no_tuple():
    verdict = exercises.decay_groups.check(lambda names: list(groups_by_parts(names)))
    assert "expected a tuple, got a list" in verdict.message


def test_the_rate_is_that_of_the_loop_at_every_step():
    for steps_per_epoch, epochs, share in [(37, 3, 0.1), (13, 1, 0.0), (7, 5, 0.5), (13, 2, 0.06)]:
        steps = steps_per_epoch * epochs
        rates = [exercises.rate_of_step(step, steps_per_epoch, epochs, share, 5e-5) for step in range(steps)]
        warmup = math.ceil(share * steps)
        assert rates == pytest.approx([5e-5 * warmup_then_decay(step, steps, warmup) for step in range(steps)])
        assert max(rates) == rates[warmup] == 5e-5


def test_the_groups_are_those_of_the_optimizer():
    model = nn.ModuleDict({"LayerNorm": nn.LayerNorm(7), "classifier": nn.Linear(7, 3), "table": nn.Embedding(13, 7)})
    named = dict(model.named_parameters())
    groups = exercises.names_by_decay(list(named))
    for names, group in zip(groups, parameter_groups(model), strict=True):
        assert [id(named[name]) for name in names] == [id(weight) for weight in group["params"]]
    assert groups[0] == ["classifier.weight", "table.weight"]


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    assert exercises.rate_of_step(55, 25, 4, 0.1, 4e-5) == pytest.approx(2e-5)
    names = ["bert.embeddings.LayerNorm.weight", "classifier.weight", "classifier.bias"]
    decayed, spared = exercises.names_by_decay(names)
    assert (decayed, spared) == (["classifier.weight"], ["bert.embeddings.LayerNorm.weight", "classifier.bias"])
    model = nn.Linear(1, 2, bias=False)
    nn.init.zeros_(model.weight)
    losses = exercises.train_once(model, [(torch.tensor([[2.0]]), torch.tensor([0]))] * 2, lr=0.5)
    assert losses == pytest.approx([0.6931, 0.1269], abs=5e-5)
    logits = [torch.tensor([[2.0, -1.0], [0.5, 1.5]]), torch.tensor([[1.0, 3.0], [0.0, 0.0]])]
    assert exercises.share_of_real_texts(logits, [torch.tensor([0, 0]), torch.tensor([1, -100])]) == 2 / 3
    A, B = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    merged = exercises.one_matrix(torch.eye(3), A, B, 4.0)
    assert merged.tolist() == [[3.0, 0.0, 4.0], [0.0, 5.0, 0.0], [2.0, 2.0, 5.0]]
