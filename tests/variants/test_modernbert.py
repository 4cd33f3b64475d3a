"""Our ModernBERT against Hugging Face's: each part, the whole, gradients, files, and what is refused."""

from pathlib import Path

import pytest
import torch
import transformers
from transformers import AutoModel, AutoModelForMaskedLM, ModernBertConfig

from bertlab.models import encoder
from bertlab.variants import modernbert as ours_module
from bertlab.variants.modernbert import GeGLU, ModernBertForMaskedLM, ModernBertModel, checked_config, local_mask
from tests.encoders import assert_close

SEQ = 19
SIZES = {"vocab_size": 101, "hidden_size": 48, "num_attention_heads": 4, "intermediate_size": 37, "pad_token_id": 3}
SIZES |= {"bos_token_id": 0, "cls_token_id": 0, "eos_token_id": 1, "sep_token_id": 1}
CONFIGS = {
    "as published": ModernBertConfig(**SIZES, num_hidden_layers=3),
    "short reach": ModernBertConfig(
        **SIZES, num_hidden_layers=5, local_attention=6, global_attn_every_n_layers=2, norm_eps=1e-3
    ),
}


@pytest.fixture(params=CONFIGS)
def config(request):
    return CONFIGS[request.param]


def make_theirs(config, attention="eager"):
    torch.manual_seed(7)
    theirs = transformers.ModernBertForMaskedLM._from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.1 * torch.randn_like(weight)
    return theirs


def make_ours(theirs):
    ours = ModernBertForMaskedLM(theirs.config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours.eval()


@pytest.fixture
def theirs(config):
    return make_theirs(config)


@pytest.fixture
def ours(theirs):
    return make_ours(theirs)


@pytest.fixture
def inputs():
    input_ids = torch.randint(4, 101, (3, SEQ), generator=torch.Generator().manual_seed(1))
    attention_mask = (torch.arange(SEQ) < torch.tensor([[SEQ], [11], [2]])).long()
    return {"input_ids": torch.where(attention_mask == 1, input_ids, 3), "attention_mask": attention_mask}


class TestWhole:
    @pytest.mark.parametrize("attention", ["eager", "sdpa"])
    def test_outputs_agree(self, config, inputs, attention):
        theirs, real = make_theirs(config, attention), inputs["attention_mask"] == 1
        ours = make_ours(theirs)
        assert_close(ours(**inputs).logits[real], theirs(**inputs).logits[real])
        assert_close(ours.model(**inputs)[0][real], theirs.model(**inputs)[0][real])
        assert_close(ours(inputs["input_ids"]).logits, theirs(inputs["input_ids"]).logits)
        assert ours(**inputs)._fields[0] == "logits"
        assert ours.model(**inputs)._fields[0] == "last_hidden_state"

    def test_the_comparison_would_notice(self, ours, theirs, inputs):
        with torch.no_grad():
            ours.model.layers[1].attn.Wqkv.weight[0, 0] += 0.02
        with pytest.raises(AssertionError, match="not close"):
            assert_close(ours(**inputs).logits, theirs(**inputs).logits)

    def test_gradients_agree(self, ours, theirs, inputs):
        for model in (ours, theirs):
            model(**inputs).logits[inputs["attention_mask"] == 1].logsumexp(-1).mean().backward()
        expected = {name: weight.grad for name, weight in theirs.named_parameters()}
        assert_close({name: weight.grad for name, weight in ours.named_parameters()}, expected)
        assert all(gradient.abs().max() > 0 for gradient in expected.values())

    def test_attention_weights_agree(self, ours, theirs, inputs):
        expected = theirs(**inputs, output_attentions=True).attentions
        assert ours(**inputs).attentions == ()
        assert_close(ours(**inputs, output_attentions=True).attentions, expected)

    def test_a_text_longer_than_any_seen_needs_no_table(self, inputs):
        short = ModernBertConfig(**SIZES, num_hidden_layers=2, max_position_embeddings=7)
        theirs = make_theirs(short)
        assert_close(make_ours(theirs)(inputs["input_ids"]).logits, theirs(inputs["input_ids"]).logits)

    def test_token_types_are_ignored_as_in_the_library(self, ours, theirs, inputs):
        types = torch.ones_like(inputs["input_ids"])
        assert torch.equal(ours(**inputs, token_type_ids=types).logits, ours(**inputs).logits)
        assert torch.equal(theirs(**inputs, token_type_ids=types).logits, theirs(**inputs).logits)

    def test_padding_changes_nothing_on_either_side(self, ours, inputs):
        alone = ours(inputs["input_ids"][1:2, :11]).logits
        assert_close(ours(**inputs).logits[1:2, :11], alone)
        assert_close(ours(**{name: rows.roll(8, 1) for name, rows in inputs.items()}).logits[1:2, 8:], alone)

    def test_the_encoder_is_found(self, ours):
        assert encoder(ours) is ours.model


class TestFiles:
    def test_a_folder_read_by_the_library_and_by_us(self, theirs, inputs, tmp_path):
        theirs.save_pretrained(tmp_path)
        again, ours = AutoModelForMaskedLM.from_pretrained(tmp_path), ModernBertForMaskedLM.from_pretrained(tmp_path)
        real = inputs["attention_mask"] == 1
        assert not ours.training
        assert_close(ours(**inputs).logits[real], again.eval()(**inputs).logits[real])
        encoder_alone = AutoModel.from_pretrained(tmp_path).eval()
        assert_close(ours.model(**inputs)[0][real], encoder_alone(**inputs)[0][real])

    def test_the_decoder_is_tied(self, ours):
        assert ours.decoder.weight is ours.model.embeddings.tok_embeddings.weight
        assert not torch.equal(ours.decoder.weight, ModernBertForMaskedLM(ours.config).decoder.weight)

    def test_the_size_of_modernbert_base(self):
        with torch.device("meta"):
            ours = ModernBertModel(ModernBertConfig())
        assert sum(weight.numel() for weight in ours.parameters()) == 149_014_272


class TestWhatChanged:
    def test_every_third_layer_is_global_and_has_its_own_theta(self):
        layers = make_ours(make_theirs(ModernBertConfig(**SIZES, num_hidden_layers=7))).model.layers
        assert [layer.attn.reach for layer in layers] == [None, 64, 64, None, 64, 64, None]
        assert [layer.attn.theta for layer in layers[:2]] == [160_000, 10_000]

    def test_a_local_layer_sees_its_reach_and_itself(self, inputs):
        ours = make_ours(make_theirs(CONFIGS["short reach"]))
        everywhere, near, *_ = ours(inputs["input_ids"], output_attentions=True).attentions
        assert torch.equal(near[0, 0] > 0, local_mask(SEQ, 3))
        assert (near[0, 0] > 0).sum(-1).max() == 7  # one more than local_attention says
        assert (everywhere > 0).all()

    def test_no_bias_but_the_decoder_s_and_no_first_norm(self, ours):
        assert [name for name, _ in ours.named_parameters() if name.endswith("bias")] == ["decoder.bias"]
        norms = {name for name, _ in ours.model.named_parameters() if "attn_norm" in name}
        assert norms == {f"layers.{layer}.attn_norm.weight" for layer in range(1, len(ours.model.layers))}

    def test_geglu_by_hand(self):
        part = GeGLU(ModernBertConfig(**SIZES))
        hidden = torch.randn(2, 5, 48)
        inner, gate = hidden @ part.Wi.weight[:37].T, hidden @ part.Wi.weight[37:].T
        assert_close(part(hidden), (0.5 * inner * (1 + torch.erf(inner / 2**0.5)) * gate) @ part.Wo.weight.T)

    def test_local_attention_in_two_layers_reaches_twice_as_far(self):
        config = ModernBertConfig(
            **SIZES, layer_types=["sliding_attention"] * 2, num_hidden_layers=2, local_attention=6
        )
        ours = make_ours(make_theirs(config))
        input_ids = torch.arange(4, 4 + SEQ)[None]
        changed = input_ids.clone()
        changed[0, 9] = 50
        moved = (ours(input_ids).logits != ours(changed).logits).any(-1)[0]
        assert moved.nonzero().flatten().tolist() == list(range(3, 16))

    def test_fresh_weights_are_drawn_as_the_library_does(self):
        wide = ModernBertConfig(**{**SIZES, "hidden_size": 128, "intermediate_size": 200}, num_hidden_layers=8)
        torch.manual_seed(0)
        theirs, ours = transformers.ModernBertForMaskedLM(wide).state_dict(), ModernBertForMaskedLM(wide).state_dict()
        for name, weight in ours.items():
            assert weight.std().item() == pytest.approx(theirs[name].std().item(), rel=0.04), name
            assert weight.abs().max().item() == pytest.approx(theirs[name].abs().max().item(), rel=0.02), name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden_activation": "relu"}, "hidden_activation='relu'.*'gelu'"),
        ({"classifier_activation": "relu"}, "classifier_activation='relu'"),
        ({"attention_bias": True}, "attention_bias=True"),
        ({"mlp_bias": True}, "mlp_bias=True"),
        ({"norm_bias": True}, "norm_bias=True"),
        ({"classifier_bias": True}, "classifier_bias=True"),
        ({"decoder_bias": False}, "decoder_bias=False"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
        ({"sparse_prediction": True}, "sparse_prediction=True"),
        ({"embedding_dropout": 0.1}, "embedding_dropout=0.1"),
        ({"attention_dropout": 0.1}, "attention_dropout=0.1"),
        ({"mlp_dropout": 0.1}, "mlp_dropout=0.1"),
        ({"rope_scaling": {"rope_type": "linear", "factor": 2.0}}, r"rope_type \(\w+\)='linear'.*'default'"),
        ({"num_attention_heads": 5}, "5 heads cannot share 48 numbers"),
    ],
)
def test_a_configuration_that_it_cannot_build_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ModernBertModel(ModernBertConfig(**SIZES | wrong, num_hidden_layers=2))
    assert checked_config(ModernBertConfig()).num_hidden_layers == 22


def test_it_can_be_read_in_one_sitting():
    assert len(Path(ours_module.__file__).read_text(encoding="utf-8").splitlines()) <= 200
