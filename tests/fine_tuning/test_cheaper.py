"""What is frozen is exactly what was said, and each layer has exactly its rate."""

import pytest
import torch
import transformers

from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.cheaper import freeze, layerwise_rates
from bertlab.fine_tuning.head import Classifier
from bertlab.fine_tuning.loop import FineTuning
from tests.fine_tuning.toys import SIZES, make_model, make_reviews

PREFIXES = ("bert.embeddings.", "bert.encoder.layer.0.", "bert.encoder.layer.1.", "bert.encoder.layer.2.")


def make():
    return make_model(num_hidden_layers=3)


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_embeddings_and_the_first_layers_are_frozen_and_nothing_else(layers):
    model = make()
    freeze(model, layers)
    for name, weight in model.named_parameters():
        assert weight.requires_grad is not name.startswith(PREFIXES[: layers + 1]), name


def test_freezing_less_afterwards_trains_more():
    model = make()
    freeze(model, 3)
    freeze(model, 1)
    assert all(weight.requires_grad for weight in model.bert.encoder.layer[1:].parameters())
    assert not any(weight.requires_grad for weight in model.bert.encoder.layer[0].parameters())


@pytest.mark.parametrize("layers", [-1, 4])
def test_other_numbers_of_layers_are_refused(layers):
    with pytest.raises(ValueError, match=f"this model has 3 layers: freeze 0 to 3, not {layers}"):
        freeze(make(), layers)


def test_our_own_classifier_is_frozen_too():
    model = Classifier(make(), outputs=2)
    freeze(model, 3)
    trained = {name.rsplit(".", 1)[0] for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained == {"bert.pooler.dense", "classifier"}


def test_what_is_frozen_stays_while_the_rest_is_trained(tokenizer):
    model = make()
    freeze(model, 2)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    data = encode(make_reviews(16), tokenizer)
    FineTuning(model, tokenizer, data, epochs=2, batch_size=8, weight_decay=0.5).finish()
    for name, weight in model.named_parameters():
        if not name.endswith("key.bias"):  # the softmax takes it away
            assert torch.equal(weight, before[name]) is name.startswith(PREFIXES[:3]), name


def test_each_weight_has_the_rate_of_its_depth_and_decays_or_not():
    model = make()
    found = {
        id(weight): (group["lr"], group["weight_decay"])
        for group in layerwise_rates(model, lr=0.01, factor=0.5, weight_decay=0.07)
        for weight in group["params"]
    }
    rates = dict(zip(PREFIXES, (0.01 / 16, 0.01 / 8, 0.01 / 4, 0.01 / 2), strict=True))
    named = list(model.named_parameters())
    assert len(found) == len(named)
    for name, weight in named:
        rate = next((rate for prefix, rate in rates.items() if name.startswith(prefix)), 0.01)
        assert found[id(weight)] == (pytest.approx(rate), 0.07 if weight.ndim == 2 else 0.0), name


def test_rates_fall_from_the_head_down():
    rates = [group["lr"] for group in layerwise_rates(make(), lr=1e-4)]
    assert rates[0] == 1e-4
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(1e-4 * 0.8**4)


def test_no_weight_is_in_two_groups():
    groups = layerwise_rates(make(), lr=1e-4)
    assert all(group["params"] for group in groups)
    numbers = [id(weight) for group in groups for weight in group["params"]]
    assert len(numbers) == len(set(numbers))
    torch.optim.AdamW(groups)  # raises if one is


def test_other_families_are_taken_if_they_are_built_like_bert():
    roberta = transformers.RobertaForSequenceClassification(transformers.RobertaConfig(**SIZES | {"vocab_size": 37}))
    freeze(roberta, 1)
    assert not roberta.roberta.encoder.layer[0].output.dense.weight.requires_grad
    assert roberta.classifier.dense.weight.requires_grad
    assert len({group["lr"] for group in layerwise_rates(roberta, 1e-4)}) == 4
    config = transformers.DistilBertConfig(vocab_size=37, dim=12, n_layers=2, n_heads=3, hidden_dim=20)
    with pytest.raises(TypeError, match="has no layers built like BERT's"):
        freeze(transformers.DistilBertForSequenceClassification(config), 1)


def test_training_goes_by_these_rates(tokenizer):
    model = make()
    run = FineTuning(
        model,
        tokenizer,
        encode(make_reviews(16), tokenizer),
        epochs=2,
        batch_size=8,
        groups=layerwise_rates(model, 0.01),
    )
    for _ in run:
        pass
    shares = [group["lr"] / run.optimizer.param_groups[0]["lr"] for group in run.optimizer.param_groups]
    assert sorted({round(share, 6) for share in shares}, reverse=True) == pytest.approx([0.8**k for k in range(5)])
