"""Our ELECTRA against Hugging Face's: encoder, generator, discriminator; replacing tokens, and the loss on that."""

import math
import warnings

import pytest
import torch
import transformers
from torch.nn.functional import binary_cross_entropy, cross_entropy
from transformers import BertConfig, ElectraConfig

from bertlab.inside_the_encoder.weights import load_weights
from bertlab.variants import electra
from bertlab.variants.electra import (
    DISCRIMINATOR_WEIGHT,
    ElectraForMaskedLM,
    ElectraForPreTraining,
    ElectraModel,
    discriminator_loss,
    replace,
    share_embeddings,
)
from tests.docstrings import assert_examples_hold
from tests.encoders import assert_close, make_inputs

SIZES = {
    "vocab_size": 101,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "max_position_embeddings": 13,
    "type_vocab_size": 3,
    "pad_token_id": 6,
    "layer_norm_eps": 1e-3,
}
CONFIGS = {"narrow": ElectraConfig(**SIZES, embedding_size=22), "wide": ElectraConfig(**SIZES, embedding_size=48)}
HEADS = [ElectraForMaskedLM, ElectraForPreTraining]


def random_theirs(kind, config, attention="eager"):
    """A library's model, with no weight, bias or LayerNorm left at a value that would hide a mistake."""
    torch.manual_seed(7)
    theirs = getattr(transformers, kind.__name__)._from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn_like(weight)
    return theirs


def both(kind, config, attention="eager"):
    theirs, ours = random_theirs(kind, config, attention), kind(config)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours.eval(), theirs


@pytest.fixture(params=CONFIGS)
def config(request):
    return CONFIGS[request.param]


@pytest.fixture
def inputs():
    """Three pairs of 11, 6 and 1 token."""
    return make_inputs(BertConfig(vocab_size=101, type_vocab_size=3, pad_token_id=6), 3, 11)


@pytest.fixture
def replaced(inputs):
    """A generator that is at a loss, at every real token of the batch."""
    selected = inputs["attention_mask"] == 1
    generator = torch.Generator().manual_seed(0)
    return replace(torch.zeros(int(selected.sum()), 101), inputs["input_ids"], selected, generator)


def test_what_the_docstring_shows_is_so():
    assert_examples_hold(electra.bert_config.__doc__, vars(electra))


class TestParity:
    @pytest.mark.parametrize("attention", ["eager", "sdpa"])
    @pytest.mark.parametrize("kind", [ElectraModel, *HEADS])
    def test_outputs(self, kind, config, inputs, attention):
        ours, theirs = both(kind, config, attention)
        assert_close(ours(**inputs)[0], theirs(**inputs)[0])
        full = {"input_ids": inputs["input_ids"]}
        assert_close(ours(**full)[0], theirs(**full)[0])

    def test_attentions(self, config, inputs):
        found, expected = (model(**inputs, output_attentions=True) for model in both(ElectraForPreTraining, config))
        assert len(found.attentions) == 3
        assert_close(found.attentions, expected.attentions)

    @pytest.mark.parametrize("kind", HEADS)
    def test_gradients(self, kind, config, inputs):
        gradients = []
        for model in both(kind, config):
            exact = model.double()  # in float32 the rounding of many terms would show
            logits = exact(**inputs).logits[inputs["attention_mask"] == 1]
            (logits.logsumexp(-1) if kind is ElectraForMaskedLM else logits.square()).mean().backward()
            gradients.append({name: weight.grad for name, weight in exact.named_parameters()})
        assert all(gradient is not None for gradient in gradients[0].values())
        assert_close(*gradients, rtol=1e-10, atol=1e-10)

    @pytest.mark.parametrize("kind", HEADS)
    def test_dropout_is_at_the_same_places(self, kind, config, inputs):
        ours, theirs = both(kind, config)
        found = []
        for model in (ours, theirs):
            torch.manual_seed(3)
            found.append(model.train()(**inputs).logits)
        assert_close(*found)
        with pytest.raises(AssertionError, match="not close"):
            assert_close(found[0], ours.eval()(**inputs).logits)

    def test_the_comparison_would_notice(self, inputs):
        ours, theirs = both(ElectraForPreTraining, CONFIGS["narrow"])
        with torch.no_grad():
            ours.electra.embeddings_project.weight[0, 0] += 0.01
        with pytest.raises(AssertionError, match="not close"):
            assert_close(ours(**inputs).logits, theirs(**inputs).logits)

    @pytest.mark.parametrize("kind", HEADS)
    def test_a_saved_folder(self, kind, config, inputs, tmp_path):
        random_theirs(kind, config).save_pretrained(tmp_path)
        ours = kind(ElectraConfig.from_pretrained(tmp_path)).eval()
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as it would warn of any weight that is not in the folder
            load_weights(ours, tmp_path)
        auto = {ElectraForMaskedLM: "AutoModelForMaskedLM", ElectraForPreTraining: "AutoModelForPreTraining"}[kind]
        theirs = getattr(transformers, auto).from_pretrained(tmp_path)
        assert_close(ours(**inputs).logits, theirs(**inputs).logits)
        assert_close(ours.electra(**inputs)[0], transformers.AutoModel.from_pretrained(tmp_path)(**inputs)[0])

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"hidden_act": "relu"}, "hidden_act='relu'"),
            ({"is_decoder": True}, "is_decoder=True"),
            ({"add_cross_attention": True}, "add_cross_attention=True"),
            ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
            ({"num_attention_heads": 5}, "5 heads cannot share 48 numbers"),
        ],
    )
    def test_a_configuration_that_it_cannot_build_is_refused(self, wrong, message):
        with pytest.raises(ValueError, match=message):
            ElectraModel(ElectraConfig(**SIZES | wrong))


class TestReplace:
    def test_only_selected_tokens_change(self, inputs):
        selected = torch.zeros_like(inputs["input_ids"]).bool()
        selected[0, 3], selected[1, 2] = True, True
        before = inputs["input_ids"].clone()
        logits = torch.full((2, 101), -1e4)
        logits[0, 50], logits[1, 60] = 0, 0  # sure of 50 at the first selected token, of 60 at the second
        found = replace(logits, inputs["input_ids"], selected)
        assert found.input_ids[selected].tolist() == [50, 60]
        assert torch.equal(found.input_ids[~selected], before[~selected])
        assert torch.equal(found.labels, selected.long())
        assert torch.equal(inputs["input_ids"], before)

    def test_a_token_that_was_drawn_right_is_an_original(self, inputs):
        selected = inputs["attention_mask"] == 1
        right = torch.nn.functional.one_hot(inputs["input_ids"][selected], 101) * 1e4
        found = replace(right, inputs["input_ids"], selected)
        assert found.labels.sum() == 0
        assert torch.equal(found.input_ids, inputs["input_ids"])

    def test_tokens_are_drawn_as_often_as_the_generator_says(self):
        logits = torch.tensor([0.5, 0.3, 0.2]).log().expand(4000, 3)
        selected = torch.ones(40, 100, dtype=torch.bool)
        found = replace(logits, torch.zeros(40, 100).long(), selected, torch.Generator().manual_seed(1))
        shares = found.input_ids.flatten().bincount(minlength=3) / 4000
        assert_close(shares, torch.tensor([0.5, 0.3, 0.2]), atol=0.03, rtol=0)
        assert found.labels.float().mean() == 1 - shares[0]

    def test_a_seed_repeats_the_draw(self, inputs, replaced):
        selected = inputs["attention_mask"] == 1
        logits = torch.zeros(int(selected.sum()), 101)
        again = replace(logits, inputs["input_ids"], selected, torch.Generator().manual_seed(0))
        other = replace(logits, inputs["input_ids"], selected, torch.Generator().manual_seed(1))
        assert torch.equal(again.input_ids, replaced.input_ids)
        assert not torch.equal(other.input_ids, replaced.input_ids)

    def test_nothing_selected(self, inputs):
        found = replace(torch.zeros(0, 101), inputs["input_ids"], torch.zeros(3, 11).bool())
        assert torch.equal(found.input_ids, inputs["input_ids"])

    def test_the_generator_learns_by_mlm_alone(self, inputs):
        """Its gradients are the same with the discriminator's loss beside its own and without."""
        torch.manual_seed(0)
        generator, discriminator = (kind(CONFIGS["narrow"]).eval() for kind in HEADS)
        selected = inputs["attention_mask"] == 1
        masked = {**inputs, "input_ids": inputs["input_ids"].masked_fill(selected, 4)}
        gradients = []
        for weight in (0.0, DISCRIMINATOR_WEIGHT):
            logits = generator(**masked).logits[selected]
            found = replace(logits, inputs["input_ids"], selected)
            output = discriminator(**{**inputs, "input_ids": found.input_ids})
            loss = discriminator_loss(output.logits, found.labels, inputs["attention_mask"])
            (cross_entropy(logits, inputs["input_ids"][selected]) + weight * loss).backward()
            gradients.append([parameter.grad.clone() for parameter in generator.parameters()])
            generator.zero_grad()
        assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))
        assert all(parameter.grad.abs().sum() > 0 for parameter in discriminator.discriminator_predictions.parameters())


class TestLoss:
    def test_it_is_the_library_s(self, inputs, replaced):
        ours, theirs = both(ElectraForPreTraining, CONFIGS["narrow"])
        read = {**inputs, "input_ids": replaced.input_ids}
        assert 0 < replaced.labels.sum() < replaced.labels.numel()
        found = discriminator_loss(ours(**read).logits, replaced.labels, inputs["attention_mask"])
        assert_close(found, theirs(**read, labels=replaced.labels).loss)

    def test_by_hand(self, inputs, replaced):
        logits = torch.randn(3, 11, generator=torch.Generator().manual_seed(2))
        real = inputs["attention_mask"] == 1
        expected = binary_cross_entropy(logits.sigmoid()[real], replaced.labels[real].float())
        assert_close(discriminator_loss(logits, replaced.labels, inputs["attention_mask"]), expected)

    def test_every_real_token_teaches_and_no_padding_does(self, inputs, replaced):
        logits = torch.randn(3, 11, generator=torch.Generator().manual_seed(2)).requires_grad_()
        discriminator_loss(logits, replaced.labels, inputs["attention_mask"]).backward()
        assert torch.equal(logits.grad != 0, inputs["attention_mask"] == 1)

    def test_a_fresh_model_pays_a_bit_and_the_other_task_far_more(self, inputs, replaced):
        """Where nothing is known yet: log 2 against log V, which is why the weight is so large."""
        torch.manual_seed(0)
        generator, discriminator = (kind(CONFIGS["narrow"]).eval() for kind in HEADS)
        found = discriminator_loss(discriminator(**inputs).logits, replaced.labels, inputs["attention_mask"])
        assert found.item() == pytest.approx(math.log(2), abs=0.02)
        logits = generator(**inputs).logits.flatten(0, 1)
        assert cross_entropy(logits, inputs["input_ids"].flatten()).item() == pytest.approx(math.log(101), abs=0.2)


class TestSharing:
    def test_one_matrix_reads_and_predicts_in_both(self, inputs):
        torch.manual_seed(0)
        generator, discriminator = (kind(CONFIGS["narrow"]) for kind in HEADS)
        share_embeddings(generator, discriminator)
        table = discriminator.electra.embeddings.word_embeddings.weight
        assert generator.electra.embeddings.word_embeddings.weight is generator.generator_lm_head.weight is table
        generator(**inputs).logits.logsumexp(-1).mean().backward()
        assert table.grad.abs().sum() > 0
        assert discriminator.electra.embeddings.position_embeddings.weight.grad.abs().sum() > 0

    def test_a_smaller_generator_shares_them_too(self, inputs):
        small = ElectraConfig(**{**SIZES, "hidden_size": 12, "intermediate_size": 17}, embedding_size=22)
        generator, discriminator = ElectraForMaskedLM(small), ElectraForPreTraining(CONFIGS["narrow"])
        share_embeddings(generator, discriminator)
        assert generator(**inputs).logits.shape == (3, 11, 101)

    def test_embeddings_of_other_sizes_are_refused(self):
        with pytest.raises(ValueError, match=r"Embedding\(101, 48.*Embedding\(101, 22.*one embedding_size"):
            share_embeddings(ElectraForMaskedLM(CONFIGS["wide"]), ElectraForPreTraining(CONFIGS["narrow"]))
