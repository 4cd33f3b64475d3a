from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator

from bertlab.training import trainer as module
from bertlab.training.arguments import parse_arguments
from bertlab.training.trainer import Trainer


@pytest.fixture
def make_trainer(start, data, tmp_path):
    def make(*options: str) -> Trainer:
        paths = ["--start", str(start), "--data", str(data), "--out", str(tmp_path)]
        budget = [] if "--minutes" in options else ["--tokens", "1000"]
        args = parse_arguments([*paths, *budget, "--stages", "37x7:1", "--precision", "fp32", *options])
        return Trainer(args, Accelerator(cpu=True))

    return make


def test_sequences_beyond_the_position_embeddings_are_refused(make_trainer):
    with pytest.raises(ValueError, match="the model reads 128 tokens at most, not 129"):
        make_trainer("--stages", "129x7:1")


def test_a_batch_smaller_than_the_number_of_processes_is_refused(make_trainer):
    trainer = make_trainer()
    trainer.accelerator = SimpleNamespace(num_processes=8)
    with pytest.raises(ValueError, match="8 processes need batches of 8 rows"):
        trainer.check_stages(trainer.stages)


@pytest.mark.parametrize(("budget", "share"), [(("--tokens", "1000"), 0.25), (("--minutes", "5"), 0.1)])
def test_the_budget_is_counted_in_tokens_or_in_minutes_of_training(make_trainer, budget, share):
    trainer = make_trainer(*budget)
    trainer.counters.count(tokens=250, loss=1.0, seconds=30.0)
    assert trainer.share_used() == pytest.approx(share)


@pytest.mark.parametrize("helps", [True, False])
def test_precision_is_what_was_asked_or_else_what_the_probe_finds_once(make_trainer, monkeypatch, helps):
    monkeypatch.setattr(module, "should_use_bf16", lambda objective, batch: helps)
    trainer = make_trainer("--precision", "auto")
    assert trainer.counters.bf16 is helps
    monkeypatch.setattr(module, "should_use_bf16", lambda objective, batch: not helps)
    assert trainer.choose_precision() is helps  # a resumed run does not change its mind
    assert make_trainer("--precision", "bf16").counters.bf16 is True


def test_a_gradient_that_is_not_finite_stops_the_run_before_it_does_harm(make_trainer):
    trainer = make_trainer()
    weight = trainer.model.cls.seq_relationship.weight
    with torch.no_grad():
        weight[0, 0] = torch.inf
    trainer.working.refresh()
    before = trainer.model.bert.embeddings.word_embeddings.weight.clone()
    with pytest.raises(FloatingPointError, match="not finite"):
        trainer.train_step(next(trainer.mixture(stage=0).batches()), share=0.0)
    assert torch.equal(trainer.model.bert.embeddings.word_embeddings.weight, before)


def test_the_last_weights_are_averaged_and_the_average_is_what_stays(make_trainer):
    trainer = make_trainer("--average", "0.5")
    batch = next(trainer.mixture(stage=0).batches())
    for step, share in ((0, 0.2), (10, 0.6), (13, 0.7), (20, 0.8)):
        trainer.counters.step = step
        trainer.train_step(batch, share)
    assert trainer.mean.count == 2
    last = trainer.model.cls.predictions.bias.detach().clone()
    trainer.finish()
    assert torch.equal(trainer.model.cls.predictions.bias, trainer.mean.weights["cls.predictions.bias"])
    assert not torch.equal(trainer.model.cls.predictions.bias, last)
