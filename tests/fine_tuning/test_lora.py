"""LoRA by hand is peft's, costs what the formula says, and merges into an ordinary model."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from torch.testing import assert_close

from bertlab.fine_tuning.batches import encode, pad
from bertlab.fine_tuning.head import count_parameters
from bertlab.fine_tuning.loop import FineTuning
from bertlab.fine_tuning.lora import LoRALinear, add_lora, matrices_of, merge_lora
from tests.fine_tuning.toys import make_model, make_reviews


def make_layer(bias=True):
    torch.manual_seed(0)
    layer = LoRALinear(nn.Linear(13, 7, bias=bias), rank=3, alpha=5.0)
    nn.init.normal_(layer.B)
    return layer


def randomize(model):
    """B is zero at first, which would hide a mistake in A."""
    torch.manual_seed(1)
    for part in model.modules():
        if isinstance(part, LoRALinear):
            nn.init.normal_(part.B, std=0.3)


@pytest.fixture(scope="module")
def batch(tokenizer):
    return pad(tokenizer, encode(make_reviews(7), tokenizer).features)


def test_a_layer_is_its_formula():
    layer = make_layer()
    x = torch.randn(2, 5, 13)
    matrix = layer.linear.weight + 5.0 / 3 * layer.B @ layer.A
    assert_close(layer(x), x @ matrix.T + layer.linear.bias)


@pytest.mark.parametrize("bias", [True, False])
def test_merged_equals_unmerged(bias):
    layer = make_layer(bias)
    merged = layer.merged()
    x = torch.randn(2, 5, 13)
    assert type(merged) is nn.Linear
    assert_close(merged(x), layer(x))
    assert (merged.bias is not None) is bias
    assert not torch.equal(merged.weight, layer.linear.weight)


def test_at_first_a_layer_does_what_it_did_and_still_learns():
    linear = nn.Linear(13, 7)
    layer = LoRALinear(linear, rank=3)
    x = torch.randn(5, 13)
    assert torch.equal(layer(x), linear(x))
    layer(x).square().sum().backward()
    assert layer.B.grad.abs().sum() > 0
    assert linear.weight.grad is None
    assert linear.bias.grad is None


@pytest.mark.parametrize("rank", [0, -1])
def test_a_rank_that_is_not_positive_is_refused(rank):
    with pytest.raises(ValueError, match=f"the rank must be at least 1, not {rank}"):
        LoRALinear(nn.Linear(4, 4), rank)


def test_adding_it_changes_nothing_at_first(batch):
    model = make_model().eval()
    before = model(**batch).logits
    add_lora(model, rank=3)
    assert_close(model(**batch).logits, before)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # peft still asks for it
@pytest.mark.parametrize("names", [("query", "value"), ("query", "key", "value", "dense")])
def test_as_peft_on_the_same_matrices(batch, names):
    ours, theirs = make_model().eval(), make_model()
    add_lora(ours, rank=3, alpha=7.0, names=names)
    randomize(ours)
    theirs = get_peft_model(theirs.bert, LoraConfig(r=3, lora_alpha=7, lora_dropout=0.0, target_modules=list(names)))
    theirs = theirs.eval()
    adapted = {name: part for name, part in theirs.named_modules() if hasattr(part, "lora_A")}
    own = {name: part for name, part in ours.bert.named_modules() if isinstance(part, LoRALinear)}
    assert [name.removeprefix("base_model.model.") for name in adapted] == [*own]
    with torch.no_grad():
        for part, layer in zip(adapted.values(), own.values(), strict=True):
            part.lora_A["default"].weight.copy_(layer.A)
            part.lora_B["default"].weight.copy_(layer.B)
    assert_close(ours.bert(**batch).pooler_output, theirs(**batch).pooler_output, rtol=1e-4, atol=1e-5)
    assert count_parameters(ours.bert, only_trained=True) == theirs.get_nb_trainable_parameters()[0]

    ours.bert(**batch).pooler_output.square().sum().backward()
    theirs(**batch).pooler_output.square().sum().backward()
    for part, layer in zip(adapted.values(), own.values(), strict=True):
        assert_close(layer.A.grad, part.lora_A["default"].weight.grad, rtol=1e-3, atol=1e-4)
        assert_close(layer.B.grad, part.lora_B["default"].weight.grad, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("rank", [1, 5])
def test_the_number_of_trained_parameters(rank):
    model = make_model()
    whole = count_parameters(model)
    add_lora(model, rank)
    added = 2 * 2 * rank * (24 + 24)  # layers, matrices in each, rank, widths
    head = 24 * 2 + 2
    assert count_parameters(model, only_trained=True) == added + head
    assert count_parameters(model) == whole + added


def test_what_the_docstring_says_of_a_wide_layer():
    layer = LoRALinear(nn.Linear(384, 384), rank=4)
    assert count_parameters(layer, only_trained=True) == 4 * (384 + 384) == 3072
    assert count_parameters(layer.linear) == 147_840


def test_what_is_frozen_stays_and_the_rest_moves(tokenizer):
    model = make_model(dropout=0.1)
    add_lora(model, rank=3)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    FineTuning(model, tokenizer, encode(make_reviews(37), tokenizer), epochs=2, batch_size=8, lr=1e-2).finish()
    for name, weight in model.named_parameters():
        trained = name.endswith((".A", ".B")) or name.startswith("classifier.")
        assert weight.requires_grad is trained, name
        assert torch.equal(weight, before[name]) is not trained, name


def test_merging_gives_an_ordinary_model_again(batch):
    model = make_model().eval()
    names = [*model.state_dict()]
    add_lora(model, rank=3)
    randomize(model)
    before = model(**batch).logits
    merge_lora(model)
    assert [*model.state_dict()] == names
    assert not any(isinstance(part, LoRALinear) for part in model.modules())
    assert_close(model(**batch).logits, before, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(before, make_model().eval()(**batch).logits, atol=1e-3)


def test_only_linear_layers_of_the_encoder_with_these_names_are_found():
    model = make_model()
    assert [name for _, name, _ in matrices_of(model, ("query", "value"))] == ["query", "value"] * 2
    assert list(matrices_of(model, ("classifier", "LayerNorm"))) == []


def test_a_model_whose_matrices_have_other_names_is_refused_and_left_as_it_was():
    model = make_model()
    with pytest.raises(ValueError, match="has no matrix called q_lin or v_lin: name those that it has"):
        add_lora(model, 3, names=("q_lin", "v_lin"))
    assert all(weight.requires_grad for weight in model.parameters())
