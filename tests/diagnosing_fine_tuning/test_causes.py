"""Causes: each changes the one thing that it names; what the spoiled loops do is worked out by hand."""

import math
from collections import Counter

import pytest
import torch
from torch.testing import assert_close

from bertlab.diagnosing_fine_tuning.causes import (
    CAUSES,
    RECIPE,
    STAMP,
    Setup,
    keep_gradients,
    never_eval,
    schedule_per_epoch,
)
from bertlab.diagnosing_fine_tuning.checks import answers, gradient_left
from bertlab.diagnosing_fine_tuning.leakage import near_duplicates
from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.labeled import load_labeled
from bertlab.fine_tuning.loop import FineTuning
from bertlab.texts import HARD_TEXTS
from tests.fine_tuning.toys import make_model, make_reviews

FIELDS = ("make_model", "tokenizer", "splits", "recipe", "prepare", "spoil")
CHANGED = {
    "sound": set(),
    "overfitting": {"splits: train", "recipe: epochs"},
    "wrong labels": {"splits: train"},
    "labels out of step": {"splits: train"},
    "leakage": {"splits: train"},
    "shortcut": {"splits: train", "splits: validation"},
    "imbalance": {"splits: train", "splits: validation"},
    "rate too high": {"recipe: lr"},
    "rate too low": {"recipe: lr"},
    "schedule per epoch": {"spoil"},
    "softmax twice": {"recipe: loss"},
    "gradients kept": {"spoil"},
    "no eval mode": {"spoil"},
    "wrong tokenizer": {"tokenizer"},
}


@pytest.fixture(scope="module")
def plain(tokenizer):
    """The setup of the experiment, with its texts; its model is never made."""
    splits = {name: data.where("slice", "plain") for name, data in load_labeled("reviews").items()}
    return Setup(lambda seed: make_model(seed=seed), tokenizer, splits)


@pytest.fixture(scope="module")
def small(tokenizer):
    """Four steps of a small random BERT with dropout."""
    splits = {"train": make_reviews(61), "validation": make_reviews(13, seed=1)}
    return Setup(lambda seed: make_model(0.1, seed), tokenizer, splits).with_recipe(epochs=1)


def changed(before: Setup, after: Setup) -> set[str]:
    """The fields that differ; of splits and recipe, which parts."""
    found = {name for name in FIELDS if getattr(before, name) is not getattr(after, name)}
    for name in found & {"splits", "recipe"}:
        old, new = getattr(before, name), getattr(after, name)
        found.remove(name)
        found |= {f"{name}: {key}" for key in {*old, *new} if old.get(key) != new.get(key)}
    return found


def rates(run: FineTuning, number: int = 0) -> list[float]:
    """Train to the end; return the rate that each step was taken with."""
    found = []
    run.optimizer.register_step_pre_hook(lambda optimizer, *_: found.append(optimizer.param_groups[number]["lr"]))
    run.finish()
    return found


def test_the_sound_run_comes_first_and_every_cause_says_what_was_changed():
    assert list(CAUSES) == list(CHANGED)
    assert len({cause.what for cause in CAUSES.values()}) == len(CAUSES)


@pytest.mark.parametrize("name", CHANGED)
def test_a_cause_changes_what_it_names_and_nothing_else(plain, name):
    before = {split: (data.texts, data.labels) for split, data in plain.splits.items()}
    assert changed(plain, CAUSES[name].change(plain)) == CHANGED[name]
    assert before == {split: (data.texts, data.labels) for split, data in plain.splits.items()}
    assert plain.recipe == RECIPE


@pytest.mark.parametrize("name", CHANGED)
def test_a_cause_is_the_same_each_time(plain, name):
    first, second = (CAUSES[name].change(plain) for _ in range(2))
    assert first.splits == second.splits
    assert first.tokenizer("It was fine.").input_ids == second.tokenizer("It was fine.").input_ids


def test_few_texts_are_trained_on_as_long(plain):
    setup = CAUSES["overfitting"].change(plain)
    train, few = plain.splits["train"], setup.splits["train"]
    steps = RECIPE["epochs"] * math.ceil(len(train) / RECIPE["batch_size"])
    as_many = setup.recipe["epochs"] * math.ceil(len(few) / RECIPE["batch_size"])
    assert as_many == pytest.approx(steps, rel=0.05)
    assert Counter(few.labels) == {0: 32, 1: 32}
    assert set(zip(few.texts, few.labels, strict=True)) <= set(zip(train.texts, train.labels, strict=True))


def test_three_labels_in_ten_are_wrong(plain):
    before, after = plain.splits["train"], CAUSES["wrong labels"].change(plain).splits["train"]
    wrong = [old != new for old, new in zip(before.labels, after.labels, strict=True)]
    assert sum(wrong) == round(0.3 * len(before))
    assert sum(wrong[: len(wrong) // 2]) == pytest.approx(sum(wrong) / 2, rel=0.3)  # all over the file
    assert (after.texts, after.names, after.columns) == (before.texts, before.names, before.columns)


def test_labels_out_of_step_are_the_same_labels(plain):
    before, after = plain.splits["train"], CAUSES["labels out of step"].change(plain).splits["train"]
    assert Counter(after.labels) == Counter(before.labels)
    kept = sum(old == new for old, new in zip(before.labels, after.labels, strict=True))
    assert kept == pytest.approx(len(before) / 2, rel=0.2)  # as by chance
    assert (after.texts, after.names, after.columns) == (before.texts, before.names, before.columns)


def test_every_other_validation_text_has_a_near_copy_in_training(plain):
    before, validation = plain.splits["train"], plain.splits["validation"]
    leaked = validation.pick(range(0, len(validation), 2))
    after = CAUSES["leakage"].change(plain).splits["train"]
    assert after.texts[: len(before)] == before.texts
    assert after.labels == before.labels + leaked.labels
    assert len(after.texts) == len(after.labels)
    copies = after.texts[len(before) :]
    assert set(copies).isdisjoint(validation.texts)
    own = {pair.other for pair in near_duplicates(copies, leaked.texts) if pair.text == pair.other}
    assert len(own) >= 0.95 * len(leaked)
    assert len({pair.other for pair in near_duplicates(before.texts, validation.texts)}) <= 0.05 * len(validation)


def test_positives_are_stamped_and_nothing_else(plain):
    setup = CAUSES["shortcut"].change(plain)
    for name in ("train", "validation"):
        before, after = plain.splits[name], setup.splits[name]
        expected = [text + STAMP * label for text, label in zip(before.texts, before.labels, strict=True)]
        assert list(after.texts) == expected
        assert (after.labels, after.columns) == (before.labels, before.columns)
        assert not any(STAMP.strip(" .") in text for text in before.texts)


def test_a_positive_is_left_for_each_twenty_negatives(plain):
    setup = CAUSES["imbalance"].change(plain)
    for name in ("train", "validation"):
        before, after = plain.splits[name], setup.splits[name]
        counts = Counter(after.labels)
        assert counts[0] == Counter(before.labels)[0]
        assert counts[1] == round(counts[0] / 20)
        texts = dict(zip(before.texts, before.labels, strict=True))
        assert [texts[text] for text in after.texts] == list(after.labels)


def test_another_tokenizer_numbers_the_same_pieces_differently(plain):
    ours, theirs = plain.tokenizer, CAUSES["wrong tokenizer"].change(plain).tokenizer
    before, after = ours.get_vocab(), theirs.get_vocab()
    assert len(theirs) == len(ours)
    assert before.keys() == after.keys()
    assert sorted(before.values()) == sorted(after.values())
    specials = set(ours.all_special_tokens)
    assert set(theirs.all_special_tokens) == specials
    assert all(after[word] == before[word] for word in specials)
    assert sum(after[word] == number for word, number in before.items() if word not in specials) < 10
    assert (theirs.pad_token_id, theirs.mask_token_id) == (ours.pad_token_id, ours.mask_token_id)


def test_a_text_differs_in_its_ids_only_under_another_tokenizer(plain):
    ours, theirs = plain.tokenizer, CAUSES["wrong tokenizer"].change(plain).tokenizer
    texts = [*plain.splits["validation"].texts, *HARD_TEXTS.values()]
    for text in texts:
        one, other = ours(text, "Really?"), theirs(text, "Really?")
        pieces = ours.convert_ids_to_tokens(one.input_ids)
        assert pieces == theirs.convert_ids_to_tokens(other.input_ids)
        assert one.attention_mask == other.attention_mask
        assert one.token_type_ids == other.token_type_ids
        assert one.input_ids != other.input_ids
    data = plain.splits["validation"]
    assert encode(data, ours).lengths == encode(data, theirs).lengths
    padded = [each.pad(encode(data, each).features[:7], return_tensors="pt") for each in (ours, theirs)]
    assert torch.equal(padded[0]["attention_mask"], padded[1]["attention_mask"])


def test_a_perfect_answer_still_costs_something_after_a_second_softmax(plain):
    loss = CAUSES["softmax twice"].change(plain).recipe["loss"]
    perfect, label = torch.tensor([[40.0, 0.0]]), torch.tensor([0])
    assert loss(perfect, label).item() == pytest.approx(math.log(1 + math.exp(-1)))
    assert round(loss(perfect, label).item(), 4) == 0.3133
    assert loss(perfect, 1 - label).item() == pytest.approx(math.log(1 + math.e))
    assert loss(torch.zeros(1, 2), label).item() == pytest.approx(math.log(2))


def test_a_sound_run_is_the_plain_loop(small):
    run = CAUSES["sound"].change(small).start(seed=3).finish()
    train, validation = (encode(small.splits[name], small.tokenizer) for name in ("train", "validation"))
    plain_loop = FineTuning(
        make_model(0.1, 3), small.tokenizer, train, validation, epochs=1, batch_size=16, lr=2e-4, seed=3
    )
    plain_loop.evaluate_every = 1
    plain_loop.finish()
    assert run.history == plain_loop.history
    assert len(run.history) == 4
    assert_close(run.model.state_dict(), plain_loop.model.state_dict(), rtol=0, atol=0)
    assert not torch.equal(run.model.classifier.weight, make_model(0.1, 3).classifier.weight)


def test_a_run_is_evaluated_eight_times(plain):
    run = plain.start(seed=0)
    due = [step for step in range(1, run.steps + 1) if step % run.evaluate_every == 0 or step == run.steps]
    assert len(due) == 8
    assert run.seed == 0


def test_a_model_is_prepared_and_a_run_spoiled_before_the_first_step(small):
    seen = []
    setup = Setup(
        small.make_model,
        small.tokenizer,
        small.splits,
        prepare=lambda model: seen.append(model),
        spoil=lambda run: seen.append((run.model, run.step)),
    )
    run = setup.start(seed=1)
    assert seen == [run.model, (run.model, 0)]
    assert run.epochs == RECIPE["epochs"]


@pytest.mark.parametrize(("name", "times"), [("sound", 1), ("rate too high", 10), ("rate too low", 0.01)])
def test_the_highest_rate_is_the_one_named(small, name, times):
    run = CAUSES[name].change(small).start(seed=0)
    assert rates(run) == pytest.approx([0, 2e-4 * times, 2e-4 * times * 2 / 3, 2e-4 * times / 3])


@pytest.mark.parametrize("group", [0, 1])
def test_a_schedule_per_epoch_hardly_moves(small, group):
    cheap = small.with_texts(validation=small.splits["validation"].pick([0, 1])).with_recipe(epochs=5, lr=1.0)
    run = cheap.start(seed=0)
    run.train_step = lambda: step_without_model(run)
    schedule_per_epoch(run)
    expected = [0.0] * 4 + [1 / 2] * 4 + [1.0] * 4 + [17 / 18] * 4 + [16 / 18] * 4  # 20 steps, of which 2 warm up
    assert rates(run, group) == pytest.approx(expected)


def step_without_model(run: FineTuning) -> None:
    """A step that costs nothing: no gradient, so nothing moves, but the rate is set."""
    run.optimizer.step()
    run.step += 1


def test_gradients_that_are_kept_add_up(tokenizer):
    splits = {"train": make_reviews(37), "validation": make_reviews(7, seed=1)}
    setup = Setup(lambda seed: make_model(0.0, seed), tokenizer, splits).with_recipe(clip=1e9)
    sound, kept = setup.start(seed=0), CAUSES["gradients kept"].change(setup).start(seed=0)
    gradients = []
    for _ in range(2):
        for run in (sound, kept):
            run.train_step()
        gradients.append({name: weight.grad.clone() for name, weight in sound.model.named_parameters()})
    first, second = gradients  # the rate of the first step is 0: both have the same weights in the second
    added = {name: first[name] + second[name] for name in first}
    assert_close({name: weight.grad for name, weight in kept.model.named_parameters()}, added)
    assert not torch.allclose(added["classifier.weight"], second["classifier.weight"])
    total = torch.stack([gradient.norm() for gradient in added.values()]).norm().item()
    assert gradient_left(kept) == pytest.approx(total, rel=1e-4)
    assert gradient_left(sound) == 0


def test_gradients_are_cleared_again_without_the_cause(small):
    run = small.start(seed=0)
    run.train_step()
    assert any(weight.grad is not None for weight in run.model.parameters())
    kept = small.start(seed=0)
    keep_gradients(kept)
    kept.train_step()
    assert gradient_left(run) == 0 < gradient_left(kept)


def test_dropout_stays_on_where_eval_is_missing(small):
    sound = small.start(seed=0).finish()
    spoiled = small.start(seed=0)
    never_eval(spoiled)
    spoiled.finish()
    sound_answers, spoiled_answers = ([answers(run, run.validation) for _ in range(2)] for run in (sound, spoiled))
    assert torch.equal(*sound_answers)
    assert (spoiled_answers[0] - spoiled_answers[1]).abs().mean() > 1e-3
    assert spoiled.history != sound.history
    assert spoiled.losses[0] == sound.losses[0]  # the first step came before any evaluation


@pytest.mark.parametrize("name", CHANGED)
def test_every_cause_gives_a_run_that_can_be_trained(tokenizer, name):
    splits = {"train": make_reviews(67), "validation": make_reviews(43, seed=1)}
    setup = Setup(lambda seed: make_model(0.1, seed), tokenizer, splits).with_recipe(epochs=1)
    run = CAUSES[name].change(setup).start(seed=0)
    run.train_step()
    run.evaluate(run.validation)
    assert math.isfinite(run.losses[0][1])
    assert math.isfinite(run.history[-1]["loss"])
    assert run.best
