"""The map of BERT: its shapes are those of the model, for any sizes, and its text form says all that is drawn."""

import re

import torch

from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.inside_the_encoder.view import LAYER, RESIDUALS, encoder_map, stages
from bertlab.models import hooked
from tests.encoders import CONFIGS, make_inputs, make_theirs

CONFIG = CONFIGS["wide"]


def measured_shapes(model, names, inputs):
    """What the parts of a model return, by their names."""
    seen = {}
    for name in names:

        def note(part, given, result, name=name):
            seen[name] = tuple((result[0] if isinstance(result, tuple) else result).shape)

        model.get_submodule(name).register_forward_hook(note)
    with torch.no_grad():
        model(**inputs)
    return seen


def test_shapes_are_those_of_hugging_face_and_of_ours():
    expected = {module: shape for _, shape, module in stages(CONFIG, 3, 7)}
    inputs = make_inputs(CONFIG, 3, 7)
    assert measured_shapes(make_theirs(CONFIG), expected, inputs) == expected
    assert measured_shapes(BertForPreTraining(CONFIG), expected, inputs) == expected


def test_parts_come_in_the_order_in_which_they_are_run():
    model, run = make_theirs(CONFIG), []
    parts = [model.get_submodule(module) for _, _, module in stages(CONFIG, 3, 7)]
    with torch.no_grad(), hooked(parts, after=lambda part, given, result: run.append(part)):
        model(**make_inputs(CONFIG, 3, 7))
    assert run == parts


def test_the_text_says_what_is_drawn():
    shown = encoder_map(CONFIG, 3, 7).data
    alt = re.search('alt="([^"]*)"', shown)[1]
    assert "through 3 equal layers" in alt
    assert "MLM head (3, 7, 37)" in alt
    assert "pooler (3, 32)" in alt


def test_residuals_end_where_something_is_added():
    boxes = [name.strip() for name in LAYER]
    assert [boxes[end] for _, end in RESIDUALS] == ["add & LayerNorm", "add & LayerNorm"]
    assert [boxes[start] for start, _ in RESIDUALS] == ["hidden states", "add & LayerNorm"]
