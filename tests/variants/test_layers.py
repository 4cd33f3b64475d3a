"""Layers in their order, padding unseen, and weights only where they are asked for: as BERT's own encoder does it."""

import pytest
import torch

from bertlab.variants.layers import run_layers
from tests.encoders import CONFIGS, assert_close, make_inputs, make_ours, make_theirs


@pytest.fixture
def model():
    return make_ours(make_theirs(CONFIGS["wide"])).bert.eval()


def test_it_is_what_bert_does(model):
    inputs = make_inputs(CONFIGS["wide"], 3, 7)
    expected = model(**inputs, output_attentions=True)
    hidden = model.embeddings(inputs["input_ids"], inputs["token_type_ids"])
    layers = list(model.encoder["layer"].children())
    found, attentions = run_layers(layers, hidden, inputs["attention_mask"], output_attentions=True)
    assert_close(found, expected.last_hidden_state)
    assert len(attentions) == len(layers)
    assert_close(attentions[-1], expected.attentions[-1])
    assert run_layers(layers, hidden)[1] == ()


def test_the_same_layer_may_come_again(model):
    hidden, layer = torch.randn(2, 5, model.config.hidden_size), next(model.encoder["layer"].children())
    assert_close(run_layers([layer] * 2, hidden)[0], layer(layer(hidden)[0])[0])
