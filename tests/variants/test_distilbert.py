"""Our DistilBERT against Hugging Face's: outputs, gradients, dropout, folders; and what it lacks beside a BERT."""

import copy

import pytest
import torch
import transformers
from transformers import BertConfig, DistilBertConfig

from bertlab.inside_the_encoder.model import BertForPreTraining, BertModel
from bertlab.models import encoder, mlm_logits, pick_layers
from bertlab.variants import distilbert
from bertlab.variants.distilbert import DistilBertForMaskedLM, DistilBertModel, bert_config, our_names
from tests.docstrings import assert_examples_hold
from tests.encoders import assert_close, make_inputs

SIZES = {"vocab_size": 101, "dim": 48, "n_layers": 3, "n_heads": 4, "hidden_dim": 37, "max_position_embeddings": 13}
CONFIG = DistilBertConfig(**SIZES, pad_token_id=6)


def random_theirs(kind=transformers.DistilBertForMaskedLM, config=CONFIG, attention="eager"):
    """A library's model, with no weight, bias or LayerNorm left at a value that would hide a mistake."""
    torch.manual_seed(7)
    theirs = kind._from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return theirs


@pytest.fixture
def theirs():
    return random_theirs()


@pytest.fixture
def ours(theirs):
    ours = DistilBertForMaskedLM(CONFIG)
    ours.load_state_dict(our_names(theirs.state_dict()), strict=True)
    return ours.eval()


@pytest.fixture
def inputs():
    """Three texts of 11, 6 and 1 token."""
    bert = BertConfig(vocab_size=101, pad_token_id=6)
    return make_inputs(bert, 3, 11, pairs=False)


@pytest.mark.parametrize("function", [our_names, bert_config])
def test_what_the_docstring_shows_is_so(function):
    assert_examples_hold(function.__doc__, {**vars(distilbert), "weight": torch.zeros(37)})


class TestParity:
    @pytest.mark.parametrize("attention", ["eager", "sdpa"])
    def test_outputs(self, ours, inputs, attention):
        theirs = random_theirs(attention=attention)
        assert_close(ours(**inputs).logits, theirs(**inputs).logits)
        assert_close(ours.distilbert(**inputs)[0], theirs.distilbert(**inputs)[0])
        full = {"input_ids": inputs["input_ids"]}
        assert_close(ours(**full).logits, theirs(**full).logits)

    def test_attentions(self, ours, theirs, inputs):
        found = ours(**inputs, output_attentions=True).attentions
        assert len(found) == 3
        assert_close(found, theirs(**inputs, output_attentions=True).attentions)
        assert ours(**inputs).attentions == ()

    def test_gradients(self, ours, theirs, inputs):
        labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100)
        gradients = []
        for model in (ours, theirs):
            exact = copy.deepcopy(model).double()  # in float32 the rounding of many terms would show
            torch.nn.functional.cross_entropy(exact(**inputs).logits.flatten(0, 1), labels.flatten()).backward()
            gradients.append({name: weight.grad for name, weight in exact.named_parameters()})
        mine, expected = gradients
        assert len(mine) == len(expected)
        renamed = our_names(expected)
        assert_close(mine, {name: renamed[name] for name in mine}, rtol=1e-10, atol=1e-10)

    def test_dropout_is_at_the_same_places(self, ours, theirs, inputs):
        found = []
        for model in (ours, theirs):
            torch.manual_seed(3)
            found.append(model.train()(**inputs).logits)
        assert_close(*found)
        with pytest.raises(AssertionError, match="not close"):
            assert_close(found[0], ours.eval()(**inputs).logits)

    def test_what_attention_found_is_not_dropped(self, inputs):
        """Where BERT, and so ELECTRA, drops a tenth of it."""
        torch.manual_seed(0)
        kept = DistilBertModel(DistilBertConfig(**SIZES, dropout=0.5)).train().encoder.layer[0].attention.output
        dropped = BertModel(bert_config(CONFIG)).train().encoder.layer[0].attention.output
        hidden = torch.ones(3, 11, 48)
        assert torch.equal(kept(hidden, hidden), kept(hidden, hidden))
        assert not torch.equal(dropped(hidden, hidden), dropped(hidden, hidden))

    def test_the_encoder_alone(self, inputs):
        theirs, ours = random_theirs(transformers.DistilBertModel), DistilBertModel(CONFIG).eval()
        ours.load_state_dict(our_names(theirs.state_dict()), strict=True)
        assert_close(ours(**inputs)[0], theirs(**inputs)[0])

    def test_the_comparison_would_notice(self, ours, theirs, inputs):
        with torch.no_grad():
            ours.distilbert.encoder.layer[1].attention.self.key.weight[0, 0] += 0.01
        with pytest.raises(AssertionError, match="not close"):
            assert_close(ours(**inputs).logits, theirs(**inputs).logits)

    def test_token_types_change_nothing_in_either(self, ours, theirs, inputs):
        types = torch.randint(2, inputs["input_ids"].shape, generator=torch.Generator().manual_seed(0))
        for model in (ours, theirs):
            assert torch.equal(model(**inputs, token_type_ids=types)[0], model(**inputs)[0])


class TestFolders:
    def test_a_saved_head(self, theirs, inputs, tmp_path):
        theirs.save_pretrained(tmp_path)
        ours = DistilBertForMaskedLM.from_pretrained(tmp_path)
        assert not ours.training
        assert_close(
            ours(**inputs).logits, transformers.AutoModelForMaskedLM.from_pretrained(tmp_path)(**inputs).logits
        )
        assert_close(ours.distilbert(**inputs)[0], transformers.AutoModel.from_pretrained(tmp_path)(**inputs)[0])

    @pytest.mark.parametrize("kind", [transformers.BertForMaskedLM, transformers.DistilBertModel])
    def test_another_folder_is_refused(self, kind, tmp_path):
        size = {"hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4}
        kind(kind.config_class(vocab_size=101, **size)).save_pretrained(tmp_path)
        with pytest.raises(ValueError, match="holds no DistilBERT with its MLM head"):
            DistilBertForMaskedLM.from_pretrained(tmp_path)

    def test_the_rest_of_the_course_can_use_it(self, ours, inputs):
        where = inputs["input_ids"] == inputs["input_ids"][0, 2]
        assert encoder(ours) is ours.distilbert
        assert len(pick_layers(ours)) == encoder(ours).config.num_hidden_layers == 3
        assert_close(mlm_logits(ours, inputs, where), ours(**inputs).logits[where])


class TestBesideBert:
    def test_how_many_parameters_remain(self):
        with torch.device("meta"):
            models = DistilBertModel(DistilBertConfig()), BertModel(BertConfig())
        assert [sum(weight.numel() for weight in model.parameters()) for model in models] == [66_362_880, 109_482_240]

    def test_it_is_a_bert_whose_one_token_type_went_into_the_positions(self, ours, inputs):
        config = BertConfig(**bert_config(CONFIG).to_dict() | {"type_vocab_size": 1})
        bert = BertForPreTraining(config).eval()
        weights = {name.replace("distilbert.", "bert."): weight for name, weight in ours.state_dict().items()}
        segment = torch.randn(1, 48, generator=torch.Generator().manual_seed(1))
        weights["bert.embeddings.token_type_embeddings.weight"] = segment
        moved = weights["bert.embeddings.position_embeddings.weight"] - segment
        weights["bert.embeddings.position_embeddings.weight"] = moved
        left = bert.load_state_dict(weights, strict=False)
        assert left.unexpected_keys == []
        assert {name.split(".")[1] for name in left.missing_keys} == {"pooler", "seq_relationship"}
        assert_close(ours(**inputs).logits, bert(**inputs).prediction_logits)

    def test_the_decoder_is_tied(self, ours):
        assert ours.cls.predictions.decoder.weight is ours.distilbert.embeddings.word_embeddings.weight

    def test_more_tokens_than_positions_are_refused(self, ours):
        with pytest.raises(ValueError, match="14 tokens for 13 positions"):
            ours(torch.zeros(1, 14, dtype=torch.long))

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"activation": "relu"}, "hidden_act='relu'"),
            ({"sinusoidal_pos_embds": True}, "sinusoidal_pos_embds=True"),
            ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
            ({"n_heads": 5}, "5 heads cannot share 48 numbers"),
        ],
    )
    def test_a_configuration_that_it_cannot_build_is_refused(self, wrong, message):
        with pytest.raises(ValueError, match=message):
            DistilBertModel(DistilBertConfig(**SIZES | wrong))
