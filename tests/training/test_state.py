from dataclasses import asdict

import pytest
import torch

from bertlab.training.optimizers import make_optimizers
from bertlab.training.running_mean import RunningMean
from bertlab.training.state import Counters, load_state, save_state


def train_a_little(model, optimizers, steps: int) -> None:
    for step in range(steps):
        output = model(torch.full((2, 7), step + 6), labels=torch.full((2, 7), step + 7))
        output.prediction_logits.logsumexp(-1).sum().backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()


def test_what_was_saved_trains_on_as_if_nothing_had_happened(make_model, tmp_path):
    model = make_model(hidden_dropout_prob=0, attention_probs_dropout_prob=0)
    optimizers, mean = make_optimizers(model, lr=1e-2), RunningMean()
    mean.add(model)
    train_a_little(model, optimizers, 3)
    saved = Counters(step=3, stage=1, stage_step=2, tokens=42, seconds=1.5, loss=3.7, bf16=False)
    save_state(tmp_path / "state.pt", model, optimizers, saved, mean)
    other = make_model(hidden_dropout_prob=0, attention_probs_dropout_prob=0)
    others, other_mean = make_optimizers(other, lr=7e-2), RunningMean()
    assert load_state(tmp_path / "state.pt", other, others, other_mean) == saved
    assert other_mean.count == 1
    assert torch.equal(other_mean.weights["cls.predictions.bias"], mean.weights["cls.predictions.bias"])
    for each in ((model, optimizers), (other, others)):
        train_a_little(*each, 2)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


def test_a_kill_in_mid_write_leaves_the_old_state(make_model, tmp_path, monkeypatch):
    model = make_model()
    optimizers, path = make_optimizers(model, lr=1e-2), tmp_path / "state.pt"
    save_state(path, model, optimizers, Counters(step=1))

    def killed(state, file):
        file.write_bytes(b"half a fi")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        save_state(path, model, optimizers, Counters(step=2))
    assert load_state(path, model, optimizers).step == 1


def test_a_state_from_before_a_counter_existed_is_read(make_model, tmp_path):
    model = make_model()
    optimizers, path = make_optimizers(model, lr=1e-2), tmp_path / "state.pt"
    counters = {name: value for name, value in asdict(Counters(step=7)).items() if name not in ("loss", "bf16")}
    save_state(path, model, optimizers, Counters())
    torch.save(torch.load(path, weights_only=True) | {"counters": counters}, path)
    assert load_state(path, model, optimizers) == Counters(step=7)


def test_the_running_loss_follows_the_loss_slowly():
    counters = Counters()
    for loss in (5.0, 6.0):
        counters.count(tokens=13, loss=loss, seconds=0.5)
    assert (counters.step, counters.stage_step, counters.tokens, counters.seconds) == (2, 2, 26, 1.0)
    assert counters.loss == pytest.approx(5.02)
