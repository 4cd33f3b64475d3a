"""The steps of the forward pass: they name modules that a BERT has, in the order in which they are run."""

import pytest

from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.inside_the_encoder.places import OUTPUTS, list_places, number_of
from tests.encoders import CONFIGS

CONFIG = CONFIGS["wide"]
PLACES = list_places(CONFIG)


def test_every_step_is_at_a_module_of_the_model():
    modules = dict(BertForPreTraining(CONFIG).named_modules())
    assert {place.module for place in PLACES} - set(OUTPUTS) <= set(modules)


def test_every_layer_has_the_same_steps():
    steps = [[place.name for place in PLACES if place.part == f"layer {n}"] for n in range(CONFIG.num_hidden_layers)]
    assert steps[0][0] == "layer 0, input of attention"
    assert [name.replace("layer 2", "layer 0") for name in steps[2]] == steps[0]


def test_no_two_steps_have_one_name():
    assert len({place.name for place in PLACES}) == len(PLACES)


@pytest.mark.parametrize(
    ("weight", "name"),
    [
        ("bert.embeddings.position_embeddings.weight", "sum of the embeddings"),
        ("bert.encoder.layer.1.attention.self.query.weight", "layer 1, input of attention"),
        ("bert.encoder.layer.2.output.LayerNorm.bias", "layer 2, sum after feed-forward"),
        ("bert.pooler.dense.weight", "pooled vector"),
        ("cls.predictions.transform.dense.bias", "input of the MLM head"),
        ("cls.predictions.bias", "MLM logits"),
        ("cls.seq_relationship.weight", "NSP logits"),
    ],
)
def test_the_first_step_that_needs_a_weight(weight, name):
    assert PLACES[number_of(weight, PLACES)].name == name


def test_every_weight_is_needed_by_some_step():
    for name, _ in BertForPreTraining(CONFIG).named_parameters(remove_duplicate=False):
        assert 0 <= number_of(name, PLACES) < len(PLACES)
