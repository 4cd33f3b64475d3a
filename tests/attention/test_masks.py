"""Attention by hand, equal to PyTorch's and to the model's; what masks let through, predicted and measured."""

import math

import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.attention import masks as attention
from bertlab.attention.masks import (
    causal_mask,
    full_mask,
    get_attentions,
    outputs_that_move,
    padding_mask,
    receptive_set,
    scaled_dot_product_attention,
)
from tests.docstrings import assert_examples_hold

TINY = {
    "vocab_size": 37,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 32,
    "max_position_embeddings": 13,
}
REAL, LENGTH = 5, 7
"""Of the seven tokens in `inputs`, the last two are padding."""


def tiny_bert(**changes) -> BertModel:
    torch.manual_seed(0)
    return BertModel(BertConfig(**TINY | {"attn_implementation": "eager"} | changes)).eval()


@pytest.fixture(scope="module")
def inputs() -> dict[str, torch.Tensor]:
    return {
        "input_ids": torch.tensor([[2, 11, 12, 13, 3, 0, 0]]),
        "attention_mask": torch.tensor([[1] * REAL + [0] * (LENGTH - REAL)]),
    }


@pytest.mark.parametrize("name", ["full_mask", "causal_mask", "padding_mask", "receptive_set"])
def test_what_the_docstring_shows_is_so(name):
    assert_examples_hold(getattr(attention, name).__doc__, vars(attention))


class TestThreeTokensByHand:
    """Vectors of width 4, so that √d is 2; the scores are logarithms, so that the weights are fractions."""

    query = torch.tensor([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0]])
    key = torch.tensor([[math.log(1), 0, 0, 0], [math.log(2), math.log(3), 0, 0], [math.log(5), math.log(4), 0, 0]])
    value = torch.tensor([[8.0, 0], [16, 8], [24, 24]])

    def test_all_may_be_used(self):
        output, weights = scaled_dot_product_attention(self.query, self.key, self.value)
        torch.testing.assert_close(
            weights, torch.tensor([[1 / 8, 2 / 8, 5 / 8], [1 / 8, 3 / 8, 4 / 8], [1 / 3, 1 / 3, 1 / 3]])
        )
        torch.testing.assert_close(output, torch.tensor([[20.0, 17], [19, 15], [16, 32 / 3]]))

    def test_only_what_came_before(self):
        _, weights = scaled_dot_product_attention(self.query, self.key, self.value, causal_mask(3))
        torch.testing.assert_close(weights, torch.tensor([[1, 0, 0], [1 / 4, 3 / 4, 0], [1 / 3, 1 / 3, 1 / 3]]))

    def test_the_last_token_is_padding(self):
        mask = padding_mask(torch.tensor([1, 1, 0]))
        output, weights = scaled_dot_product_attention(self.query, self.key, self.value, mask)
        torch.testing.assert_close(weights, torch.tensor([[1 / 3, 2 / 3, 0], [1 / 4, 3 / 4, 0], [1 / 2, 1 / 2, 0]]))
        torch.testing.assert_close(output, torch.tensor([[40 / 3, 16 / 3], [14, 6], [12, 4]]))

    def test_nothing_may_be_used(self):
        output, _ = scaled_dot_product_attention(self.query, self.key, self.value, full_mask(3).tril(-1))
        assert output.isnan().any(dim=-1).tolist() == [True, False, False]


class TestEqualToPyTorch:
    query, key, value = (torch.randn(2, 3, length, width) for length, width in [(7, 5), (13, 5), (13, 4)])
    to_seven = causal_mask(13)[:7]

    @pytest.mark.parametrize("mask", [None, to_seven, (torch.arange(13) < 9)[None, None, None, :]])
    def test_outputs(self, mask):
        output, weights = scaled_dot_product_attention(self.query, self.key, self.value, mask)
        expected = torch.nn.functional.scaled_dot_product_attention(self.query, self.key, self.value, attn_mask=mask)
        torch.testing.assert_close(output, expected)
        assert weights.shape == (2, 3, 7, 13)
        if mask is not None:
            assert (weights.masked_select(~mask) == 0).all()


@pytest.mark.parametrize("is_decoder", [False, True])
def test_equal_to_the_model(inputs, is_decoder):
    model = tiny_bert(is_decoder=is_decoder)
    hidden = model.embeddings(inputs["input_ids"])
    layer = model.encoder.layer[0].attention
    query, key, value = (
        project(hidden).view(1, LENGTH, 3, 8).transpose(1, 2)
        for project in (layer.self.query, layer.self.key, layer.self.value)
    )
    mask = padding_mask(inputs["attention_mask"])[:, None]
    if is_decoder:
        mask = mask & causal_mask(LENGTH)
    output, weights = scaled_dot_product_attention(query, key, value, mask)
    torch.testing.assert_close(weights, get_attentions(model, inputs)[0])
    merged = output.transpose(1, 2).reshape(1, LENGTH, 24)
    expected = model.encoder.layer[0].attention.output.dense(merged)
    seen = []
    layer.output.dense.register_forward_hook(lambda module, args, result: seen.append(result))
    model(**inputs)
    torch.testing.assert_close(expected, seen[0])


class TestMasks:
    def test_a_batch_of_paddings(self):
        mask = padding_mask(torch.tensor([[1, 1, 0], [1, 0, 0]]))
        assert mask.shape == (2, 3, 3)
        assert mask[0].tolist() == [[True, True, False]] * 3
        assert mask[1].tolist() == [[True, False, False]] * 3

    def test_a_decoder_with_padding(self):
        mask = causal_mask(3) & padding_mask(torch.tensor([1, 1, 0]))
        assert mask.tolist() == [[True, False, False], [True, True, False], [True, True, False]]


class TestReceptiveSet:
    real = torch.tensor([1] * REAL + [0] * (LENGTH - REAL))

    @pytest.mark.parametrize("layers", [1, 12])
    def test_depth_changes_nothing_for_the_three_masks(self, layers):
        assert receptive_set(full_mask(LENGTH), 3, layers) == set(range(LENGTH))
        assert receptive_set(causal_mask(LENGTH), 3, layers) == {0, 1, 2, 3}
        assert receptive_set(padding_mask(self.real), 3, layers) == set(range(REAL))
        assert receptive_set(padding_mask(self.real), 6, layers) == {*range(REAL), 6}, "by the residual connection"

    def test_neighbors_grow_with_depth(self):
        neighbors = full_mask(LENGTH).tril(1).triu(-1)
        assert [receptive_set(neighbors, 1, layers) for layers in range(4)] == [
            {1},
            {0, 1, 2},
            {0, 1, 2, 3},
            {0, 1, 2, 3, 4},
        ]

    @pytest.mark.parametrize("mask", [full_mask(LENGTH), causal_mask(LENGTH), full_mask(LENGTH).tril(1).triu(-1)])
    def test_equal_to_where_gradients_flow(self, mask):
        model = tiny_bert(attn_implementation="sdpa")  # which takes a mask as it is; eager would add 0 and 1
        embeddings = torch.randn(1, LENGTH, 24, requires_grad=True)
        hidden = model(inputs_embeds=embeddings, attention_mask=mask[None, None]).last_hidden_state
        for position in range(LENGTH):
            [gradient] = torch.autograd.grad(hidden[0, position].norm(p=1), embeddings, retain_graph=True)
            reached = set((gradient[0] != 0).any(dim=-1).nonzero().flatten().tolist())
            assert reached == receptive_set(mask, position, TINY["num_hidden_layers"])


class TestWhatMovesWhenATokenChanges:
    @pytest.mark.parametrize("position", [0, 3, 4])
    def test_encoder(self, inputs, position):
        assert outputs_that_move(tiny_bert(), inputs, position, 21) == set(range(LENGTH))

    @pytest.mark.parametrize("position", [0, 3, 4])
    def test_decoder(self, inputs, position):
        assert outputs_that_move(tiny_bert(is_decoder=True), inputs, position, 21) == set(range(position, LENGTH))

    @pytest.mark.parametrize("is_decoder", [False, True])
    def test_padding_moves_nothing_but_its_own_output(self, inputs, is_decoder):
        assert outputs_that_move(tiny_bert(is_decoder=is_decoder), inputs, 5, 21) == {5}

    @pytest.mark.parametrize("position", range(LENGTH))
    def test_as_the_receptive_sets_predict(self, inputs, position):
        mask = causal_mask(LENGTH) & padding_mask(inputs["attention_mask"][0])
        predicted = {output for output in range(LENGTH) if position in receptive_set(mask, output, layers=2)}
        assert outputs_that_move(tiny_bert(is_decoder=True), inputs, position, 21) == predicted

    def test_dropout_is_off_meanwhile_and_the_inputs_stay_as_they_are(self, inputs):
        model = tiny_bert(is_decoder=True).train()
        before = inputs["input_ids"].clone()
        assert outputs_that_move(model, inputs, 4, 21) == {4, 5, 6}
        assert model.training
        assert inputs["input_ids"].equal(before)


class TestGetAttentions:
    def test_shape_and_sums(self, inputs):
        attentions = get_attentions(tiny_bert(), inputs)
        assert attentions.shape == (2, 1, 3, LENGTH, LENGTH)
        torch.testing.assert_close(attentions.sum(-1), torch.ones(2, 1, 3, LENGTH))
        assert (attentions[..., REAL:] == 0).all()
        assert not attentions.requires_grad

    def test_dropout_is_off_meanwhile(self, inputs):
        model = tiny_bert()
        expected = get_attentions(model, inputs)
        assert get_attentions(model.train(), inputs).equal(expected)
        assert model.training

    def test_a_model_on_sdpa_is_refused_with_the_way_out(self, inputs):
        with pytest.raises(ValueError, match=r"'sdpa' attention.*attn_implementation=\"eager\""):
            get_attentions(tiny_bert(attn_implementation="sdpa"), inputs)

    def test_a_model_that_returns_none_is_refused(self, inputs):
        model = tiny_bert(num_hidden_layers=0)
        with pytest.raises(ValueError, match="BertModel returned no attention"):
            get_attentions(model, inputs)

    def test_the_mode_comes_back_after_an_error(self, inputs):
        model = tiny_bert().train()
        with pytest.raises(IndexError):
            get_attentions(model, {"input_ids": torch.tensor([[99]])})
        assert model.training
