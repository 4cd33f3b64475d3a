"""Our ALBERT against Hugging Face's: outputs, gradients, dropout, saved folders; and one layer for all."""

import logging

import pytest
import torch
import transformers
from safetensors.torch import load_file
from torch import nn
from transformers import AlbertConfig, AutoModel, AutoModelForMaskedLM, AutoModelForPreTraining

from bertlab.inside_the_encoder.model import BertModel
from bertlab.variants.albert import (
    AlbertForMaskedLM,
    AlbertForPreTraining,
    AlbertModel,
    FactorizedEmbeddings,
    our_names,
)
from bertlab.variants.roberta import as_bert
from tests.encoders import assert_close

LENGTHS, SEQ = [11, 7, 4], 11
SIZES = {
    "vocab_size": 101,
    "embedding_size": 19,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "max_position_embeddings": 13,
}
KINDS = {
    "AlbertModel": AlbertModel,
    "AlbertForMaskedLM": AlbertForMaskedLM,
    "AlbertForPreTraining": AlbertForPreTraining,
}
each_kind = pytest.mark.parametrize("name", KINDS)


def make_theirs(name, **changed):
    torch.manual_seed(7)
    theirs = (
        getattr(transformers, name)._from_config(AlbertConfig(**SIZES | changed), attn_implementation="eager").eval()
    )
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return theirs


def make_ours(name, theirs):
    ours = KINDS[name](theirs.config)
    ours.load_state_dict(our_names(theirs.state_dict()), strict=True)
    return ours.eval()


def make_inputs():
    generator = torch.Generator().manual_seed(3)
    mask = (torch.arange(SEQ) < torch.tensor(LENGTHS)[:, None]).long()
    return {
        "input_ids": torch.randint(1, 101, (3, SEQ), generator=generator) * mask,
        "attention_mask": mask,
        "token_type_ids": torch.randint(2, (3, SEQ), generator=generator) * mask,
    }


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("gelu", ["gelu", "gelu_new"])
@each_kind
def test_outputs_agree(name, gelu, attention):
    theirs = make_theirs(name, hidden_act=gelu)
    theirs.set_attn_implementation(attention)
    found, expected = make_ours(name, theirs)(**make_inputs()), theirs(**make_inputs())
    outputs = len(expected)
    assert outputs == {"AlbertModel": 2, "AlbertForMaskedLM": 1, "AlbertForPreTraining": 2}[name]
    assert_close(tuple(found)[:outputs], expected.to_tuple())


def test_the_first_field_is_named_as_in_the_library():
    for name, field in zip(KINDS, ["last_hidden_state", "logits", "prediction_logits"], strict=True):
        assert make_ours(name, make_theirs(name))(**make_inputs())._fields[0] == field


def test_without_mask_and_types_all_is_seen():
    theirs = make_theirs("AlbertModel")
    ids = make_inputs()["input_ids"]
    assert_close(make_ours("AlbertModel", theirs)(ids).last_hidden_state, theirs(ids).last_hidden_state)


@each_kind
def test_gradients_agree(name):
    theirs = make_theirs(name).double()  # gradients add up many terms: in float32 their rounding would show
    ours = make_ours(name, theirs).double()
    for model in (ours, theirs):
        output = tuple(model(**make_inputs()).values() if model is theirs else model(**make_inputs()))
        loss = output[0].logsumexp(-1).mean()
        (loss if name == "AlbertForMaskedLM" else loss + output[1].logsumexp(-1).mean()).backward()
    expected = our_names({name: weight.grad for name, weight in theirs.named_parameters()})
    found = {name: weight.grad for name, weight in ours.named_parameters()}
    assert_close(found, expected, rtol=1e-10, atol=1e-10)
    assert all(gradient.abs().max() > 0 for gradient in expected.values())


def test_dropout_falls_on_the_same_numbers():
    rates = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.2, "classifier_dropout_prob": 0.3}
    theirs, outputs = make_theirs("AlbertForPreTraining", **rates).double(), []
    for model in (make_ours("AlbertForPreTraining", theirs).double(), theirs):
        torch.manual_seed(3)
        output = model.train()(**make_inputs())
        outputs.append((output.prediction_logits, output.sop_logits))
    assert_close(*outputs)


def test_attention_weights_agree():
    theirs = make_theirs("AlbertModel")
    found = make_ours("AlbertModel", theirs)(**make_inputs(), output_attentions=True).attentions
    assert len(found) == 3
    assert_close(found, theirs(**make_inputs(), output_attentions=True).attentions)


class TestOneLayer:
    def test_it_is_kept_once_and_applied_as_often_as_there_are_layers(self):
        ours, calls = make_ours("AlbertModel", make_theirs("AlbertModel")), []
        [layer] = ours.encoder["layer"].children()
        layer.register_forward_hook(lambda *_: calls.append(1))
        ours(**make_inputs())
        assert len(calls) == 3
        deeper = AlbertModel(AlbertConfig(**SIZES | {"num_hidden_layers": 12}))
        assert len(ours.state_dict()) == len(deeper.state_dict())

    def test_it_gives_what_a_bert_gives_whose_layers_are_all_the_same(self):
        """With wide embeddings, that pass the projection as they are: then nothing but the sharing is left."""
        config = AlbertConfig(**SIZES | {"embedding_size": 48, "hidden_act": "gelu"})
        ours, bert = AlbertModel(config).eval(), BertModel(as_bert(config)).eval()
        with torch.no_grad():
            ours.embeddings.projection.weight.copy_(torch.eye(48))
        bert.embeddings.load_state_dict(ours.embeddings.state_dict(), strict=False)
        bert.pooler.load_state_dict(ours.pooler.state_dict())
        for layer in bert.encoder["layer"].children():
            layer.load_state_dict(ours.encoder["layer"][0].state_dict())
        assert_close(ours(**make_inputs()), bert(**make_inputs()))

    def test_the_comparison_would_notice_one_layer_too_few(self):
        theirs = make_theirs("AlbertModel")
        ours = make_ours("AlbertModel", theirs)
        ours.config = AlbertConfig(**SIZES | {"num_hidden_layers": 2})
        with pytest.raises(AssertionError, match="not close"):
            assert_close(ours(**make_inputs()).last_hidden_state, theirs(**make_inputs()).last_hidden_state)


class TestEmbeddings:
    def test_words_are_narrow_and_the_head_goes_back_to_them(self):
        ours = make_ours("AlbertForMaskedLM", make_theirs("AlbertForMaskedLM"))
        words = ours.albert.embeddings.word_embeddings.weight
        assert words.shape == (101, 19)
        assert ours.predictions.decoder.weight is words
        assert ours.albert.embeddings.projection.weight.shape == (48, 19)
        assert ours.predictions.transform.dense.weight.shape == (19, 48)

    def test_projected_they_are_one_matrix_of_a_rank_of_at_most_e(self):
        embeddings = FactorizedEmbeddings(AlbertConfig(**SIZES))
        whole = embeddings.word_embeddings.weight @ embeddings.projection.weight.T
        assert whole.shape == (101, 48)
        assert torch.linalg.matrix_rank(whole) == 19

    def test_the_two_forms_of_gelu_differ_a_little(self):
        x = torch.linspace(-4, 4, 801)
        gap = (nn.functional.gelu(x) - nn.functional.gelu(x, approximate="tanh")).abs().max()
        assert 1e-4 < gap < 1e-3

    def test_a_text_too_long_is_told_the_limit(self):
        with pytest.raises(ValueError, match="14 tokens for 13 positions"):
            AlbertModel(AlbertConfig(**SIZES))(torch.ones(2, 14, dtype=torch.long))


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        make_theirs("AlbertForPreTraining").save_pretrained(tmp_path)
        return tmp_path

    def test_ours_agrees_with_the_library_s_auto_classes(self, folder, caplog):
        ours, inputs = AlbertForMaskedLM.from_pretrained(folder), make_inputs()
        both = AlbertForPreTraining.from_pretrained(folder)
        assert not ours.training
        with caplog.at_level(logging.CRITICAL):  # it says what it leaves out
            theirs = AutoModelForMaskedLM.from_pretrained(folder)
            assert_close(ours(**inputs).logits, theirs(**inputs).logits)
            expected = AutoModelForPreTraining.from_pretrained(folder)(**inputs)
            assert_close(both(**inputs)[:2], (expected.prediction_logits, expected.sop_logits))
            expected = AutoModel.from_pretrained(folder)(**inputs)
        assert_close(both.albert(**inputs)[:2], (expected.last_hidden_state, expected.pooler_output))

    def test_ours_holds_the_numbers_of_the_file(self, folder):
        weights = our_names(load_file(folder / "model.safetensors"))
        ours = AlbertForPreTraining.from_pretrained(folder)
        assert_close({name: weight.detach() for name, weight in ours.named_parameters()}, weights, rtol=0, atol=0)


def test_fresh_weights_are_drawn_as_bert_s():
    torch.manual_seed(0)
    for name, weight in AlbertForPreTraining(AlbertConfig(**SIZES)).named_parameters():
        if weight.dim() > 1:
            assert weight.abs().max() <= 0.04, name
            assert weight.std().item() == pytest.approx(0.0176, rel=0.3), name
        else:
            assert (weight == ("LayerNorm.weight" in name)).all(), name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden_act": "relu"}, "hidden_act='relu'.*'gelu_new'"),
        ({"num_hidden_groups": 3}, "num_hidden_groups and inner_group_num must be 1"),
        ({"inner_group_num": 2}, "num_hidden_groups and inner_group_num must be 1"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
        ({"num_attention_heads": 5}, "5 heads cannot share 48 numbers"),
    ],
)
def test_a_configuration_that_it_cannot_build_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        AlbertModel(AlbertConfig(**SIZES | wrong))
