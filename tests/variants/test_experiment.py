"""The recorded comparison: how each figure is measured, and that the file, once there is one, is complete."""

import pytest
import torch
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from bertlab.experiments.downstream import sentiment
from bertlab.experiments.world import world
from bertlab.masked_language_modeling.experiment import gap
from bertlab.masked_language_modeling.training import mlm_losses
from bertlab.models import encoder
from bertlab.small_bert.model import model_inputs, small_bert
from bertlab.tinyworld import PAD, next_word
from bertlab.variants import experiment
from bertlab.variants.census import flops_per_token
from bertlab.variants.experiment import (
    GROUPS,
    SEEDS,
    STUDENTS,
    Reader,
    asked,
    at_the_end,
    causal_gap,
    downstream,
    gaps_by_slice,
    measure,
    measure_distilled,
    measure_pretrained,
    operations,
    recorded,
    results,
    runs,
    seconds,
    teacher,
)
from bertlab.variants.pretraining import RECIPES
from bertlab.variants.small import KINDS, small
from bertlab.why_bert_cannot_generate.batches import causal_batch

TASKS = {"entity tags", "entity tags, frozen", "sentiment", "sentiment, frozen"}
COSTS = {"parameters", "operations", "seconds", "million tokens"}
SLICES = {"gap", "gap, certain", "gap, open"}


def metrics(name):
    """What is measured of a setting of the first group."""
    if name == "causal":
        return COSTS | TASKS | {"gap, next word"}
    if "ELECTRA" in name:
        return COSTS | TASKS
    return COSTS | TASKS | {"gap"} | ({"gap, discourses"} if name.endswith(("NSP", "SOP")) else set())


def sample(n):
    return world().sentences.sample(n, torch.Generator().manual_seed(0)).input_ids


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_returns_what_the_encoder_does_in_its_width(kind):
    model, inputs = small(kind, world().sentences), model_inputs(sample(7))
    reader = Reader(model, causal=False)
    assert_close(reader(**inputs)[0], encoder(model)(**inputs)[0])
    assert reader.get_parameter("embeddings.LayerNorm.weight").shape == (96,)
    assert {id(weight) for weight in reader.parameters()} == {id(weight) for weight in encoder(model).parameters()}


def test_a_causal_reader_sees_what_stands_before():
    reader, inputs = Reader(small_bert(world().sentences), causal=True), model_inputs(sample(7))
    other = {**inputs, "input_ids": inputs["input_ids"].clone()}
    other["input_ids"][:, 3] += 1
    one, two = reader(**inputs)[0], reader(**other)[0]
    assert_close(one[:, :3], two[:, :3])
    assert (one[:, 3:5] - two[:, 3:5]).abs().amax(-1).min() > 1e-3


def test_what_is_asked_at_the_start_is_asked_at_the_end():
    task, _ = sentiment(world().sentences)
    ids, labels = task(13, torch.Generator().manual_seed(0))
    again, moved = at_the_end(task)(13, torch.Generator().manual_seed(0))
    assert torch.equal(ids, again)
    assert ((moved >= 0).sum(1) == 1).all()
    last = (moved >= 0).int().argmax(1)
    assert torch.equal(moved.gather(1, last[:, None])[:, 0], labels[:, 0])
    rows = torch.arange(13)
    assert (ids[rows, last] != PAD).all()
    assert all(row[place + 1 :].eq(PAD).all() for row, place in zip(ids, last.tolist(), strict=True))


def test_downstream_asks_a_causal_model_at_the_end_and_draws_texts_several_times(monkeypatch):
    seen, seeds = {}, []

    def note(reader, task, classes, seed, frozen=False):
        _, labels = task(13, torch.Generator().manual_seed(seed))
        seeds.append(seed)
        seen[classes, frozen] = (labels[:, 0] >= 0).all().item(), reader.get_submodule("bert").causal
        return 0.5 if seed % 2 else 0.7

    monkeypatch.setattr(experiment, "fine_tune", note)
    for causal in (False, True):
        found = downstream(small_bert(world().sentences), 3, causal, draws=4)
        assert found == pytest.approx(dict.fromkeys(TASKS, 0.6))
        assert seen[2, False] == seen[2, True] == (not causal, causal)
    assert seeds == [12, 13, 14, 15] * 4 * 2


def test_the_causal_gap_is_above_the_exact_next_word():
    model, texts = small_bert(world().sentences).eval(), 13
    batch = causal_batch(world().sentences, texts, experiment.HELD_OUT_SEED)
    chosen = batch["labels"] != -100
    exact = next_word(world().sentences, batch["input_ids"])[chosen]
    lowest = -exact.gather(1, batch["labels"][chosen][:, None])[:, 0].log()
    with torch.no_grad():
        expected = (mlm_losses(model, batch) - lowest).mean().item()
    assert causal_gap(model, texts) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["BERT", "ALBERT", "ModernBERT, all global"])
def test_operations_are_those_of_the_census(kind):
    """Counted by PyTorch, on a batch without padding, forward only, without the head."""
    model, ids = small(kind, world().sentences), torch.full((7, 13), 9)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        encoder(model)(ids)
    beside = 2 * 7 * 96 * 96 if kind == "BERT" else 2 * 7 * 13 * 32 * 96 if kind == "ALBERT" else 0
    expected = sum(flops_per_token(encoder(model).config, 13).values()) * 7 * 13
    assert counter.get_total_flops() - beside == expected  # a pooler, or a projection, which the census leaves out


def test_sharing_saves_no_operations_and_a_generator_takes_some():
    bert = operations("BERT")
    assert operations("ALBERT, shared only") >= bert
    assert operations("ALBERT, factorized only") == operations("ALBERT")
    assert operations("ELECTRA") > 1.1 * bert
    assert operations("ELECTRA") == operations("ELECTRA, selected positions only")


def test_seconds_are_a_multiple_of_berts():
    assert 0.3 < seconds("BERT", turns=5) < 3


def test_slices_make_up_the_whole():
    model = small_bert(world().sentences).eval()
    found, certain = gaps_by_slice(model, 200), asked(200).certain.double().mean().item()
    assert found["gap"] == pytest.approx(gap(model, world().sentences, 200), rel=1e-5)
    whole = certain * found["gap, certain"] + (1 - certain) * found["gap, open"]
    assert found["gap"] == pytest.approx(whole)
    lowest = asked(200).lowest
    assert lowest[asked(200).certain].mean() < 0.1 < lowest[~asked(200).certain].mean()


@pytest.mark.parametrize("name", ["ALBERT", "with NSP", "ELECTRA", "causal"])
def test_each_setting_has_its_metrics(monkeypatch, name):
    monkeypatch.setattr(experiment, "fine_tune", lambda *given, **named: 0.5)
    monkeypatch.setattr(experiment, "TEXTS", 50)
    assert set(measure_pretrained(name, 0, steps=2, turns=1)) == metrics(name)


def test_students_are_taught_as_they_are_called(monkeypatch):
    monkeypatch.setattr(experiment, "TEXTS", 50)
    names = ("teacher", "not trained", "all three", "random start, all three")
    found = {name: measure_distilled(name, 0, steps=7, student_steps=5) for name in names}
    assert all(set(gaps) == SLICES for gaps in found.values())
    assert teacher.cache_info().misses == 1
    assert found["all three"]["gap"] < found["not trained"]["gap"] - 0.02
    assert found["all three"]["gap"] < found["random start, all three"]["gap"] - 0.02


def test_every_setting_and_seed_is_measured_once(monkeypatch):
    found = list(runs())
    assert len(found) == len(set(found)) == SEEDS * (len(RECIPES) + len(STUDENTS))
    monkeypatch.setitem(experiment.GROUPS, "distill", (lambda name, seed: {name: float(seed)}, *GROUPS["distill"][1:]))
    assert measure("distill, random start, all three", 3) == {"random start, all three": 3}


def test_the_file_in_the_repository_is_complete():
    expected = {f"pretrain, {name}": metrics(name) for name in RECIPES}
    expected |= {f"distill, {name}": SLICES for name in STUDENTS}
    assert {row["metric"] for row in results.rows()} == set.union(*expected.values())
    for metric in set.union(*expected.values()):
        settings = [name for name, named in expected.items() if metric in named]
        assert {name: one.runs for name, one in recorded(metric).items()} == dict.fromkeys(settings, SEEDS)
