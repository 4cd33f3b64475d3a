"""Layers drawn anew: the topmost and the pooler, as BERT's own code draws them, and nothing below."""

import pytest
import torch
from torch import nn
from transformers import AutoModel, BertConfig, BertForSequenceClassification, BertModel, DistilBertConfig

from bertlab.diagnosing_fine_tuning.fragile import draw_top_layers_anew
from bertlab.fine_tuning.head import Classifier

CONFIG = BertConfig(
    vocab_size=37,
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=4,
    intermediate_size=41,
    max_position_embeddings=13,
    initializer_range=0.05,
)


def trained(kind=BertForSequenceClassification, **more):
    """A model of which no weight is as it was drawn."""
    torch.manual_seed(0)
    model = kind(CONFIG, **more)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 1 + torch.randn_like(weight)
    return model


def changed(model, layers: int, seed: int = 0) -> set[str]:
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    draw_top_layers_anew(model, layers, seed)
    return {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_the_top_layers_and_the_pooler_change_and_nothing_else(layers):
    model = trained()
    drawn = [f"bert.encoder.layer.{number}." for number in range(3 - layers, 3)]
    expected = {name for name in model.state_dict() if name.startswith((*drawn, "bert.pooler."))}
    assert changed(model, layers) == expected


def test_what_is_drawn_is_as_before_any_pre_training():
    model, fresh = trained(), BertForSequenceClassification(CONFIG)
    draw_top_layers_anew(model, 3, seed=1)
    for (name, ours), theirs in zip(model.bert.named_parameters(), fresh.bert.parameters(), strict=True):
        if name.startswith("embeddings"):
            continue
        if ours.ndim == 1:
            torch.testing.assert_close(ours, theirs, rtol=0, atol=0, msg=name)
        else:
            assert ours.std().item() == pytest.approx(CONFIG.initializer_range, rel=0.1), name
            assert abs(ours.mean().item()) < 0.005, name


def test_a_seed_gives_the_same_weights_and_leaves_the_other_drawing_alone():
    first, second, third = trained(), trained(), trained()
    state = torch.get_rng_state()
    draw_top_layers_anew(first, 2, seed=1)
    draw_top_layers_anew(second, 2, seed=1)
    draw_top_layers_anew(third, 2, seed=2)
    assert torch.equal(torch.get_rng_state(), state)
    torch.testing.assert_close(first.state_dict(), second.state_dict(), rtol=0, atol=0)
    assert not torch.equal(first.bert.pooler.dense.weight, third.bert.pooler.dense.weight)


def test_weights_can_still_be_trained():
    model = trained()
    draw_top_layers_anew(model, 1, seed=0)
    model(input_ids=torch.tensor([[1, 2, 3]]), labels=torch.tensor([1])).loss.backward()
    assert model.bert.encoder.layer[2].output.dense.weight.grad is not None


def test_an_encoder_without_pooler_and_our_own_classifier():
    assert all(name.startswith("encoder.layer.2.") for name in changed(trained(BertModel, add_pooling_layer=False), 1))
    assert changed(Classifier(trained(), outputs=2), 0) == {"bert.pooler.dense.weight", "bert.pooler.dense.bias"}


@pytest.mark.parametrize("layers", [-1, 4])
def test_layers_that_there_are_not_are_refused(layers):
    with pytest.raises(ValueError, match="draw 0 to 3 anew"):
        draw_top_layers_anew(trained(), layers, seed=0)


def test_other_models_are_refused():
    with pytest.raises(TypeError, match="no layers built like BERT's"):
        draw_top_layers_anew(nn.Linear(2, 2), 1, seed=0)
    small = DistilBertConfig(vocab_size=37, dim=32, hidden_dim=41, n_layers=1, n_heads=4)
    with pytest.raises(TypeError, match="no layers built like BERT's"):
        draw_top_layers_anew(AutoModel.from_config(small), 1, seed=0)
