"""A run that is killed loses nothing; a batch shared out among processes gives the same weights."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import torch
from transformers import BertForPreTraining

from bertlab.training.journal import Journal
from bertlab.training.pretrain import main

MODULE = "bertlab.training.pretrain"


def options(start: Path, data: Path, out: Path, *more: str) -> list[str]:
    """A run of two stages and about 60 steps; the last of equal options counts."""
    given = {"--start": start, "--data": data, "--out": out, "--tokens": 10000}
    fixed = ["--stages", "37x4:0.5,64x7:1", "--warmup", "7", "--lr", "1e-2", "--precision", "fp32"]
    return [*(str(word) for pair in given.items() for word in pair), *fixed, *more]


def assert_same_weights(run: Path, expected: Path, **tolerance: float) -> None:
    theirs = weights(expected)
    for name, value in weights(run).items():
        torch.testing.assert_close(value, theirs[name], **tolerance, msg=lambda text, name=name: f"{name}: {text}")


def weights(run: Path) -> dict[str, torch.Tensor]:
    return BertForPreTraining.from_pretrained(run / "model").state_dict()


def kill_in_mid_run(command: list[str], state: Path) -> None:
    """Start a run and SIGKILL it once it has checkpointed."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 300
    while not state.exists():
        assert process.poll() is None, process.stdout.read().decode()
        assert time.monotonic() < deadline, "no checkpoint within five minutes"
        time.sleep(0.001)
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


def test_a_killed_run_goes_on_to_the_very_weights_of_an_undisturbed_one(start, data, tmp_path, capsys):
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    long = ("--tokens", "30000")
    main(options(start, data, undisturbed, *long))
    command = options(start, data, killed, *long, "--checkpoint-seconds", "0")
    kill_in_mid_run([sys.executable, "-m", MODULE, *command], killed / "state.pt")
    assert not (killed / "model").exists()
    capsys.readouterr()
    main(command)
    assert "resumed at step" in capsys.readouterr().out

    assert_same_weights(killed, undisturbed, rtol=0, atol=0)
    before, after = BertForPreTraining.from_pretrained(start).state_dict(), weights(undisturbed)
    assert not torch.equal(before["bert.pooler.dense.weight"], after["bert.pooler.dense.weight"])


def test_a_run_logs_its_curve_and_measures_held_out_articles_before_and_after(start, data, tmp_path, monkeypatch):
    monkeypatch.setattr("bertlab.training.pretrain.LOG_STEPS", 10)
    run = tmp_path / "run"
    main(options(start, data, run, "--evaluate-minutes", "0.0003"))
    lines = Journal(run).lines()
    measured = [line for line in lines if "held_out_mlm_loss" in line]
    assert measured[0]["step"] == 0
    assert measured[-1]["tokens"] >= 10000
    assert len(measured) > 2
    assert measured[-1]["held_out_mlm_loss"] < measured[0]["held_out_mlm_loss"] - 0.2
    rates = [line["lr"] for line in lines if "lr" in line]
    assert len(rates) > 2
    assert 1e-2 == rates[0] > rates[-2] > rates[-1] > 0  # a plateau, then the fall
    assert [line["step"] for line in lines] == sorted(line["step"] for line in lines)


def test_two_processes_agree_with_one_at_the_same_global_batch(start, data, tmp_path):
    undropped = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    BertForPreTraining.from_pretrained(start, **undropped).save_pretrained(start)
    one, two = tmp_path / "one", tmp_path / "two"
    short = ("--tokens", "1500", "--lr", "1e-3")
    main(options(start, data, one, *short))
    launch = "accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no"
    command = [sys.executable, "-m", *launch.split(), "--dynamo_backend", "no", "-m", MODULE]
    command += options(start, data, two, *short)
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert Journal(two).recipe()["processes"] == 2
    assert_same_weights(two, one, rtol=0, atol=1e-4)  # Muon rounds to bf16: last digits of a sum matter a little
