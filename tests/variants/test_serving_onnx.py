"""ONNX where it is installed: the same outputs for any batch and length; elsewhere, a line that says so."""

import logging
import warnings

import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.models import device
from bertlab.variants import serving_onnx
from bertlab.variants.serving import fp32
from bertlab.variants.serving_figures import lowest_cosine
from bertlab.variants.serving_onnx import OnnxModel, export_onnx, is_installed, onnx, onnx_int8, quantize_onnx, quiet
from tests.encoders import assert_close, make_inputs

CONFIG = BertConfig(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=37)
TEXTS = ("A dog barks.", "Rain.", "The rain fell on the roof all night.")
needs_onnx = pytest.mark.skipif(not is_installed(), reason="ONNX is not installed: it is an extra of 120 MB")


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(7)
    return BertModel(CONFIG, add_pooling_layer=False)


@pytest.fixture(scope="module")
def exported(model):
    return onnx(model)


def test_without_it_a_line_says_what_to_do(model, monkeypatch, tmp_path):
    monkeypatch.setattr(serving_onnx, "find_spec", lambda name: None if name == "onnxruntime" else name)
    assert not is_installed()
    for refused in (
        lambda: onnx(model),
        lambda: onnx_int8(model),
        lambda: export_onnx(model, tmp_path / "m.onnx"),
        lambda: quantize_onnx(tmp_path / "m.onnx", tmp_path / "m8.onnx"),
        lambda: OnnxModel(b""),
    ):
        with pytest.raises(ImportError, match=r"pip install onnx onnxruntime onnxscript \(120 MB\)"):
            refused()


def test_quiet_ends_with_its_block(caplog):
    with quiet():
        logging.getLogger("torch.onnx").warning("not this")
        warnings.warn("nor this", UserWarning, stacklevel=1)
    logging.getLogger("torch.onnx").warning("but this")
    assert caplog.messages == ["but this"]
    with pytest.warns(UserWarning, match="and this"):
        warnings.warn("and this", UserWarning, stacklevel=1)


@needs_onnx
@pytest.mark.parametrize(("texts", "seq"), [(3, 13), (1, 1), (1, 19), (5, 2)])
def test_outputs_are_those_of_the_model(model, exported, texts, seq):
    batch = make_inputs(CONFIG, texts, seq)
    assert_close(exported(**batch).last_hidden_state, fp32(model)(**batch).last_hidden_state)


@needs_onnx
def test_mask_and_types_may_be_left_out(model, exported):
    batch = make_inputs(CONFIG, 3, 13, padding=False, pairs=False)
    assert_close(exported(**batch).last_hidden_state, fp32(model)(**batch).last_hidden_state)
    assert device(exported) == torch.device("cpu")
    assert exported.config is model.config


@needs_onnx
def test_int8_is_near_smaller_and_leans_on_its_neighbors(model, exported):
    batch = make_inputs(CONFIG, 3, 13)
    smaller = onnx_int8(exported)
    whole, found = exported(**batch).last_hidden_state, smaller(**batch).last_hidden_state
    assert 1e-4 < (whole - found).abs().max() < 0.3
    assert smaller.bytes < exported.bytes
    alone = smaller(**{name: values[:1] for name, values in batch.items()}).last_hidden_state
    assert (alone - found[:1]).abs().max() > 1e-6


@needs_onnx
def test_sentences_are_embedded(model, exported, tokenizer):
    assert lowest_cosine(exported, fp32(model), tokenizer, TEXTS) == pytest.approx(1.0)
