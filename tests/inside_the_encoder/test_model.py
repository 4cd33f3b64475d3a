"""Our BERT against Hugging Face's: each component, the whole, gradients, dropout, and the embedded checkpoint."""

import copy
from pathlib import Path

import pytest
import torch
import transformers
from torch import nn
from transformers import AutoTokenizer

import bertlab
from bertlab.attention.masks import causal_mask, padding_mask
from bertlab.inside_the_encoder import model as ours_module
from bertlab.inside_the_encoder.model import BertForPreTraining, BertModel, merge_heads, split_heads
from tests.docstrings import assert_examples_hold
from tests.encoders import CONFIGS, assert_close, make_inputs, make_ours, make_theirs

BATCH, SEQ = 5, 11


@pytest.fixture(params=CONFIGS)
def config(request):
    return CONFIGS[request.param]


@pytest.fixture
def theirs(config):
    return make_theirs(config)


@pytest.fixture
def ours(theirs):
    return make_ours(theirs)


@pytest.fixture
def hidden(config):
    return torch.randn(BATCH, SEQ, config.hidden_size, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def bias():
    """As if the texts had 11, 9, 7, 5 and 3 tokens."""
    padded = torch.arange(SEQ) >= torch.arange(SEQ, 1, -2)[:, None]
    return torch.zeros(BATCH, 1, 1, SEQ).masked_fill(padded[:, None, None], torch.finfo(torch.float32).min)


@pytest.fixture(scope="module")
def embedded():
    """The embedded checkpoint, loaded by us and by Hugging Face."""
    folder = bertlab.checkpoint()
    theirs = transformers.BertForPreTraining.from_pretrained(folder, attn_implementation="eager")
    return BertForPreTraining.from_pretrained(folder), theirs


def test_it_can_be_read_in_one_sitting():
    assert len(Path(ours_module.__file__).read_text(encoding="utf-8").splitlines()) <= 200


class TestHeads:
    @pytest.mark.parametrize("function", [split_heads, merge_heads])
    def test_what_the_docstring_shows_is_so(self, function):
        assert_examples_hold(function.__doc__, vars(ours_module))

    def test_a_head_is_a_run_of_neighbors(self, hidden):
        heads = split_heads(hidden[..., :15], 3)
        assert heads.shape == (BATCH, 3, SEQ, 5)
        assert torch.equal(heads[:, 1], hidden[..., 5:10])

    def test_merging_undoes_splitting(self, hidden):
        assert torch.equal(merge_heads(split_heads(hidden[..., :15], 5)), hidden[..., :15])


class TestComponents:
    """Each against its counterpart in Hugging Face, in the order in which a text passes through them."""

    def test_the_names_and_shapes_of_all_weights(self, ours, theirs):
        assert {name: w.shape for name, w in ours.state_dict().items()} == {
            name: w.shape for name, w in theirs.state_dict().items()
        }

    def test_embeddings(self, ours, theirs, config):
        inputs = make_inputs(config, BATCH, SEQ, padding=False)
        expected = theirs.bert.embeddings(inputs["input_ids"], inputs["token_type_ids"])
        assert_close(ours.bert.embeddings(**inputs), expected)

    def test_self_attention(self, ours, theirs, hidden, bias):
        for layer in range(2):
            mine, their = (model.bert.encoder.layer[layer].attention.self for model in (ours, theirs))
            assert_close(mine(hidden), tuple(their(hidden)))
            assert_close(mine(hidden, bias), tuple(their(hidden, bias)))

    def test_add_and_norm_after_attention(self, ours, theirs, hidden):
        mine, their = (model.bert.encoder.layer[0].attention.output for model in (ours, theirs))
        assert_close(mine(hidden.flip(1), hidden), their(hidden.flip(1), hidden))

    def test_feed_forward(self, ours, theirs, hidden):
        mine, their = (model.bert.encoder.layer[1] for model in (ours, theirs))
        inner = their.intermediate(hidden)
        assert_close(mine.intermediate(hidden), inner)
        assert_close(mine.output(inner, hidden), their.output(inner, hidden))

    def test_layer(self, ours, theirs, hidden, bias):
        mine, their = (model.bert.encoder.layer[0] for model in (ours, theirs))
        assert_close(mine(hidden, bias)[0], their(hidden, bias))

    def test_pooler(self, ours, theirs, hidden):
        assert_close(ours.bert.pooler(hidden[:, 0]), theirs.bert.pooler(hidden))

    def test_heads(self, ours, theirs, hidden):
        mine, their = ours.cls, theirs.cls
        assert_close(mine.predictions.transform(hidden), their.predictions.transform(hidden))
        assert_close(mine.predictions(hidden), their.predictions(hidden))
        assert_close(mine.predictions(hidden[0, 0]), their.predictions(hidden[0, 0]))
        assert_close(mine.seq_relationship(hidden[:, 0]), their.seq_relationship(hidden[:, 0]))


class TestWhole:
    @pytest.mark.parametrize("attention", ["eager", "sdpa"])
    @pytest.mark.parametrize("pairs", [True, False], ids=["pairs", "single texts"])
    @pytest.mark.parametrize("padding", [True, False], ids=["padded", "unpadded"])
    @pytest.mark.parametrize(("batch", "seq"), [(1, 1), (1, 7), (7, 5), (3, "all")])
    def test_it_agrees(self, config, batch, seq, padding, pairs, attention):
        theirs = make_theirs(config, attention)
        seq = config.max_position_embeddings if seq == "all" else seq
        inputs = make_inputs(config, batch, seq, padding=padding, pairs=pairs)
        mine, expected = make_ours(theirs)(**inputs), theirs(**inputs)
        assert_close(mine.prediction_logits, expected.prediction_logits)
        assert_close(mine.seq_relationship_logits, expected.seq_relationship_logits)
        encoded, expected = make_ours(theirs).bert(**inputs), theirs.bert(**inputs)
        assert_close(encoded.last_hidden_state, expected.last_hidden_state)
        assert_close(encoded.pooler_output, expected.pooler_output)

    def test_the_comparison_would_notice(self, ours, theirs, config):
        inputs = make_inputs(config, BATCH, SEQ)
        with torch.no_grad():
            ours.bert.encoder.layer[1].attention.self.key.weight[0, 0] += 0.01
        with pytest.raises(AssertionError, match="not close"):
            assert_close(ours(**inputs).prediction_logits, theirs(**inputs).prediction_logits)

    def test_attention_weights_come_when_asked_for(self, ours, theirs, config):
        inputs = make_inputs(config, BATCH, SEQ)
        assert ours(**inputs).attentions == ()
        attentions = ours(**inputs, output_attentions=True).attentions
        assert len(attentions) == config.num_hidden_layers
        assert_close(attentions, theirs(**inputs, output_attentions=True).attentions)

    def test_gradients_agree(self, ours, theirs, config):
        inputs = make_inputs(config, BATCH, SEQ)
        for model in (ours, theirs):
            output = model(**inputs)
            tokens = output.prediction_logits[inputs["attention_mask"] == 1]
            (tokens.logsumexp(-1).mean() + output.seq_relationship_logits.logsumexp(-1).mean()).backward()
        expected = {name: weight.grad for name, weight in theirs.named_parameters()}
        assert_close({name: weight.grad for name, weight in ours.named_parameters()}, expected)
        assert all(gradient.abs().max() > 0 for gradient in expected.values())

    def test_dropout_falls_on_the_same_numbers(self, ours, theirs, config):
        inputs, outputs = make_inputs(config, BATCH, SEQ), []
        assert config.hidden_dropout_prob == config.attention_probs_dropout_prob == 0.1
        for model in (ours, theirs):
            torch.manual_seed(3)
            outputs.append(model.train()(**inputs).prediction_logits)
        assert_close(*outputs)
        with pytest.raises(AssertionError, match="not close"):
            assert_close(outputs[0], ours.eval()(**inputs).prediction_logits)


class TestBehaviour:
    def test_a_text_too_long_is_told_the_limit(self, ours, config):
        limit = config.max_position_embeddings
        with pytest.raises(ValueError, match=rf"{limit + 1} tokens for {limit} positions: .* max_length={limit}"):
            ours(torch.zeros(2, limit + 1, dtype=torch.long))

    def test_padding_changes_nothing(self, ours, config):
        inputs = make_inputs(config, BATCH, SEQ)
        tokens = int(inputs["attention_mask"][2].sum())
        alone = {name: rows[2:3, :tokens] for name, rows in inputs.items()}
        assert 1 < tokens < SEQ
        assert_close(ours.bert(**inputs).last_hidden_state[2:3, :tokens], ours.bert(**alone).last_hidden_state)

    def test_a_causal_mask_makes_it_a_decoder_equal_to_the_library_s(self, ours, theirs, config):
        inputs = make_inputs(config, BATCH, SEQ)
        decoder = make_theirs(transformers.BertConfig(**{**config.to_dict(), "is_decoder": True}))
        visible = (causal_mask(SEQ) & padding_mask(inputs["attention_mask"])).long()
        tokens = inputs["attention_mask"] == 1  # what comes out at padding is not defined
        found = ours(**{**inputs, "attention_mask": visible}).prediction_logits[tokens]
        assert_close(found, decoder(**inputs).prediction_logits[tokens])
        with pytest.raises(AssertionError, match="not close"):
            assert_close(found, theirs(**inputs).prediction_logits[tokens])

    def test_a_row_of_nothing_but_padding_gives_numbers(self, ours, config):
        inputs = make_inputs(config, BATCH, SEQ)
        inputs["attention_mask"][4] = 0
        assert ours(**inputs).prediction_logits.isfinite().all()

    def test_the_decoder_stays_tied_in_training(self, ours, config):
        optimizer = torch.optim.SGD(ours.parameters(), lr=0.1)
        before = ours.bert.embeddings.word_embeddings.weight.clone()
        ours(**make_inputs(config, BATCH, SEQ)).prediction_logits.logsumexp(-1).mean().backward()
        optimizer.step()
        assert ours.cls.predictions.decoder.weight is ours.bert.embeddings.word_embeddings.weight
        assert not torch.equal(before, ours.cls.predictions.decoder.weight)

    def test_fresh_weights_are_drawn_as_google_does(self):
        torch.manual_seed(0)
        model = BertForPreTraining(CONFIGS["wide"])
        for part in model.modules():
            if isinstance(part, nn.Linear | nn.Embedding):
                assert part.weight.abs().max() <= 0.04
                assert part.weight.std().item() == pytest.approx(0.0176, rel=0.3)  # 0.02, less what the cut takes off
            if isinstance(part, nn.Linear):
                assert part.bias.abs().max() == 0
            if isinstance(part, nn.LayerNorm):
                assert (part.weight == 1).all()
                assert (part.bias == 0).all()

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"hidden_act": "relu"}, "hidden_act='relu'.*'gelu'"),
            ({"is_decoder": True}, "is_decoder=True"),
            ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
            ({"num_attention_heads": 5}, "5 heads cannot share 32 numbers"),
        ],
    )
    def test_a_configuration_that_it_cannot_build_is_refused(self, wrong, message):
        with pytest.raises(ValueError, match=message):
            BertModel(transformers.BertConfig(**CONFIGS["wide"].to_dict() | wrong))


class TestEmbeddedCheckpoint:
    @pytest.mark.parametrize(
        "texts",
        [
            (["The cat sat on the [MASK]."],),
            (
                ["Who wrote it?", "A bridge of stone.", "Yes."],
                ["She did, in 1912.", "It fell.", "No, never, not once."],
            ),
            (["word " * 600],),
        ],
        ids=["one text", "a batch of pairs", "512 tokens"],
    )
    def test_it_agrees(self, embedded, texts):
        tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())
        inputs = tokenizer(*texts, padding=True, truncation=True, max_length=512, return_tensors="pt")
        with torch.inference_mode():
            mine, theirs = (model(**inputs, output_attentions=True) for model in embedded)
            encoded, expected = (model.bert(**inputs) for model in embedded)
        # 15 million logits, of a size of ten and more: the last digit of float32 alone reaches 1e-5.
        assert_close(mine.prediction_logits, theirs.prediction_logits, atol=1e-4)
        assert_close(mine.seq_relationship_logits, theirs.seq_relationship_logits)
        assert_close(mine.attentions, theirs.attentions)
        assert_close(encoded.last_hidden_state, expected.last_hidden_state)
        assert not embedded[0].training
        assert encoded.last_hidden_state.dtype == torch.float32

    def test_gradients_agree(self, embedded):
        tokenizer = AutoTokenizer.from_pretrained(bertlab.checkpoint())
        inputs = tokenizer(["She [MASK] home.", "No."], ["It was late.", "Why?"], padding=True, return_tensors="pt")
        gradients = []
        for model in embedded:
            exact = copy.deepcopy(model).double()  # gradients add up many terms: in float32 their rounding would show
            output = exact(**inputs)
            losses = (output.prediction_logits[0, 2], output.seq_relationship_logits[1])
            sum(nn.functional.cross_entropy(logits, torch.tensor(1)) for logits in losses).backward()
            gradients.append({name: weight.grad for name, weight in exact.named_parameters()})
        assert_close(*gradients, rtol=1e-10, atol=1e-10)
