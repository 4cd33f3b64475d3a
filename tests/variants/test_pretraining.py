"""Recipes: what each batch holds, that none comes twice, that all read as much, and what each loss is made of."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.testing import assert_close

from bertlab.experiments.world import world
from bertlab.masked_language_modeling.training import BATCH_SIZE, STEPS, mlm_batch, mlm_loss
from bertlab.models import mlm_logits
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import MASK, PAD
from bertlab.variants import pretraining
from bertlab.variants.distillation import cosine_loss, predict, soft_target_loss
from bertlab.variants.electra import DISCRIMINATOR_WEIGHT, replace
from bertlab.variants.pretraining import (
    INPUTS,
    RECIPES,
    SET_SIZE,
    electra_loss,
    fixed,
    frequencies,
    hidden,
    number,
    original,
    sentences,
    start,
    student_loss,
)
from bertlab.variants.small import small
from tests.docstrings import assert_examples_hold

EPOCH = SET_SIZE // BATCH_SIZE
each_setting = pytest.mark.parametrize("setting", RECIPES)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def in_order(batches):
    """The rows of several batches, sorted, so that two epochs can be compared."""
    rows = torch.cat([*batches])
    return sorted(rows.tolist())


@each_setting
def test_a_seed_and_a_step_give_one_batch(setting):
    make = RECIPES[setting].make_batch
    assert same(make(1, 7), make(1, 7))
    assert not torch.equal(original(make(1, 7)), original(make(1, 8)))
    assert not torch.equal(original(make(1, 7)), original(make(2, 7)))


def test_bert_reads_what_it_reads_in_notebook_04():
    assert same(sentences(2, 7), mlm_batch(world().sentences, BATCH_SIZE, 2 * STEPS + 7))
    assert_examples_hold(number.__doc__, vars(pretraining))


@each_setting
def test_a_step_reads_as_many_tokens_as_berts(setting):
    tokens = {
        name: sum((RECIPES[name].make_batch(0, step)["input_ids"] != PAD).sum().item() for step in range(12))
        for name in (setting, "BERT")
    }
    assert tokens[setting] == pytest.approx(RECIPES[setting].larger * tokens["BERT"], rel=0.02)


def test_larger_batches_are_fewer_and_may_have_another_rate():
    bert, large, faster = (start(name, 0) for name in ("BERT", "large batches", "large batches, twice the rate"))
    assert (bert.steps, large.steps) == (STEPS, STEPS // 4)
    assert large.peaks == bert.peaks
    assert faster.peaks == [2 * peak for peak in bert.peaks]


@pytest.mark.parametrize("maskings", [1, 2, None])
def test_a_fixed_set_comes_back_whole_in_each_epoch_in_another_order(maskings):
    epochs = [[fixed(0, epoch * EPOCH + turn, maskings) for turn in range(EPOCH)] for epoch in range(3)]
    first, second, _ = epochs
    assert not torch.equal(original(first[0]), original(second[0]))
    assert in_order(map(original, first)) == in_order(map(original, second))
    labels = [in_order([batch["labels"] for batch in epoch]) for epoch in epochs]
    assert (labels[0] == labels[1]) == (maskings == 1)
    assert (labels[0] == labels[2]) == (maskings is not None)
    assert STEPS / EPOCH > 40


def test_pairs_are_the_same_with_and_without_the_question_whether_they_follow():
    with_next, without = RECIPES["with NSP"], RECIPES["without NSP"]
    batch = with_next.make_batch(0, 7)
    assert same(batch, without.make_batch(0, 7))
    model = small("BERT", world().discourses, 0, with_next.positions)
    assert without.loss(model, batch).item() == pytest.approx(
        mlm_loss(model, inputs_and_labels(batch)).item(), rel=1e-5
    )
    assert with_next.loss(model, batch) > without.loss(model, batch) + 0.5  # log 2, for a coin


def inputs_and_labels(batch):
    return {name: batch[name] for name in (*INPUTS, "labels")}


def test_electra_hides_words_behind_masks_alone():
    batch = hidden(0, 7)
    selected = batch["labels"] != -100
    assert (batch["input_ids"][selected] == MASK).all()
    assert torch.equal(original(batch)[~selected], batch["input_ids"][~selected])


@pytest.mark.parametrize(("everywhere", "by_frequency"), [(True, False), (False, False), (True, True)])
def test_electras_loss_is_that_of_both_models(everywhere, by_frequency):
    pair, batch = small("ELECTRA", world().sentences), hidden(0, 7)
    inputs, selected = {name: batch[name] for name in INPUTS}, batch["labels"] != -100
    logits = mlm_logits(pair.generator, inputs, selected)
    ids, drawn_from = original(batch), frequencies().expand_as(logits) if by_frequency else logits
    read, labels = replace(drawn_from, ids, selected, torch.Generator().manual_seed(7))
    assert ((read != ids) <= selected).all()
    scores = pair.discriminator(**inputs | {"input_ids": read}).logits
    asked = inputs["attention_mask"] == 1 if everywhere else selected
    told = binary_cross_entropy_with_logits(scores[asked], labels[asked].float())
    expected = cross_entropy(logits, batch["labels"][selected]) + DISCRIMINATOR_WEIGHT * told
    assert_close(electra_loss(pair, batch, everywhere, by_frequency), expected)


def test_frequencies_are_those_of_the_language():
    ids = world().sentences.sample(20_000, torch.Generator().manual_seed(0)).input_ids
    counted = torch.bincount(ids[ids > MASK], minlength=433) / (ids > MASK).sum()
    assert_close(frequencies().exp(), counted, rtol=0, atol=0.003)
    assert frequencies().exp().sum().item() == pytest.approx(1)


def test_a_student_by_mlm_alone_has_the_loss_of_mlm():
    student, teacher = (small_bert(world().sentences, seed) for seed in (0, 1))
    batch = sentences(0, 7)
    assert_close(student_loss(student, batch, teacher, (0.0, 1.0, 0.0)), mlm_loss(student, batch))


def test_a_students_loss_has_three_parts_and_teaches_the_student_only():
    student, teacher = (small_bert(world().sentences, seed) for seed in (0, 1))
    batch = sentences(0, 7)
    inputs, real = {name: batch[name] for name in INPUTS}, batch["attention_mask"] == 1
    ours, theirs = predict(student, inputs), predict(teacher, inputs)
    soft = soft_target_loss(ours.logits[real], theirs.logits[real])
    cosine = cosine_loss(ours.hidden[real], theirs.hidden[real])
    found = student_loss(student, batch, teacher, (5.0, 2.0, 1.0))
    assert_close(found, 5 * soft + 2 * mlm_loss(student, batch) + cosine)
    found.backward()
    assert student.bert.embeddings.word_embeddings.weight.grad is not None
    assert all(weight.grad is None for weight in teacher.parameters())
    assert student_loss(teacher, batch, teacher, (5.0, 0.0, 1.0)).item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("setting", ["ALBERT", "DeBERTa", "ModernBERT", "ELECTRA", "causal"])
def test_a_few_steps_help(setting):
    training = start(setting, 0, steps=7)
    held_out = training.make_batch(10**6)
    with torch.no_grad():
        before = training.loss(training.model, held_out).item()
    training.finish()
    with torch.no_grad():
        after = training.loss(training.model, held_out).item()
    assert after < before - 0.1
