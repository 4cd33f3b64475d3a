"""Our classifier is the library's with its weights; it reads the pooler where there is one, and [CLS] where not."""

import pytest
import torch
import transformers
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss
from torch.testing import assert_close
from transformers import BertConfig, BertModel

from bertlab.fine_tuning.batches import encode, pad
from bertlab.fine_tuning.head import Classifier, count_parameters
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.models import encoder, pick_layers
from tests.fine_tuning.toys import SIZES, make_config, make_model, make_reviews

PAIRS = LabeledTexts((("She ran.", "She moved."), ("He slept all day.", "He ran.")), (1, 0), ("no", "yes"))


def body_of(theirs):
    """The library's classifier without its head, the weights copied."""
    body = BertModel(theirs.config)
    body.load_state_dict(theirs.bert.state_dict())
    return body


@pytest.mark.parametrize("data", [make_reviews(7), PAIRS], ids=["texts", "pairs"])
def test_as_the_library_with_the_same_weights(tokenizer, data):
    theirs = make_model(num_labels=5).eval()
    ours = Classifier(body_of(theirs), outputs=5).eval()
    ours.load_state_dict(theirs.state_dict())
    batch = pad(tokenizer, encode(data, tokenizer).features)
    logits = ours(**batch).logits
    assert logits.shape == (len(data), 5)
    assert_close(logits, theirs(**batch).logits)


def test_gradients_are_those_of_the_library_with_dropout_on(tokenizer):
    theirs = make_model(dropout=0.1).train()
    ours = Classifier(body_of(theirs), outputs=2, dropout=0.1).train()
    ours.load_state_dict(theirs.state_dict())
    data = encode(make_reviews(7), tokenizer)
    for model in (ours, theirs):
        torch.manual_seed(5)
        nn.functional.cross_entropy(model(**pad(tokenizer, data.features)).logits, data.labels).backward()
    for (name, weight), same in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert_close(weight.grad, same.grad, msg=name)


def test_without_a_pooler_it_reads_the_last_hidden_state_of_cls(tokenizer):
    torch.manual_seed(0)
    body = BertModel(make_config(), add_pooling_layer=False)
    model = Classifier(body, outputs=3).eval()
    batch = pad(tokenizer, encode(make_reviews(5), tokenizer).features)
    expected = model.classifier(body(**batch).last_hidden_state[:, 0])
    assert_close(model(**batch).logits, expected)


@pytest.mark.parametrize("name", ["Roberta", "DistilBert", "Electra"])
def test_other_families_are_taken(name):
    sizes = SIZES | {"vocab_size": 37, "embedding_size": 12}
    if name == "DistilBert":
        sizes = {"vocab_size": 37, "dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 37}
    body = getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**sizes, pad_token_id=1))
    logits = Classifier(body, outputs=4)(input_ids=torch.randint(2, 37, (3, 7))).logits
    assert logits.shape == (3, 4)


def test_a_model_with_a_head_gives_its_encoder():
    theirs = make_model()
    model = Classifier(theirs, outputs=2)
    assert model.bert is theirs.bert
    assert encoder(model) is theirs.bert
    assert len(pick_layers(model)) == 2


def test_the_head_is_the_only_new_part_and_drawn_as_bert_does_it():
    body = BertModel(make_config(initializer_range=0.02))
    before = {name: weight.clone() for name, weight in body.state_dict().items()}
    torch.manual_seed(0)
    model = Classifier(body, outputs=1000)
    assert model.classifier.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert not model.classifier.bias.any()
    assert all(torch.equal(weight, before[name]) for name, weight in body.state_dict().items())
    assert {name.split(".")[0] for name, _ in model.named_parameters()} == {"bert", "classifier"}


def test_dropout_is_on_while_training_and_off_while_not(tokenizer):
    batch = pad(tokenizer, encode(make_reviews(5), tokenizer).features)
    model = Classifier(make_model(), outputs=2, dropout=0.5)
    assert not torch.equal(model(**batch).logits, model(**batch).logits)
    model.eval()
    assert torch.equal(model(**batch).logits, model(**batch).logits)


def test_logits_serve_other_losses(tokenizer):
    data = encode(make_reviews(4), tokenizer)
    several = Classifier(make_model(), outputs=3)(**pad(tokenizer, data.features)).logits
    single = Classifier(make_model(), outputs=1)(**pad(tokenizer, data.features)).logits
    losses = [
        binary_cross_entropy_with_logits(several, torch.eye(4, 3)),
        mse_loss(single[:, 0], data.labels.float()),
    ]
    for loss in losses:
        loss.backward()
        assert loss.isfinite()


def test_counting_parameters():
    assert count_parameters(nn.Linear(768, 2)) == 1538
    model = make_model()
    assert count_parameters(model) == model.num_parameters()
    model.bert.requires_grad_(False)
    assert count_parameters(model, only_trained=True) == 24 * 2 + 2
    assert count_parameters(model) == model.num_parameters()


def test_a_shared_weight_is_counted_once():
    config = BertConfig(**SIZES | {"vocab_size": 37})
    model = transformers.BertForMaskedLM(config)
    names = [name for name, _ in model.named_parameters(remove_duplicate=False)]
    assert len(names) > len(list(model.parameters()))
    assert count_parameters(model) == model.num_parameters()
