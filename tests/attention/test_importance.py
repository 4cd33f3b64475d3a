"""How a head looks, what its gradient says, and rank correlation: against plain loops and numbers worked by hand."""

import pytest
import torch
from transformers import AutoModelForPreTraining, BertConfig, BertForPreTraining

from bertlab import checkpoint
from bertlab.attention import importance as head_importance
from bertlab.attention.importance import gradient_importance, looks, rank_correlation, ranks
from bertlab.attention.masks import get_attentions
from bertlab.constants import IGNORED
from bertlab.masked_language_modeling import measure
from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.masked_language_modeling.measure import mlm_loss_on
from bertlab.models import hooked
from tests.docstrings import assert_examples_hold

TEXTS = ["The unaffable snowboarders were late for their train.", "Tea is hot!"]


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    sizes = {"hidden_size": 15, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 7}
    config = BertConfig(vocab_size=len(tokenizer), attn_implementation="eager", initializer_range=0.5, **sizes)
    return BertForPreTraining(config).eval()


def test_what_the_docstrings_show_is_so():
    assert_examples_hold(head_importance.ranks.__doc__, vars(head_importance))


class TestLooks:
    def test_against_a_loop(self, model, tokenizer):
        found, largest, on_words, queries = looks(model, tokenizer, TEXTS), 0.0, 0.0, 0
        for text in TEXTS:
            inputs = tokenizer(text, return_tensors="pt")
            weights = get_attentions(model, inputs)[1, 0, 2]
            for query in range(1, len(weights) - 1):  # without [CLS] and [SEP]
                largest += weights[query].max().item()
                on_words += weights[query, 1:-1].max().item()
                queries += 1
        assert found["confidence"].shape == (2, 3)
        assert found["strongest line"][1, 2].item() == pytest.approx(largest / queries, abs=1e-5)
        assert found["confidence"][1, 2].item() == pytest.approx(on_words / queries, abs=1e-5)

    def test_a_line_to_a_word_is_no_stronger_than_the_strongest(self, model, tokenizer):
        found = looks(model, tokenizer, TEXTS)
        assert (found["confidence"] < found["strongest line"]).any()
        assert (found["confidence"] <= found["strongest line"]).all()

    def test_no_words_is_an_error_that_says_what_to_do(self, model, tokenizer):
        with pytest.raises(ValueError, match="at least one text that is not empty"):
            looks(model, tokenizer, [""])


class TestGradient:
    def test_is_the_slope_of_the_loss(self, model, tokenizer):
        """Half a percent more and less of one head, on one text: the difference of the losses is the derivative."""
        found = gradient_importance(model, tokenizer, TEXTS[:1], seed=3)
        losses = []
        for factor in (1.005, 0.995):
            scale = torch.ones(3, 1)
            scale[2] = factor
            gate = lambda part, given, s=scale: ((given[0].unflatten(-1, (3, -1)) * s).flatten(-2),)  # noqa: E731
            with hooked([model.bert.encoder.layer[1].attention.output.dense], before=gate):
                losses.append(mlm_loss_on(model, tokenizer, TEXTS[:1], seed=3) * self.hidden_tokens(tokenizer))
        assert found.shape == (2, 3)
        assert found[1, 2].item() == pytest.approx(abs(losses[0] - losses[1]) / 0.01, rel=0.05)

    def hidden_tokens(self, tokenizer):
        inputs = tokenizer(TEXTS[:1], return_special_tokens_mask=True, return_tensors="pt")
        options = {"mask_token_id": tokenizer.mask_token_id, "vocab_size": len(tokenizer)}
        special = inputs["special_tokens_mask"].bool()
        _, labels = mask_tokens(inputs["input_ids"], special, generator=torch.Generator().manual_seed(3), **options)
        return int((labels != IGNORED).sum())

    def test_is_the_mean_over_texts(self, monkeypatch, model, tokenizer):
        def hide_the_third(input_ids, special, **options):
            labels = torch.full_like(input_ids, IGNORED)
            labels[:, 2] = input_ids[:, 2]
            return input_ids, labels

        monkeypatch.setattr(measure, "mask_tokens", hide_the_third)
        one, other, both = (gradient_importance(model, tokenizer, texts) for texts in (TEXTS[:1], TEXTS[1:], TEXTS))
        torch.testing.assert_close(both, (one + other) / 2)

    def test_leaves_the_model_as_it_was(self, model, tokenizer):
        before = mlm_loss_on(model, tokenizer, TEXTS)
        gradient_importance(model, tokenizer, TEXTS)
        assert mlm_loss_on(model, tokenizer, TEXTS) == before
        assert all(parameter.grad is None for parameter in model.parameters())


class TestRankCorrelation:
    def test_ties_share_their_place(self):
        assert ranks(torch.tensor([2.0, 2, 2])).tolist() == [1, 1, 1]

    def test_by_hand(self):
        """Places 0 1 2 3 4 against 1 0 2 4 3: the differences squared sum to 4, so 1 - 6 * 4 / (5 * 24) = 0.8."""
        x, y = torch.tensor([1.0, 4, 9, 16, 25]), torch.tensor([-1.0, -2, 0, 7, 5])
        assert rank_correlation(x, y) == pytest.approx(0.8)
        assert rank_correlation(x, -y) == pytest.approx(-0.8)

    def test_only_the_order_counts(self):
        x = torch.randn(37, generator=torch.Generator().manual_seed(0))
        assert rank_correlation(x, x.exp()) == pytest.approx(1)


def test_the_embedded_checkpoint_is_measured_too(tokenizer):
    model = AutoModelForPreTraining.from_pretrained(checkpoint(), attn_implementation="eager")
    shape = (model.config.num_hidden_layers, model.config.num_attention_heads)
    assert gradient_importance(model, tokenizer, TEXTS).shape == shape
