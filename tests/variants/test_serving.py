"""A BERT in bfloat16 and in int8: what is rounded, how far outputs move, and how large the file is."""

import copy

import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.variants.serving import (
    Int8Embedding,
    Int8Linear,
    Served,
    bf16_autocast,
    bf16_weights,
    fp32,
    int8,
    to_int8,
)
from tests.encoders import CONFIGS, assert_close, make_inputs, make_theirs

CONFIG = BertConfig(
    vocab_size=101,
    hidden_size=48,
    num_hidden_layers=3,
    num_attention_heads=4,
    intermediate_size=37,
    max_position_embeddings=19,
    num_labels=5,
)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(7)
    model = BertForSequenceClassification(CONFIG)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.1 * torch.randn_like(weight)
    return model


@pytest.fixture(scope="module")
def batch():
    return make_inputs(CONFIG, batch=3, seq=13)


def largest_difference(served, model, batch):
    with torch.no_grad():
        return (served(**batch).logits - copy.deepcopy(model).eval()(**batch).logits).abs().max().item()


def test_fp32_is_the_model_without_dropout(model, batch):
    model.train()
    served = fp32(model)
    assert largest_difference(served, model, batch) == 0
    assert model.training
    assert not served(**batch).logits.requires_grad
    assert served.config.vocab_size == 101


@pytest.mark.parametrize(("way", "most"), [(bf16_autocast, 0.1), (bf16_weights, 0.1), (int8, 0.3)])
def test_other_ways_move_the_logits_a_little(model, batch, way, most):
    before = copy.deepcopy(model.state_dict())
    served = way(model)
    assert served(**batch).logits.dtype == torch.float32
    assert 1e-4 < largest_difference(served, model, batch) < most
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())  # it is a copy


def test_padding_is_seen_by_none(model, batch):
    alone = {name: values[1:2, : batch["attention_mask"][1].sum()] for name, values in batch.items()}
    for way in (fp32, int8):
        assert_close(way(model)(**alone).logits, way(model)(**batch).logits[1:2])


def test_bf16_weights_are_half_the_file_and_autocast_is_none_smaller(model):
    whole = fp32(model).bytes
    assert bf16_autocast(model).bytes == whole
    assert 0.45 < bf16_weights(model).bytes / whole < 0.65  # the file says, in 10 kB, where which weight is
    assert {weight.dtype for weight in bf16_weights(model).model.parameters()} == {torch.bfloat16}


def test_each_row_is_rounded_by_half_a_scale_at_most():
    values = torch.randn(13, 37, generator=torch.Generator().manual_seed(3)) * torch.logspace(-3, 3, 13)[:, None]
    whole, scale = to_int8(values)
    assert whole.abs().amax(1).tolist() == [127] * 13
    assert ((whole * scale - values).abs() <= 0.5001 * scale).all()
    assert_close(scale[:, 0], values.abs().amax(1) / 127)


def test_one_large_number_makes_the_others_coarse():
    row = torch.full((1, 7), 0.3)
    row[0, 3] = 100.0
    whole, scale = to_int8(row)
    assert (whole * scale)[0].tolist() == pytest.approx([0, 0, 0, 100, 0, 0, 0])


@pytest.mark.parametrize("bias", [True, False])
def test_the_product_is_that_of_the_rounded_numbers(bias):
    torch.manual_seed(2)
    layer, hidden = nn.Linear(37, 13, bias=bias), torch.randn(3, 7, 37)
    ours = Int8Linear(layer)
    (left, left_scale), (right, right_scale) = to_int8(hidden.flatten(0, 1)), to_int8(layer.weight.detach())
    expected = (left * left_scale) @ (right * right_scale).T + (layer.bias.detach() if bias else 0)
    assert_close(ours(hidden), expected.view(3, 7, 13))
    assert (ours(hidden) - layer(hidden)).abs().max() < 0.05
    assert ours(hidden[0, 0]).shape == (13,)


def test_a_token_does_not_depend_on_its_neighbors():
    layer, hidden = Int8Linear(nn.Linear(37, 13)), torch.randn(7, 37)
    louder = torch.cat([hidden, 1000 * hidden])
    assert torch.equal(layer(louder)[:7], layer(hidden))


def test_a_table_is_looked_up_and_scaled_back():
    table, ids = nn.Embedding(37, 13), torch.tensor([[3, 36, 0], [3, 1, 7]])
    ours = Int8Embedding(table)
    assert ours.weight.dtype == torch.int8
    assert_close(ours(ids), table(ids).detach(), atol=0.02, rtol=0)


def test_int8_turns_every_matrix_and_the_table_of_words(model):
    parts = list(int8(model).modules())
    assert sum(isinstance(part, Int8Linear) for part in parts) == 3 * 6 + 2  # pooler and head
    assert not any(isinstance(part, nn.Linear) for part in parts)
    assert sum(isinstance(part, Int8Embedding) for part in parts) == 1
    assert not any(isinstance(part, Int8Embedding) for part in int8(model, embeddings=False).modules())


def test_int8_is_a_quarter_of_the_file_only_with_the_table():
    wide = BertForSequenceClassification(
        BertConfig(vocab_size=2000, hidden_size=128, num_hidden_layers=2, intermediate_size=256, num_attention_heads=4)
    )
    whole = fp32(wide).bytes
    assert 0.25 < int8(wide).bytes / whole < 0.45  # positions stay in float32
    assert int8(wide, embeddings=False).bytes - int8(wide).bytes == pytest.approx(3 * 2000 * 128, rel=0.05)


def test_what_has_no_matrix_is_refused():
    with pytest.raises(ValueError, match=r"LayerNorm has no nn\.Linear to turn into int8"):
        int8(nn.LayerNorm(7))


def test_our_own_bert_is_served_as_well():
    theirs = make_theirs(CONFIGS["wide"])
    ours = BertForPreTraining(theirs.config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    batch = make_inputs(theirs.config, batch=3, seq=13)
    for way in (fp32, bf16_weights, int8):
        found, expected = way(ours)(**batch).logits, way(theirs)(**batch).logits
        assert_close(found, expected, **({"rtol": 0.1, "atol": 0.5} if way is bf16_weights else {"atol": 1e-3}))


def test_a_saved_model_is_served_alike(model, batch, tmp_path):
    model.save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert torch.equal(int8(again)(**batch).logits, int8(model)(**batch).logits)
    assert isinstance(int8(again), Served)
