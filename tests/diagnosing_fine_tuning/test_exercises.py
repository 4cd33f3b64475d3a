"""What the general tests of exercises leave out: right answers written otherwise, and mistakes made otherwise."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn import functional

from bertlab.diagnosing_fine_tuning import exercises
from bertlab.diagnosing_fine_tuning.accumulation import accumulated_gradient, shares_of
from bertlab.diagnosing_fine_tuning.calibration import expected_calibration_error
from bertlab.diagnosing_fine_tuning.imbalance import best_threshold, class_scores, macro_f1
from bertlab.diagnosing_fine_tuning.imbalance import micro_f1 as micro_f1_of_classes
from bertlab.exercises.framework import State
from bertlab.fine_tuning.small_classifier import SmallClassifier


def stop_by_counting(losses, patience):
    lowest, best, bad = float("inf"), 0, 0
    for number, loss in enumerate(losses):
        if loss < lowest:
            lowest, best, bad = loss, number, 0
        else:
            bad += 1
        if bad >= patience:
            break
    return best, number


def stop_by_slices(losses, patience):
    for seen in range(1, len(losses) + 1):
        best = losses.index(min(losses[:seen]))
        if seen - 1 - best >= patience:
            return best, seen - 1
    return losses.index(min(losses)), len(losses) - 1


def f1_by_masks(predicted, labels):
    given, real = predicted.bool(), labels.bool()
    right, wrong = (given & real).sum().item(), (given ^ real).sum().item()
    return 2 * right / (2 * right + wrong) if right or wrong else 0.0


def f1_by_precision_and_recall(predicted, labels):
    scores = class_scores(predicted.flatten(), labels.flatten(), of=1)
    if not scores.precision + scores.recall:
        return 0.0
    return 2 * scores.precision * scores.recall / (scores.precision + scores.recall)


def f1_in_single_precision(predicted, labels):
    right = (predicted * labels).sum().float()
    return torch.nan_to_num(2 * right / (predicted.sum() + labels.sum())).item()


def threshold_by_the_topic(validation_scores, validation_labels, test_scores, test_labels):
    threshold = best_threshold(validation_scores, validation_labels)
    return threshold, class_scores((test_scores >= threshold).long(), test_labels, of=1).f1


def _harmonic(called, labels):
    right = (called & labels.bool()).sum().float()
    if not right:
        return 0.0
    precision, recall = right / called.sum(), right / labels.sum()
    return (2 * precision * recall / (precision + recall)).item()


def threshold_by_precision_and_recall(validation_scores, validation_labels, test_scores, test_labels):
    best = max(
        sorted(validation_scores.tolist()), key=lambda edge: _harmonic(validation_scores >= edge, validation_labels)
    )
    return best, _harmonic(test_scores >= best, test_labels)


def error_in_single_precision(probabilities, right, bins):
    edges = torch.linspace(0, 1, bins + 1)
    error = torch.tensor(0.0)
    for number in range(bins):
        inside = (probabilities > edges[number]) & (probabilities <= edges[number + 1])
        if number == 0:
            inside |= probabilities == 0
        if inside.sum() > 0:
            gap = probabilities[inside].mean() - right[inside].float().mean()
            error += inside.float().mean() * gap.abs()
    return error.item()


def error_by_sums(probabilities, right, bins):
    places = (probabilities.double() * bins).ceil().long().clamp(min=1) - 1
    gaps = torch.zeros(bins).double().index_add(0, places, probabilities.double() - right.double())
    return (gaps.abs().sum() / len(right)).item()


def train_by_hand(model, micro_batches, lr, steps):
    model.train()
    count = sum((labels != -100).sum() for _, labels in micro_batches)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        total = 0.0
        for inputs, labels in micro_batches:
            real = labels >= 0
            if real.any():
                loss = functional.cross_entropy(model(inputs[real]), labels[real]) * real.sum() / count
                loss.backward()
                total += loss.item()
        with torch.no_grad():
            for weight in model.parameters():
                weight -= lr * weight.grad
        losses.append(total)
    return losses


def train_on_one_large_batch(model, micro_batches, lr, steps):
    inputs, labels = (torch.cat(tensors) for tensors in zip(*micro_batches, strict=True))
    optimizer = torch.optim.SGD(model.train().parameters(), lr)
    losses = []
    for _ in range(steps):
        loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


RIGHT = [
    (exercises.early_stopping, stop_by_counting),
    (exercises.early_stopping, stop_by_slices),
    (exercises.micro_f1, f1_by_masks),
    (exercises.micro_f1, f1_by_precision_and_recall),
    (exercises.micro_f1, f1_in_single_precision),
    (exercises.threshold, threshold_by_the_topic),
    (exercises.threshold, threshold_by_precision_and_recall),
    (exercises.calibration_error, expected_calibration_error),
    (exercises.calibration_error, error_in_single_precision),
    (exercises.calibration_error, error_by_sums),
    (exercises.mend, train_by_hand),
    (exercises.mend, train_on_one_large_batch),
]


def stop_with_the_last_weights(losses, patience):
    return (stop_by_counting(losses, patience)[1],) * 2


def stop_and_take_the_lowest_of_all(losses, patience):
    return min(range(len(losses)), key=losses.__getitem__), stop_by_counting(losses, patience)[1]


def stop_without_setting_back(losses, patience):
    lowest, best, bad = losses[0], 0, 0
    for number, loss in enumerate(losses[1:], 1):
        if loss < lowest:
            lowest, best = loss, number
        else:
            bad += 1
            if bad == patience:
                return best, number
    return best, len(losses) - 1


def stop_after_the_count(losses, patience):
    best = bad = 0
    for number in range(len(losses)):
        bad = 0 if number == 0 or losses[number] < losses[best] else bad + 1
        best = number if bad == 0 else best
        if bad > patience:
            return best, number
    return best, len(losses) - 1


def stop_counting_the_best(losses, patience):
    best = 0
    for number in range(1, len(losses)):
        best = number if losses[number] < losses[best] else best
        if number - best + 1 == patience:
            return best, number
    return best, len(losses) - 1


def stop_with_the_latest_of_equals(losses, patience):
    lowest, best, bad = float("inf"), 0, 0
    for number, loss in enumerate(losses):
        best, bad = (number, 0) if loss <= lowest else (best, bad + 1)
        lowest = min(lowest, loss)
        if bad == patience:
            break
    return best, number


def stop_from_1(losses, patience):
    best, stopped = stop_by_slices(losses, patience)
    return best + 1, stopped + 1


def f1_by_columns(predicted, labels):
    columns = range(labels.shape[1])
    return sum(f1_by_masks(predicted[:, number], labels[:, number]) for number in columns) / len(columns)


def f1_by_rows(predicted, labels):
    return sum(map(f1_by_masks, predicted, labels)) / len(labels)


def f1_as_a_nan(predicted, labels):
    right = (predicted * labels).sum()
    return (2 * right / (predicted.sum() + labels.sum())).item()


def f1_of_a_single_label_text(predicted, labels):
    return micro_f1_of_classes(predicted.flatten(), labels.flatten())


def precision_of_all(predicted, labels):
    return class_scores(predicted.flatten(), labels.flatten(), of=1).precision


def recall_of_all(predicted, labels):
    return class_scores(predicted.flatten(), labels.flatten(), of=1).recall


def threshold_of_validation_scores_by_test_f1(validation_scores, validation_labels, test_scores, test_labels):
    best = max(validation_scores.unique().tolist(), key=lambda edge: _harmonic(test_scores >= edge, test_labels))
    return best, _harmonic(test_scores >= best, test_labels)


def threshold_of_the_wrong_split(validation_scores, validation_labels, test_scores, test_labels):
    return threshold_by_the_topic(test_scores, test_labels, test_scores, test_labels)


def threshold_with_the_validation_f1(validation_scores, validation_labels, test_scores, test_labels):
    return threshold_by_the_topic(validation_scores, validation_labels, validation_scores, validation_labels)


def threshold_of_a_grid(validation_scores, validation_labels, test_scores, test_labels):
    grid = torch.arange(0, 1, 0.01).double().tolist()
    best = max(grid, key=lambda edge: _harmonic(validation_scores >= edge, validation_labels))
    return best, _harmonic(test_scores >= best, test_labels)


def threshold_in_falling_order(validation_scores, validation_labels, test_scores, test_labels):
    order = validation_scores.sort(descending=True).values.tolist()
    best = max(order, key=lambda edge: _harmonic(validation_scores >= edge, validation_labels))
    return best, _harmonic(test_scores >= best, test_labels)


def _gaps(probabilities, right, bins):
    places = (probabilities * bins).ceil().clamp(min=1)
    groups = [places == number for number in range(1, bins + 1)]
    return [(inside.sum(), probabilities[inside].mean() - right[inside].float().mean()) for inside in groups]


def error_with_empty_bins(probabilities, right, bins):
    return float(sum(count * gap.abs() for count, gap in _gaps(probabilities, right, bins)) / len(right))


def error_of_a_mean(probabilities, right, bins):
    return float(torch.stack([gap.abs() for count, gap in _gaps(probabilities, right, bins) if count]).mean())


def error_over_bins(probabilities, right, bins):
    return float(sum(gap.abs() for count, gap in _gaps(probabilities, right, bins) if count) / bins)


def error_of_all_texts_at_once(probabilities, right, bins):
    return (probabilities.mean() - right.float().mean()).item()


def error_with_open_bins_above(probabilities, right, bins):
    places = (probabilities * bins).floor().clamp(max=bins - 1)
    groups = [places == number for number in places.unique()]
    return float(sum((probabilities[inside] - right[inside].float()).sum().abs() for inside in groups) / len(right))


def error_of_the_worst(probabilities, right, bins):
    return max(gap.abs().item() for count, gap in _gaps(probabilities, right, bins) if count)


def train_partly_mended(mode=True, logits=True, clear=True, count=True):
    """The loop of the notebook with some of its four errors mended."""

    def train(model, micro_batches, lr, steps):
        optimizer = torch.optim.SGD(model.train(mode).parameters(), lr=lr)
        labeled = sum((labels != -100).sum().item() for _, labels in micro_batches)
        losses = []
        for _ in range(steps):
            total = 0.0
            optimizer.zero_grad()
            for inputs, labels in micro_batches:
                if not clear:
                    optimizer.zero_grad()
                outputs = model(inputs) if logits else model(inputs).softmax(dim=-1)
                if count:
                    loss = functional.cross_entropy(outputs, labels, reduction="sum") / labeled
                else:
                    loss = functional.cross_entropy(outputs, labels) / len(micro_batches)
                loss.backward()
                total += loss.item()
            optimizer.step()
            losses.append(total)
        return losses

    return train


def _train_with(loss_of, model, micro_batches, lr, steps):
    inputs, labels = (torch.cat(tensors) for tensors in zip(*micro_batches, strict=True))
    losses = []
    for _ in range(steps):
        model.train().zero_grad()
        loss = loss_of(model(inputs), labels)
        loss.backward()
        for weight in model.parameters():
            weight.data -= lr * weight.grad
        losses.append(loss.item())
    return losses


def train_over_all_rows(model, micro_batches, lr, steps):
    def loss_of(logits, labels):
        return functional.cross_entropy(logits, labels, reduction="sum") / len(labels)

    return _train_with(loss_of, model, micro_batches, lr, steps)


def train_with_shares(model, micro_batches, lr, steps):
    optimizer = torch.optim.SGD(model.train().parameters(), lr=lr)
    shares = shares_of([int((labels >= 0).sum()) for _, labels in micro_batches])
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        total = 0.0
        for (inputs, labels), share in zip(micro_batches, shares, strict=True):
            loss = share * functional.cross_entropy(model(inputs), labels)
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total)
    return losses


def train_clearing_too_late(model, micro_batches, lr, steps):
    optimizer = torch.optim.SGD(model.train().parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        losses.append(_gather(model, micro_batches))
        optimizer.zero_grad()
        optimizer.step()
    return losses


def _gather(model, micro_batches):
    """Add the gradients of a step to those that are there."""
    labeled = sum((labels != -100).sum() for _, labels in micro_batches)
    total = 0.0
    for inputs, labels in micro_batches:
        loss = functional.cross_entropy(model(inputs), labels, reduction="sum") / labeled
        loss.backward()
        total += loss.item()
    return total


def train_that_never_clears(model, micro_batches, lr, steps):
    optimizer = torch.optim.SGD(model.train().parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        losses.append(_gather(model, micro_batches))
        optimizer.step()
    return losses


def train_with_a_step_for_each(model, micro_batches, lr, steps):
    labeled = [int((labels != -100).sum()) for _, labels in micro_batches]
    losses = []
    for _ in range(steps):
        total = 0.0
        for batch, share in zip(micro_batches, shares_of(labeled), strict=True):
            if share:
                total += share * train_by_hand(model, [batch], lr * share, 1)[0]
        losses.append(total)
    return losses


MISTAKEN = [
    (exercises.early_stopping, stop_with_the_last_weights, "keeps the last weights"),
    (exercises.early_stopping, stop_and_take_the_lowest_of_all, "looks beyond the stop"),
    (exercises.early_stopping, stop_without_setting_back, "counts bad evaluations in all"),
    (exercises.early_stopping, stop_after_the_count, "stops one late"),
    (exercises.early_stopping, stop_counting_the_best, "stops one early"),
    (exercises.early_stopping, stop_with_the_latest_of_equals, "takes an equal loss as new"),
    (exercises.early_stopping, stop_from_1, "numbers from 1"),
    (exercises.micro_f1, f1_by_columns, "averages the labels"),
    (exercises.micro_f1, f1_by_rows, "averages the texts"),
    (exercises.micro_f1, f1_of_a_single_label_text, "counts agreements"),
    (exercises.micro_f1, precision_of_all, "leaves out misses"),
    (exercises.micro_f1, recall_of_all, "leaves out false alarms"),
    (exercises.micro_f1, f1_as_a_nan, "divides nothing by nothing"),
    (exercises.threshold, threshold_of_validation_scores_by_test_f1, "tunes on the test set"),
    (exercises.threshold, threshold_of_the_wrong_split, "tunes on the test set"),
    (exercises.threshold, threshold_with_the_validation_f1, "reports the validation f1"),
    (exercises.threshold, threshold_of_a_grid, "tries a grid"),
    (exercises.threshold, threshold_in_falling_order, "takes the highest of several"),
    (exercises.calibration_error, error_with_empty_bins, "takes the mean of nothing"),
    (exercises.calibration_error, error_of_a_mean, "averages the bins"),
    (exercises.calibration_error, error_over_bins, "divides by all bins"),
    (exercises.calibration_error, error_of_all_texts_at_once, "leaves out the absolute value"),
    (exercises.calibration_error, error_with_open_bins_above, "puts an edge in the upper bin"),
    (exercises.calibration_error, error_of_the_worst, "takes the largest gap"),
    (exercises.mend, train_partly_mended(mode=False), "trains in evaluation mode"),
    (exercises.mend, train_partly_mended(logits=False), "takes the softmax twice"),
    (exercises.mend, train_partly_mended(clear=False), "clears for each micro batch"),
    (exercises.mend, train_partly_mended(count=False), "averages the means"),
    (exercises.mend, train_over_all_rows, "counts padding"),
    (exercises.mend, train_that_never_clears, "keeps old gradients"),
    (exercises.mend, train_with_a_step_for_each, "steps for each micro batch"),
    (exercises.mend, train_clearing_too_late, "never moves the weights"),
]


def stop_with_a_loss(losses, patience):
    best, stopped = stop_by_slices(losses, patience)
    return losses[best], stopped


def stop_with_how_many(losses, patience):
    best, stopped = stop_by_slices(losses, patience)
    return best, stopped + 1


def stop_the_other_way_round(losses, patience):
    return stop_by_slices(losses, patience)[::-1]


def stop_at_the_highest(losses, patience):
    return stop_by_slices([-loss for loss in losses], patience)


def f1_that_divides_plain_numbers(predicted, labels):
    right = int((predicted * labels).sum())
    return 2 * right / int(predicted.sum() + labels.sum())


def f1_of_nothing_is_perfect(predicted, labels):
    return f1_by_masks(predicted, labels) if predicted.any() or labels.any() else 1.0


def f1_as_a_tensor(predicted, labels):
    return torch.tensor(f1_by_masks(predicted, labels))


def f1_of_zeros(predicted, labels):
    return f1_by_masks(1 - predicted, 1 - labels)


def f1_of_percent(predicted, labels):
    return 100 * f1_by_masks(predicted, labels)


def threshold_of_both_classes(validation_scores, validation_labels, test_scores, test_labels):
    edges = validation_scores.unique().tolist()
    best = max(edges, key=lambda edge: macro_f1((validation_scores >= edge).long(), validation_labels))
    return best, macro_f1((test_scores >= best).long(), test_labels)


def threshold_chosen_with_ge_tested_with_gt(validation_scores, validation_labels, test_scores, test_labels):
    best = best_threshold(validation_scores, validation_labels)
    return best, _harmonic(test_scores > best, test_labels)


def threshold_in_the_middle(validation_scores, validation_labels, test_scores, test_labels):
    edges = validation_scores.unique()
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    best = max(middles, key=lambda edge: _harmonic(validation_scores >= edge, validation_labels))
    return best, _harmonic(test_scores >= best, test_labels)


def threshold_as_a_list(validation_scores, validation_labels, test_scores, test_labels):
    return list(threshold_by_the_topic(validation_scores, validation_labels, test_scores, test_labels))


def threshold_unsorted(validation_scores, validation_labels, test_scores, test_labels):
    best = max(validation_scores.tolist(), key=lambda edge: _harmonic(validation_scores >= edge, validation_labels))
    return best, _harmonic(test_scores >= best, test_labels)


def threshold_with_the_test_accuracy(validation_scores, validation_labels, test_scores, test_labels):
    best = best_threshold(validation_scores, validation_labels)
    return best, ((test_scores >= best) == test_labels.bool()).double().mean().item()


def error_without_0(probabilities, right, bins):
    error = 0.0
    for number in range(bins):
        inside = (probabilities > number / bins) & (probabilities <= (number + 1) / bins)
        if inside.any():
            error += (probabilities[inside].double() - right[inside].double()).sum().abs().item() / len(right)
    return error


def error_without_1(probabilities, right, bins):
    kept = probabilities < 1
    return error_with_open_bins_above(probabilities[kept], right[kept], bins)


def error_of_a_root(probabilities, right, bins):
    filled = [(count, gap) for count, gap in _gaps(probabilities, right, bins) if count]
    return float(sum(count * gap**2 for count, gap in filled) / len(right)) ** 0.5


def error_of_middles(probabilities, right, bins):
    places = (probabilities * bins).ceil().clamp(min=1) - 1
    return error_by_sums((places + 0.5) / bins, right, bins)


def error_that_does_not_divide(probabilities, right, bins):
    return len(right) * error_by_sums(probabilities, right, bins)


def error_from_one_half(probabilities, right, bins):
    return expected_calibration_error((2 * probabilities - 1).clamp(0, 1), right, bins)


def train_with_a_sum(model, micro_batches, lr, steps):
    def loss_of(logits, labels):
        return functional.cross_entropy(logits, labels, reduction="sum")

    return _train_with(loss_of, model, micro_batches, lr, steps)


def train_step_by_step(model, micro_batches, lr, steps):
    """One step too many for each micro-batch, and each loss of its own micro-batch alone."""
    batches = [batch for batch in micro_batches if (batch[1] != -100).any()]
    losses = []
    for _ in range(steps):
        losses.append(sum(train_by_hand(model, [batch], lr, 1)[0] for batch in batches) / len(batches))
    return losses


def train_with_means_where_there_are_any(model, micro_batches, lr, steps):
    batches = [batch for batch in micro_batches if (batch[1] != -100).any()]
    return train_partly_mended(count=False)(model, batches, lr, steps)


def train_uphill(model, micro_batches, lr, steps):
    return train_by_hand(model, micro_batches, -lr, steps)


def train_that_returns_the_last(model, micro_batches, lr, steps):
    return train_by_hand(model, micro_batches, lr, steps)[-1]


MENDED = [dict(zip(["mode", "logits", "clear", "count"], chosen, strict=True)) for chosen in product([0, 1], repeat=4)]
PARTLY = [train_partly_mended(**{name: bool(on) for name, on in some.items()}) for some in MENDED[:-1]]

WRONG_AT_THE_EDGES = [
    (exercises.early_stopping, stop_with_a_loss),
    (exercises.early_stopping, stop_with_how_many),
    (exercises.early_stopping, stop_the_other_way_round),
    (exercises.early_stopping, stop_at_the_highest),
    (exercises.early_stopping, lambda losses, patience: list(stop_by_slices(losses, patience))),
    (exercises.micro_f1, f1_that_divides_plain_numbers),
    (exercises.micro_f1, f1_of_nothing_is_perfect),
    (exercises.micro_f1, f1_as_a_tensor),
    (exercises.micro_f1, f1_of_zeros),
    (exercises.micro_f1, f1_of_percent),
    (exercises.threshold, threshold_of_both_classes),
    (exercises.threshold, threshold_chosen_with_ge_tested_with_gt),
    (exercises.threshold, threshold_in_the_middle),
    (exercises.threshold, threshold_as_a_list),
    (exercises.threshold, threshold_unsorted),
    (exercises.threshold, threshold_with_the_test_accuracy),
    (exercises.calibration_error, error_without_0),
    (exercises.calibration_error, error_without_1),
    (exercises.calibration_error, error_of_a_root),
    (exercises.calibration_error, error_of_middles),
    (exercises.calibration_error, error_that_does_not_divide),
    (exercises.calibration_error, error_from_one_half),
    (exercises.mend, train_with_a_sum),
    (exercises.mend, train_step_by_step),
    (exercises.mend, train_with_means_where_there_are_any),
    (exercises.mend, train_uphill),
    (exercises.mend, train_that_returns_the_last),
    (exercises.mend, train_with_shares),
    *((exercises.mend, answer) for answer in PARTLY),
]


def test_the_loop_is_right_with_all_four_mended():
    assert len(PARTLY) == 15
    assert exercises.mend.check(train_partly_mended()).state == State.CORRECT


def test_a_tensor_is_told_to_become_a_number():
    assert "`.item()`" in exercises.micro_f1.check(f1_as_a_tensor).message


def test_the_threshold_is_that_of_the_topic():
    generator = torch.Generator().manual_seed(7)
    for texts in (13, 37):
        scores = torch.rand(2, texts, generator=generator)
        labels = (torch.rand(2, texts, generator=generator) < 0.4 * scores + 0.1).long()
        labels[:, 0] = 1
        answer = exercises.chosen_threshold(scores[0], labels[0], scores[1], labels[1])
        assert answer == threshold_by_the_topic(scores[0], labels[0], scores[1], labels[1])


@pytest.mark.parametrize("bins", [1, 7, 10, 20])
def test_the_calibration_error_is_that_of_the_topic(bins):
    generator = torch.Generator().manual_seed(bins)
    edges = torch.arange(bins + 1, dtype=torch.double) / bins
    probabilities = torch.cat([torch.rand(37, generator=generator, dtype=torch.double), edges])
    for values in (probabilities, probabilities.float()):
        right = torch.rand(len(values), generator=generator) < 0.7
        expected = expected_calibration_error(values, right, bins)
        assert exercises.gap_of_bins(values, right, bins) == pytest.approx(expected, abs=1e-12)


def test_micro_f1_of_one_label_each_is_that_of_the_topic():
    predicted, labels = torch.tensor([0, 2, 1, 1, 0, 2, 2]), torch.tensor([0, 1, 1, 2, 0, 2, 0])
    hot = functional.one_hot(predicted), functional.one_hot(labels)
    assert exercises.pooled_f1(*hot) == pytest.approx(micro_f1_of_classes(predicted, labels))


def test_a_step_follows_the_gradient_of_the_topic():
    micro_batches, lr = exercises.mend.cases[2].args[1], 0.25
    model = SmallClassifier(3, 6, 3).train()
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    parts = [{"inputs": inputs, "labels": labels} for inputs, labels in micro_batches]
    shares = shares_of([int((labels != -100).sum()) for _, labels in micro_batches])

    def loss(model, batch):
        return functional.cross_entropy(model(batch["inputs"]), batch["labels"])

    gradient = accumulated_gradient(model, loss, parts, shares)
    exercises.train_in_parts(model, micro_batches, lr, steps=1)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(weight.detach(), before[name] - lr * gradient[name])


def test_the_example_of_each_exercise_in_the_notebook_is_right():
    assert exercises.best_and_last([0.6, 0.4, 0.5, 0.45, 0.3], 2) == (1, 3)
    predicted, labels = torch.tensor([[1, 1, 0], [0, 0, 0]]), torch.tensor([[1, 0, 0], [1, 0, 1]])
    assert exercises.pooled_f1(predicted, labels) == 0.4
    validation = torch.tensor([0.75, 0.25, 0.5, 0.125]), torch.tensor([1, 1, 0, 0])
    test = torch.tensor([0.75, 0.375, 0.0]), torch.tensor([1, 0, 1])
    assert exercises.chosen_threshold(*validation, *test) == (0.25, 0.5)
    right = torch.tensor([False, True, True, False])
    assert exercises.gap_of_bins(torch.tensor([0.25, 0.5, 0.75, 1.0]), right, 2) == 0.25
    model = nn.Linear(1, 2, bias=False)
    nn.init.zeros_(model.weight)
    first, second = (torch.tensor([[2.0], [1.0]]), torch.tensor([0, -100])), (torch.tensor([[1.0]]), torch.tensor([0]))
    losses = exercises.train_in_parts(model, [first, second], 0.5, 2)
    assert losses == pytest.approx([0.6931, 0.2941], abs=5e-5)
