"""One door into any BERT: the same encoder and the same logits, by whatever names a library calls its parts."""

import pytest
import torch
import transformers
from torch.testing import assert_close

from bertlab.models import device, encoder, evaluating, hooked, mlm_head, mlm_logits, pick_layers
from tests.encoders import CONFIGS, make_inputs, make_ours, make_theirs

SIZES = {"vocab_size": 37, "max_position_embeddings": 16}
BERT = SIZES | {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
DISTIL = SIZES | {"dim": 12, "n_layers": 2, "n_heads": 3, "hidden_dim": 20}
ENDS = {"cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
IDS = torch.tensor([[2, 9, 4, 11, 3], [2, 4, 30, 4, 3]])


def make(config_class, model_class, sizes):
    torch.manual_seed(0)
    return model_class(config_class(**sizes, pad_token_id=0)).eval()


MODELS = {
    "BertForMaskedLM": lambda: make(transformers.BertConfig, transformers.BertForMaskedLM, BERT),
    "BertForPreTraining": lambda: make(transformers.BertConfig, transformers.BertForPreTraining, BERT),
    "RobertaForMaskedLM": lambda: make(transformers.RobertaConfig, transformers.RobertaForMaskedLM, BERT),
    "DistilBertForMaskedLM": lambda: make(transformers.DistilBertConfig, transformers.DistilBertForMaskedLM, DISTIL),
    "AlbertForMaskedLM": lambda: make(
        transformers.AlbertConfig, transformers.AlbertForMaskedLM, BERT | {"embedding_size": 7}
    ),
    "ElectraForMaskedLM": lambda: make(
        transformers.ElectraConfig, transformers.ElectraForMaskedLM, BERT | {"embedding_size": 7}
    ),
    "DebertaForMaskedLM": lambda: make(transformers.DebertaConfig, transformers.DebertaForMaskedLM, BERT),
    "ModernBertForMaskedLM": lambda: make(
        transformers.ModernBertConfig, transformers.ModernBertForMaskedLM, BERT | {"num_attention_heads": 2} | ENDS
    ),
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def test_logits_are_those_of_the_library_at_all_positions_and_at_some(model):
    with torch.no_grad():
        output = model(input_ids=IDS)
        expected = output.prediction_logits if "prediction_logits" in output else output.logits
        assert_close(mlm_logits(model, {"input_ids": IDS}), expected)
        assert_close(mlm_logits(model, {"input_ids": IDS}, IDS == 4), expected[IDS == 4])


def test_logits_of_our_own_model_are_those_of_the_library():
    theirs = make_theirs(CONFIGS["wide"])
    inputs = make_inputs(CONFIGS["wide"], 3, 7)
    with torch.no_grad():
        assert_close(mlm_logits(make_ours(theirs), inputs), mlm_logits(theirs, inputs))


def test_the_encoder_of_a_model_and_of_itself(model):
    assert encoder(model) is model.base_model
    assert encoder(encoder(model)) is encoder(model)


def test_where_the_weights_are(model):
    assert device(model) == torch.device("cpu")
    assert device(model.to("meta")) == torch.device("meta")


def test_gradients_flow_through_the_logits(model):
    mlm_logits(model, {"input_ids": IDS}, IDS == 4).sum().backward()
    assert model.get_input_embeddings().weight.grad.abs().sum() > 0


@pytest.mark.parametrize("name", ["BertForMaskedLM", "RobertaForMaskedLM"])
def test_layers_by_number(name):
    model = MODELS[name]()
    assert pick_layers(model) == list(model.base_model.encoder.layer)
    assert pick_layers(model, [1]) == [model.base_model.encoder.layer[1]]
    with pytest.raises(ValueError, match="there is no layer 2: this model has layers 0 to 1"):
        pick_layers(model, [2])


def test_layers_with_other_parts_are_refused_by_name():
    with pytest.raises(TypeError, match="DistilBertForMaskedLM has no layers built like BERT's"):
        pick_layers(MODELS["DistilBertForMaskedLM"]())


@pytest.mark.parametrize(
    ("config_class", "model_class"),
    [
        (transformers.BertConfig, transformers.BertModel),
        (transformers.BertConfig, transformers.BertForSequenceClassification),
        (transformers.RobertaConfig, transformers.RobertaForCausalLM),
    ],
)
def test_a_model_without_the_head_is_refused_by_name(config_class, model_class):
    with pytest.raises(TypeError, match=f"{model_class.__name__} has no head for masked language modeling"):
        mlm_head(make(config_class, model_class, BERT | {"is_decoder": True}))


def divide(by):
    """An error, if what is asked about is as it should be: 0."""
    return 1 / int(by)


def test_dropout_is_off_in_the_block_and_as_it_was_after_an_error(model):
    model.train()
    with pytest.raises(ZeroDivisionError), evaluating(model):
        divide(model.training)
    assert model.training
    with evaluating(model.eval()):
        pass
    assert not model.training


def test_hooks_are_gone_after_an_error(model):
    embeddings = encoder(model).embeddings
    with pytest.raises(ZeroDivisionError), hooked([embeddings], after=lambda part, given, result: 0 * result):
        divide(embeddings(IDS).any())
    assert (embeddings(IDS) != 0).any()
