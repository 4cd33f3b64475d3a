"""Configurations that our DeBERTa cannot build are refused, and fresh weights are drawn as a BERT's."""

import pytest
import torch
from torch import nn
from transformers import DebertaConfig, DebertaV2Config

from bertlab.variants.deberta import DebertaForMaskedLM, DebertaModel
from bertlab.variants.deberta_setup import checked_deberta
from bertlab.variants.deberta_v2 import DebertaV2Model
from tests.variants.deberta_twins import SIZES


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden_act": "relu"}, "hidden_act='relu'"),
        ({"relative_attention": False}, "relative_attention=False.*True"),
        ({"position_biased_input": True}, "position_biased_input=True"),
        ({"type_vocab_size": 2}, "type_vocab_size=2"),
        ({"talking_head": True}, "talking_head=True"),
        ({"legacy": False}, "legacy=False"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
        ({"embedding_size": 24}, "embedding_size=24.*48"),
        ({"num_attention_heads": 5}, "5 heads cannot share 48 numbers"),
        ({"pos_att_type": "c2p|p2p"}, "pos_att_type=.*p2p"),
        ({"pos_att_type": "c2p|c2p"}, "pos_att_type=.*once"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_what_it_cannot_build_is_refused(version, wrong, message):
    config, model = (DebertaConfig, DebertaModel) if version == 1 else (DebertaV2Config, DebertaV2Model)
    with pytest.raises(ValueError, match=message):
        model(config(**SIZES | wrong))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"conv_kernel_size": 3}, "conv_kernel_size=3"),
        ({"attention_head_size": 16}, "attention_head_size=16.*12"),
        ({"norm_rel_ebd": "batch_norm"}, "norm_rel_ebd='batch_norm'"),
    ],
)
def test_what_v2_alone_has_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        DebertaV2Model(DebertaV2Config(**SIZES, **wrong))


def test_published_settings_get_through():
    base = {"relative_attention": True, "position_biased_input": False, "pos_att_type": "c2p|p2c"}
    assert checked_deberta(DebertaConfig(**base)).pos_att_type == ["c2p", "p2c"]
    v3 = {**base, "position_buckets": 256, "norm_rel_ebd": "layer_norm", "share_att_key": True}
    assert checked_deberta(DebertaV2Config(**v3)).position_buckets == 256


def test_fresh_weights_are_drawn_as_those_of_our_bert():
    torch.manual_seed(0)
    model = DebertaForMaskedLM(DebertaConfig(**SIZES, pos_att_type="c2p|p2c"))
    for part in model.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            assert part.weight.abs().max() <= 0.04
            assert part.weight.std().item() == pytest.approx(0.0176, rel=0.1)
        if isinstance(part, nn.Linear) and part.bias is not None:
            assert part.bias.abs().max() == 0
        if isinstance(part, nn.LayerNorm):
            assert (part.weight == 1).all()
