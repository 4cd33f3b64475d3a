import hashlib
import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, BertForPreTraining

from bertlab.masked_language_modeling.pseudo_likelihood import AgreementPair
from bertlab.training.evaluate import evaluate_checkpoint
from bertlab.training.export import main, read_run
from bertlab.training.journal import Journal
from bertlab.training.optimizers import make_optimizers
from bertlab.training.probes import PROBES
from bertlab.training.running_mean import RunningMean
from bertlab.training.state import Counters, save_state


@pytest.fixture
def run(start, make_model, tmp_path) -> Path:
    """The folder of a run that has not finished: it has a state, no model yet."""
    run = tmp_path / "run"
    command = f"python -m bertlab.training.pretrain --start {start} --data runs/tokens --out runs/mini --minutes 125"
    settings = {"environment": {"OMP_WAIT_POLICY": "PASSIVE"}, "device": "CPU", "processes": 1}
    Journal(run).begin(command, **settings, threads=2, precision="bf16")
    model = make_model(hidden_dropout_prob=0.1)
    with torch.no_grad():
        model.cls.predictions.bias += torch.linspace(0, 1, model.config.vocab_size)
    save_state(run / "state.pt", model, make_optimizers(model, 1e-3), Counters(tokens=1_234_567, seconds=7500.0))
    return run


@pytest.fixture(autouse=True)
def tiny_measures(tmp_path, monkeypatch):
    """Two blanks and a pair in the language of the tests, in the place of the course's own sentences."""
    (tmp_path / "cloze.tsv").write_text("sentence\tfits\nTopic1 [MASK].\tword1\nTopic2 [MASK].\tword2,word3\n")
    monkeypatch.setattr("bertlab.training.evaluate.DATA", tmp_path)
    pairs = [AgreementPair("nothing", "Topic1 word1.", "Topic1 word2.")]
    monkeypatch.setattr("bertlab.training.evaluate.agreement_pairs", lambda: pairs)


@pytest.fixture
def exported(run, data, tmp_path, capsys) -> Path:
    to = tmp_path / "exported"
    main(["--run", str(run), "--data", str(data), "--to", str(to)])
    assert json.loads(capsys.readouterr().out) == json.loads((to / "metrics.json").read_text())
    return to


def test_weights_are_stored_in_half_and_load_in_full_precision(run, exported):
    stored = load_file(exported / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    loaded, original = BertForPreTraining.from_pretrained(exported), read_run(run)[0].state_dict()
    assert loaded.dtype == torch.float32
    for name, value in loaded.state_dict().items():
        torch.testing.assert_close(value, original[name].half().float(), rtol=0, atol=0)


def test_the_average_of_the_last_weights_is_what_is_exported(run, make_model):
    model, mean = make_model(hidden_dropout_prob=0.1), RunningMean()
    for shift in (0.0, 3.0):
        with torch.no_grad():
            model.cls.predictions.bias.fill_(shift)
        mean.add(model)
    save_state(run / "state.pt", model, make_optimizers(model, 1e-3), Counters(), mean)
    bias = read_run(run)[0].cls.predictions.bias
    assert torch.equal(bias, torch.full_like(bias, 1.5))


def test_the_tokenizer_comes_along_without_notes_about_this_machine(exported, tokenizer):
    loaded = AutoTokenizer.from_pretrained(exported)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert loaded("Topic7 word3.").input_ids == tokenizer("Topic7 word3.").input_ids
    assert "local" not in (exported / "tokenizer_config.json").read_text()


def test_figures_are_measured_on_what_was_written(exported, data):
    figures = json.loads((exported / "metrics.json").read_text())
    assert figures.pop("run") == {"tokens": 1_234_567, "minutes": 125.0}
    direct = evaluate_checkpoint(exported, data)
    assert figures.keys() == direct.keys() == {"tiny", "cloze", "agreement"}
    for heading, found in direct.items():
        assert figures[heading] == pytest.approx(found, abs=5e-5)


def test_checksums_cover_every_file_that_is_loaded_in_sha256sums_own_form(exported):
    lines = (exported / "SHA256SUMS").read_text().splitlines()
    prose = {"SHA256SUMS", "README.md", "metrics.json"}  # a card may be corrected without a new checkpoint
    assert {line[66:] for line in lines} == {path.name for path in exported.iterdir()} - prose
    for line in lines:
        assert re.fullmatch(r"[0-9a-f]{64}  \S+", line)
        assert hashlib.sha256((exported / line[66:]).read_bytes()).hexdigest() == line[:64]


def test_the_card_tells_lineage_recipe_figures_and_examples(exported):
    card = (exported / "README.md").read_text()
    assert "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" in card
    assert "| training text, 100 % of the pairs and 100 % of the single sentences |" in card
    assert "\npython -m bertlab.training.pretrain --start " in card
    assert "1,234,567 more tokens of the same mixture in 125 minutes:" in card
    assert f"{json.loads((exported / 'metrics.json').read_text())['tiny']['mlm_loss']:.3f}" in card
    assert all(probe.text in card for probe in PROBES)
    assert "{" not in card


def test_a_run_whose_start_is_gone_is_named(run, start):
    start.rename(start.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match="configuration and tokenizer"):
        read_run(run)
