"""The parameters of every published size, by hand and by machine, against each other and against the papers."""

import pytest
import torch
import transformers
from transformers import BertConfig

from bertlab.inside_the_encoder import counts as parameter_counts
from bertlab.inside_the_encoder.counts import (
    ENCODER,
    LARGE,
    build_empty,
    count_by_hand,
    count_by_machine,
    linear,
    shares,
)
from tests.docstrings import assert_examples_hold
from tests.encoders import CONFIGS

BASE = BertConfig()


def encoder_of(config: BertConfig) -> int:
    counts = count_by_hand(config)
    return sum(counts[component] for component in ENCODER)


@pytest.mark.parametrize("name", ["linear", "layer_parameters", "count_by_hand", "count_by_machine", "shares"])
def test_what_the_docstring_shows_is_so(name):
    function = getattr(parameter_counts, name)
    assert_examples_hold(function.__doc__, vars(parameter_counts))


@pytest.mark.parametrize("config", [BASE, BertConfig(**LARGE), *CONFIGS.values()], ids=["base", "large", *CONFIGS])
def test_hand_and_machine_agree_on_our_model_and_on_theirs(config):
    by_hand = count_by_hand(config)
    assert count_by_machine(build_empty(config)) == by_hand
    with torch.device("meta"):
        theirs = transformers.BertForPreTraining(config)
    assert count_by_machine(theirs) == by_hand
    assert sum(by_hand.values()) == theirs.num_parameters()
    assert count_by_machine(theirs.bert) == {component: by_hand[component] for component in ENCODER}


def test_the_published_sizes():
    large = BertConfig(**LARGE)
    assert encoder_of(BASE) == 109_482_240
    assert sum(count_by_hand(BASE).values()) == 110_106_428
    assert encoder_of(large) == 335_141_888
    assert sum(count_by_hand(large).values()) == 336_226_108
    assert linear(768, 2) == 1_538
    # The paper says 110M and 340M: the whole model, rounded to ten millions.
    assert [round(sum(count_by_hand(config).values()), -7) for config in (BASE, large)] == [110_000_000, 340_000_000]


def test_where_the_parameters_of_bert_base_are():
    counts = count_by_hand(BASE)
    assert {component: counts[component] for component in ENCODER} == {
        "embeddings": 23_837_184,
        "attention": 28_366_848,
        "feed-forward": 56_687_616,
        "pooler": 590_592,
    }
    share = shares({component: counts[component] for component in ENCODER})
    assert {component: round(100 * part, 1) for component, part in share.items()} == {
        "embeddings": 21.8,
        "attention": 25.9,
        "feed-forward": 51.8,
        "pooler": 0.5,
    }
    assert sum(share.values()) == pytest.approx(1)


def test_the_number_of_heads_does_not_matter():
    assert count_by_hand(BertConfig(num_attention_heads=1)) == count_by_hand(BASE)
    assert count_by_machine(build_empty(BertConfig(num_attention_heads=1))) == count_by_hand(BASE)


def test_a_classifier_for_two_labels():
    with torch.device("meta"):
        model = transformers.BertForSequenceClassification(BASE)
    assert count_by_machine(model)["classifier"] == linear(768, 2) == 1_538
    assert sum(count_by_machine(model).values()) == encoder_of(BASE) + 1_538


def test_an_unknown_weight_is_named():
    with pytest.raises(ValueError, match="weight is of no component that we know"):
        count_by_machine(torch.nn.Linear(2, 3))


def test_nothing_is_allocated():
    assert {weight.device.type for weight in build_empty(BertConfig(**LARGE)).parameters()} == {"meta"}
