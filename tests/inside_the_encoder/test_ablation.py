"""Each part taken out leaves what the arithmetic without it gives, on our model and on theirs, and comes back after."""

import math

import pytest
import torch
from torch.nn.functional import gelu, layer_norm
from transformers import AutoTokenizer

import bertlab
from bertlab.inside_the_encoder import ablation
from bertlab.inside_the_encoder.ablation import (
    no_layer_norm,
    no_positions,
    no_residuals,
    silence,
    swapped_token_types,
    without_heads,
)
from bertlab.inside_the_encoder.model import BertForPreTraining, merge_heads, split_heads
from bertlab.models import hooked
from tests.docstrings import assert_examples_hold
from tests.encoders import CONFIGS, assert_close, make_inputs, make_ours, make_theirs

CONFIG = CONFIGS["wide"]
EVERYTHING_OUT = [
    no_positions,
    swapped_token_types,
    no_residuals,
    no_layer_norm,
    lambda model: without_heads(model, {1: [0, 3]}),
]
PARTS = ["positions", "token types", "residuals", "layer norm", "heads"]


@pytest.fixture(params=["ours", "theirs, eager", "theirs, sdpa"])
def model(request):
    theirs = make_theirs(CONFIG, attention=request.param[-5:].strip() if "," in request.param else "eager")
    return make_ours(theirs) if request.param == "ours" else theirs


@pytest.fixture
def inputs():
    return make_inputs(CONFIG, 3, 7)


def run(model, inputs):
    """The last hidden states of the encoder."""
    with torch.no_grad():
        return model.bert(**inputs).last_hidden_state


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(silence.__doc__, vars(ablation))


@pytest.mark.parametrize("take_out", EVERYTHING_OUT, ids=PARTS)
class TestEveryPart:
    def test_it_matters_while_it_is_out_and_is_back_after(self, model, inputs, take_out):
        before = run(model, inputs)
        with take_out(model):
            assert (run(model, inputs) - before).abs().max() > 0.01
        assert torch.equal(run(model, inputs), before)

    def test_it_is_back_after_an_error(self, model, inputs, take_out):
        before = run(model, inputs)
        with pytest.raises(ZeroDivisionError), take_out(model):
            1 / 0  # noqa: B018
        assert torch.equal(run(model, inputs), before)

    def test_it_works_on_an_encoder_by_itself(self, model, inputs, take_out):
        with take_out(model):
            expected = run(model, inputs)
        with torch.no_grad(), take_out(model.bert):
            assert torch.equal(model.bert(**inputs).last_hidden_state, expected)

    def test_ours_and_theirs_agree_without_it(self, inputs, take_out):
        theirs = make_theirs(CONFIG)
        ours = make_ours(theirs).double()  # without LayerNorm, numbers grow so large that single precision drifts apart
        with take_out(theirs.double()), take_out(ours):
            assert_close(run(ours, inputs), run(theirs, inputs))


class TestPositions:
    def test_order_no_longer_matters(self, model):
        ids = torch.tensor([[1, 5, 9, 7, 5, 2]])
        order = torch.tensor([0, 3, 2, 4, 1, 5])
        assert not torch.allclose(run(model, {"input_ids": ids[:, order]}), run(model, {"input_ids": ids})[:, order])
        with no_positions(model):
            shuffled = run(model, {"input_ids": ids[:, order]})
            torch.testing.assert_close(shuffled, run(model, {"input_ids": ids})[:, order], rtol=1e-4, atol=1e-4)


class TestTokenTypes:
    def test_it_equals_saying_so(self, model, inputs):
        with swapped_token_types(model):
            swapped = run(model, inputs)
        assert torch.equal(swapped, run(model, inputs | {"token_type_ids": 1 - inputs["token_type_ids"]}))


def walk(model, hidden, *, residual=True, norm=True):
    """The layers of our model, written out, with or without two of its parts."""

    def finish(end, found, start):
        summed = end.dense(found) + (start if residual else 0)
        return layer_norm(summed, summed.shape[-1:], end.LayerNorm.weight, end.LayerNorm.bias) if norm else summed

    for layer in model.bert.encoder.layer:
        attention = layer.attention.self
        query, key, value = (split_heads(part(hidden), 4) for part in (attention.query, attention.key, attention.value))
        weights = (query @ key.transpose(2, 3) / math.sqrt(8)).softmax(-1)
        hidden = finish(layer.attention.output, merge_heads(weights @ value), hidden)
        hidden = finish(layer.output, gelu(layer.intermediate.dense(hidden)), hidden)
    return hidden


class TestResidualsAndLayerNorm:
    @pytest.fixture
    def ours(self):
        return make_ours(make_theirs(CONFIG)).double()

    @pytest.fixture
    def unpadded(self):
        return make_inputs(CONFIG, 3, 7, padding=False)

    @pytest.mark.parametrize(
        ("take_out", "parts"),
        [(no_residuals, {"residual": False}), (no_layer_norm, {"norm": False})],
        ids=["residuals", "layer norm"],
    )
    def test_it_equals_the_layers_written_without(self, ours, unpadded, take_out, parts):
        embedded = ours.bert.embeddings(**unpadded)
        assert_close(run(ours, unpadded), walk(ours, embedded))
        with take_out(ours):
            assert_close(run(ours, unpadded), walk(ours, embedded, **parts))

    @pytest.mark.parametrize("take_out", [no_residuals, no_layer_norm])
    def test_one_layer_alone(self, ours, unpadded, take_out):
        with torch.no_grad():
            first, second, _ = ours.bert.encoder.layer
            hidden = first(ours.bert.embeddings(**unpadded))[0]
            whole = second(hidden)[0]
            with take_out(ours, layers=[1]):
                assert torch.equal(first(ours.bert.embeddings(**unpadded))[0], hidden)
                assert not torch.allclose(second(hidden)[0], whole)

    def test_a_layer_that_is_not_there(self, ours):
        with (
            pytest.raises(ValueError, match="there is no layer 3: this model has layers 0 to 2"),
            no_residuals(ours, [3]),
        ):
            pass


class TestHeads:
    def test_a_silenced_head_adds_nothing_to_what_is_mixed(self, model, inputs):
        kept = []
        dense = model.bert.encoder.layer[1].attention.output.dense
        with without_heads(model, {1: [0, 3]}):
            handle = dense.register_forward_pre_hook(lambda part, given: kept.append(given[0]))
            run(model, inputs)
            handle.remove()
        by_head = kept[0].view(3, 7, 4, 8)
        assert (by_head[:, :, [0, 3]] == 0).all()
        assert (by_head[:, :, [1, 2]] != 0).any(dim=-1).all()

    def test_it_equals_zeros_in_the_projection(self, model, inputs):
        with without_heads(model, {0: [2], 2: [1]}):
            silenced = run(model, inputs)
        with torch.no_grad():
            model.bert.encoder.layer[0].attention.output.dense.weight[:, 16:24] = 0
            model.bert.encoder.layer[2].attention.output.dense.weight[:, 8:16] = 0
        assert_close(silenced, run(model, inputs))

    @pytest.mark.parametrize(
        ("heads", "message"),
        [({0: [4]}, "there is no head 4: each layer has heads 0 to 3"), ({-1: [0]}, "there is no layer -1")],
    )
    def test_a_head_that_is_not_there(self, model, inputs, heads, message):
        before = run(model, inputs)
        with pytest.raises(ValueError, match=message), without_heads(model, heads):
            pass
        assert torch.equal(run(model, inputs), before)


def test_a_hook_of_your_own(model, inputs):
    with torch.no_grad():
        pooled = model.bert(**inputs).pooler_output
        with hooked([model.bert.pooler], after=lambda part, given, result: -result):
            assert torch.equal(model.bert(**inputs).pooler_output, -pooled)


def test_on_the_embedded_checkpoint_order_counts_only_while_there_are_positions():
    model = BertForPreTraining.from_pretrained(bertlab.checkpoint())
    tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())
    told, turned = (tokenizer(text, return_tensors="pt") for text in ("the dog bit the man", "the man bit the dog"))
    with torch.no_grad():
        assert (model.bert(**told).pooler_output - model.bert(**turned).pooler_output).abs().max() > 0.01
        with no_positions(model):
            difference = (model.bert(**told).pooler_output - model.bert(**turned).pooler_output).abs().max()
    assert difference < 1e-4
