"""Our RoBERTa against Hugging Face's: outputs, gradients, dropout, saved folders; and where it differs from BERT."""

import logging

import pytest
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForMaskedLM, RobertaConfig

from bertlab.inside_the_encoder.model import BertModel
from bertlab.models import encoder, mlm_logits
from bertlab.variants.roberta import RobertaForMaskedLM, RobertaModel, as_bert, position_ids
from tests.encoders import assert_close

PAD, LENGTHS, SEQ = 1, [11, 7, 4], 11
SIZES = {
    "vocab_size": 101,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "max_position_embeddings": 15,
}


def make_theirs(kind, **changed):
    torch.manual_seed(7)
    config = RobertaConfig(**SIZES | changed)
    theirs = kind._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return theirs


def make_ours(kind, theirs):
    ours = kind(theirs.config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours.eval()


def make_inputs(left=False, types=1):
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(2, 101, (3, SEQ), generator=generator)
    mask = (torch.arange(SEQ) < torch.tensor(LENGTHS)[:, None]).long()
    if left:
        ids, mask = ids.clone(), mask.flip(1)
        for row, length in enumerate(LENGTHS):
            ids[row] = ids[row].roll(SEQ - length)
    return {
        "input_ids": torch.where(mask == 1, ids, PAD),
        "attention_mask": mask,
        "token_type_ids": torch.randint(types, (3, SEQ), generator=generator) * mask,
    }


@pytest.mark.parametrize("left", [False, True], ids=["padded right", "padded left"])
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_outputs_agree(attention, left):
    theirs = make_theirs(transformers.RobertaModel)
    theirs.set_attn_implementation(attention)
    inputs = make_inputs(left, types=2)
    found, expected = make_ours(RobertaModel, theirs)(**inputs), theirs(**inputs)
    assert_close(found.last_hidden_state, expected.last_hidden_state)
    assert_close(found.pooler_output, expected.pooler_output)
    theirs = make_theirs(transformers.RobertaForMaskedLM, type_vocab_size=1)
    theirs.set_attn_implementation(attention)
    inputs = make_inputs(left)
    assert_close(make_ours(RobertaForMaskedLM, theirs)(**inputs).logits, theirs(**inputs).logits)


def test_attention_weights_agree():
    theirs = make_theirs(transformers.RobertaForMaskedLM)
    found = make_ours(RobertaForMaskedLM, theirs)(**make_inputs(), output_attentions=True).attentions
    assert len(found) == 3
    assert_close(found, theirs(**make_inputs(), output_attentions=True).attentions)


def test_without_mask_and_types_all_is_seen():
    theirs = make_theirs(transformers.RobertaModel)
    ids = make_inputs()["input_ids"]
    assert_close(make_ours(RobertaModel, theirs)(ids).last_hidden_state, theirs(ids).last_hidden_state)


@pytest.mark.parametrize("name", ["RobertaModel", "RobertaForMaskedLM"])
def test_gradients_agree(name):
    theirs = make_theirs(getattr(transformers, name)).double()  # gradients add up many terms: rounding would show
    ours = make_ours({"RobertaModel": RobertaModel, "RobertaForMaskedLM": RobertaForMaskedLM}[name], theirs).double()
    for model in (ours, theirs):
        output = model(**make_inputs(types=2))
        loss = output[0].logsumexp(-1).mean()
        (loss + output[1].sum() if name == "RobertaModel" else loss).backward()
    expected = {name: weight.grad for name, weight in theirs.named_parameters()}
    assert_close({name: weight.grad for name, weight in ours.named_parameters()}, expected, rtol=1e-10, atol=1e-10)
    assert all(gradient.abs().max() > 0 for gradient in expected.values())
    positions = encoder(ours).embeddings.position_embeddings.weight.grad
    assert (positions[: PAD + 1] == 0).all()  # rows 0 and 1 are never learned
    assert (positions[PAD + 1 : PAD + 1 + SEQ].abs().sum(1) > 0).all()


def test_dropout_falls_on_the_same_numbers():
    theirs, outputs = make_theirs(transformers.RobertaForMaskedLM).double(), []
    for model in (make_ours(RobertaForMaskedLM, theirs).double(), theirs):
        torch.manual_seed(3)
        outputs.append(model.train()(**make_inputs()).logits)
    assert_close(*outputs)


def test_the_comparison_would_notice():
    theirs = make_theirs(transformers.RobertaModel)
    bert = BertModel(as_bert(theirs.config))
    bert.load_state_dict(theirs.state_dict(), strict=True)  # the same weights, each under the same name
    inputs = make_inputs()
    with pytest.raises(AssertionError, match="not close"):
        assert_close(bert.eval()(**inputs).last_hidden_state, theirs(**inputs).last_hidden_state)


class TestPositions:
    def test_they_equal_the_library_s(self):
        ids = make_inputs(left=True)["input_ids"]
        theirs = make_theirs(transformers.RobertaModel).embeddings
        assert torch.equal(position_ids(ids, PAD), theirs.create_position_ids_from_input_ids(ids, PAD))

    def test_only_positions_differ_from_bert_s(self):
        """BERT gives the same, once its positions are moved up by two and nothing is padded."""
        theirs = make_theirs(transformers.RobertaModel)
        bert = BertModel(as_bert(theirs.config, max_position_embeddings=13))
        weights = theirs.state_dict()
        weights["embeddings.position_embeddings.weight"] = weights["embeddings.position_embeddings.weight"][PAD + 1 :]
        bert.load_state_dict(weights)
        ids = torch.randint(2, 101, (3, SEQ), generator=torch.Generator().manual_seed(5))
        assert_close(bert.eval()(ids).last_hidden_state, theirs(ids).last_hidden_state)

    def test_padding_on_the_left_changes_nothing_which_it_does_in_bert(self):
        ours = make_ours(RobertaModel, make_theirs(transformers.RobertaModel))
        bert = BertModel(as_bert(ours.config))
        bert.load_state_dict(ours.state_dict())
        right, left = make_inputs(), make_inputs(left=True)
        real = right["attention_mask"] == 1, left["attention_mask"] == 1
        found = [ours(**inputs).last_hidden_state[tokens] for inputs, tokens in zip((right, left), real, strict=True)]
        assert_close(*found)
        found = [bert(**inputs).last_hidden_state[tokens] for inputs, tokens in zip((right, left), real, strict=True)]
        with pytest.raises(AssertionError, match="not close"):
            assert_close(*found)

    def test_padding_with_another_id_is_counted_whatever_the_mask_says(self):
        ours = make_ours(RobertaModel, make_theirs(transformers.RobertaModel))
        inputs = make_inputs(left=True)
        found = []
        for pad in (PAD, 0):
            ids = torch.where(inputs["attention_mask"] == 1, inputs["input_ids"], pad)
            found.append(ours(ids, inputs["attention_mask"]).last_hidden_state[inputs["attention_mask"] == 1])
        with pytest.raises(AssertionError, match="not close"):
            assert_close(*found)

    def test_of_514_positions_512_are_for_tokens(self):
        ours = make_ours(RobertaModel, make_theirs(transformers.RobertaModel))
        assert ours(torch.full((2, 13), 5)).last_hidden_state.isfinite().all()
        with pytest.raises(ValueError, match=r"14 tokens for 13 positions: .* max_length=13"):
            ours(torch.full((2, 14), 5))


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        make_theirs(transformers.RobertaForMaskedLM).save_pretrained(tmp_path)
        return tmp_path

    def test_ours_agrees_with_the_library_s_auto_classes(self, folder, caplog):
        ours, inputs = RobertaForMaskedLM.from_pretrained(folder), make_inputs()
        assert not ours.training
        assert_close(ours(**inputs).logits, AutoModelForMaskedLM.from_pretrained(folder)(**inputs).logits)
        with caplog.at_level(logging.CRITICAL):  # it says that the pooler is new
            theirs = AutoModel.from_pretrained(folder)
        assert_close(ours.roberta(**inputs).last_hidden_state, theirs(**inputs).last_hidden_state)

    def test_ours_holds_the_numbers_of_the_file(self, folder):
        weights, ours = load_file(folder / "model.safetensors"), RobertaForMaskedLM.from_pretrained(folder)
        found = {name: weight.detach() for name, weight in ours.named_parameters()}
        assert set(found) == set(weights)
        assert_close(found, weights, rtol=0, atol=0)


def test_it_serves_the_course_s_own_door_into_any_bert():
    ours = make_ours(RobertaForMaskedLM, make_theirs(transformers.RobertaForMaskedLM))
    inputs = make_inputs()
    where = inputs["attention_mask"] == 1
    assert encoder(ours) is ours.roberta
    assert_close(mlm_logits(ours, inputs, where), ours(**inputs).logits[where])


def test_the_decoder_is_tied_and_fresh_weights_are_drawn_as_bert_s():
    torch.manual_seed(0)
    ours = RobertaForMaskedLM(RobertaConfig(**SIZES))
    assert ours.lm_head.decoder.weight is ours.roberta.embeddings.word_embeddings.weight
    for name, weight in ours.named_parameters():
        if weight.dim() > 1:
            assert weight.abs().max() <= 0.04, name
            assert weight.std().item() == pytest.approx(0.0176, rel=0.3), name
        else:
            assert (weight == ("orm.weight" in name)).all(), name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden_act": "relu"}, "hidden_act='relu'.*'gelu'"),
        ({"is_decoder": True}, "is_decoder=True"),
        ({"add_cross_attention": True}, "add_cross_attention"),
        ({"pad_token_id": None}, "pad_token_id"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
        ({"num_attention_heads": 5}, "5 heads cannot share 48 numbers"),
    ],
)
def test_a_configuration_that_it_cannot_build_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        RobertaModel(RobertaConfig(**SIZES | wrong))
