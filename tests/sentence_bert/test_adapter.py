"""The adapter is peft's, belongs on one model, and is refused on any other or if a file is damaged."""

import hashlib
import json

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import nn
from torch.testing import assert_close
from transformers import BertConfig, BertModel

from bertlab.checkpoints import CheckpointError, fingerprint
from bertlab.constants import SUMS
from bertlab.sentence_bert import adapter
from bertlab.sentence_bert.adapter import (
    ADAPTER,
    CONFIG,
    RANK,
    WEIGHTS,
    adapters,
    load_adapter,
    prepare,
    save_adapter,
    sentence_encoder,
)
from bertlab.sentence_embeddings.encode import embed
from tests.sentence_bert.given import VOCABULARY, make_batch

SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "max_position_embeddings": 19,
}


def make_model(pooler=False, **changes):
    torch.manual_seed(0)
    return BertModel(BertConfig(**SIZES | changes), add_pooling_layer=pooler).eval()


def train_a_little(model):
    """B is zero at first, which would hide a mistake in A."""
    torch.manual_seed(1)
    for part in adapters(model).values():
        nn.init.normal_(part.B, std=0.3)


@pytest.fixture
def folder(tmp_path):
    """An adapter of rank 3 for `make_model()`."""
    model = make_model()
    prepare(model, rank=3)
    train_a_little(model)
    save_adapter(model, tmp_path / "adapter", base="0123456789ab")
    return tmp_path / "adapter"


def test_all_six_matrices_of_a_layer_are_trained_and_nothing_else():
    model = make_model()
    before = model(**make_batch())[0]
    prepare(model)
    assert len(adapters(model)) == 6 * 2
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained == {f"{name}.{side}" for name in adapters(model) for side in "AB"}
    assert {tuple(part.A.shape) for part in adapters(model).values()} == {(RANK, 32), (RANK, 37)}
    assert torch.equal(model(**make_batch())[0], before)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # peft still asks for it
def test_peft_gives_the_same_hidden_states(folder):
    ours, theirs = make_model(), PeftModel.from_pretrained(make_model(), folder).eval()
    batch = make_batch()
    before = ours(**batch)[0]
    load_adapter(ours, folder)
    found = ours(**batch)[0]
    assert_close(found, theirs(**batch)[0], rtol=1e-4, atol=1e-5)
    assert (found - before).abs().max() > 0.1


def test_what_is_loaded_is_what_was_saved_but_for_rounding(folder):
    trained, loaded = make_model(), make_model()
    prepare(trained, rank=3)
    train_a_little(trained)
    load_adapter(loaded, folder)
    batch = make_batch()
    difference = (trained(**batch)[0] - loaded(**batch)[0]).detach().abs().max().item()
    assert 0 < difference < 0.02  # float16 keeps 11 bits
    assert not adapters(loaded)
    assert all(weight.requires_grad for weight in loaded.parameters())
    assert loaded.state_dict().keys() == make_model().state_dict().keys()


def test_the_files_say_what_the_adapter_is(folder):
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    assert (config["r"], config["lora_alpha"], config["revision"]) == (3, 3, "0123456789ab")
    weights = load_file(folder / WEIGHTS)
    assert len(weights) == 2 * 6 * 2
    assert {weight.dtype for weight in weights.values()} == {torch.float16}
    name = "base_model.model.encoder.layer.1.intermediate.dense.lora_{}.weight"
    assert [tuple(weights[name.format(side)].shape) for side in "AB"] == [(3, 32), (37, 3)]
    assert (folder / WEIGHTS).stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_hidden_layers": 3}, "other matrices than the model"),
        ({"num_hidden_layers": 1}, "other matrices than the model"),
        ({"hidden_size": 36}, r"shape \(3, 32\), but the model needs \(3, 36\)"),
        ({"intermediate_size": 41}, r"shape \(37, 3\), but the model needs \(41, 3\)"),
    ],
)
def test_another_model_is_refused(folder, changes, message):
    with pytest.raises(CheckpointError, match=message):
        load_adapter(make_model(**changes), folder)


def test_another_rank_than_the_file_says_is_refused(folder):
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | {"r": 5, "lora_alpha": 5}), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"shape \(3, 32\), but the model needs \(5, 32\)"):
        load_adapter(make_model(), folder)


def test_an_adapter_with_another_scale_is_refused(folder):
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | {"lora_alpha": 16}), encoding="utf-8")
    with pytest.raises(CheckpointError, match="lora_alpha is not its r"):
        load_adapter(make_model(), folder)


def test_a_missing_matrix_is_noticed(folder):
    weights = load_file(folder / WEIGHTS)
    del weights["base_model.model.encoder.layer.0.attention.self.key.lora_B.weight"]
    save_file(weights, folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="other matrices than the model"):
        load_adapter(make_model(), folder)


def test_a_pooler_is_refused_before_anything_is_changed(folder):
    for use in (prepare, lambda model: load_adapter(model, folder)):
        model = make_model(pooler=True)
        with pytest.raises(ValueError, match="add_pooling_layer=False"):
            use(model)
        assert not adapters(model)
        assert all(weight.requires_grad for weight in model.parameters())


def test_a_model_without_an_adapter_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match=r"call prepare\(model\) before training it"):
        save_adapter(make_model(), tmp_path, base="0123456789ab")
    assert not list(tmp_path.iterdir())


def write_sums(folder):
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (folder / CONFIG, folder / WEIGHTS)}
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), encoding="utf-8")


def test_an_adapter_of_other_weights_is_refused(folder, monkeypatch):
    monkeypatch.setattr(adapter, "ADAPTER", folder)
    write_sums(folder)
    with pytest.raises(CheckpointError, match=rf"weights 0123456789ab.* {fingerprint()}.*bertlab\.training\.distill"):
        sentence_encoder()


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_a_damaged_or_missing_file_is_refused(folder, monkeypatch, name):
    monkeypatch.setattr(adapter, "ADAPTER", folder)
    write_sums(folder)
    content = bytearray((folder / name).read_bytes())
    content[-3] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{name} is damaged.*\n.*git checkout"):
        sentence_encoder()
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} is missing"):
        sentence_encoder()


def test_an_adapter_without_checksums_is_refused(folder, monkeypatch):
    monkeypatch.setattr(adapter, "ADAPTER", folder)
    with pytest.raises(CheckpointError, match=f"{SUMS} is missing"):
        sentence_encoder()


def test_the_course_has_a_sentence_encoder_whichever_checkpoint_is_set(monkeypatch):
    monkeypatch.setenv("BERTLAB_CHECKPOINT", "/nowhere")
    model, tokenizer = sentence_encoder()
    assert not model.training
    assert not adapters(model)
    texts = ["A dog barks at the mailman.", "The mailman is barked at by a hound.", "The stock market fell on Monday."]
    vectors = embed(model, tokenizer, texts, normalize=True)
    assert vectors.shape == (3, 384)
    near, far = (vectors[0] @ vectors[1]).item(), (vectors[0] @ vectors[2]).item()
    assert near > 0.6
    assert far < 0.3


def test_the_courses_adapter_is_of_the_embedded_weights_and_complete():
    config = json.loads((ADAPTER / CONFIG).read_text(encoding="utf-8"))
    assert (config["revision"], config["r"]) == (fingerprint(), RANK)
    weights = load_file(ADAPTER / WEIGHTS)
    assert len(weights) == 2 * 6 * 6
    assert all(torch.isfinite(weight).all() for weight in weights.values())
    assert all(weight.abs().max() > 0 for weight in weights.values())
