"""Where a model is linear both measures are the same; elsewhere each is what its definition says."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from transformers.modeling_outputs import SequenceClassifierOutput

from bertlab.fine_tuning.attribution import WordScore, explain, gradient_times_input, leave_one_out, score, split_words
from tests.fine_tuning.toys import make_model

TEXT = "Unbelievably, it was not that bad; internationalization helped."


class Linear(nn.Module):
    """Logits that are a sum over the tokens: what a word adds does not depend on the others."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embeddings = nn.Embedding(30_522, 7)
        self.classifier = nn.Linear(7, 2)

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        embedded = self.embeddings(input_ids) * attention_mask[..., None]
        return SequenceClassifierOutput(logits=self.classifier(embedded.sum(1)))


@pytest.fixture(scope="module")
def model():
    return make_model(dropout=0.2)


def plain_score(model, tokenizer, text, max_length=64):
    model.eval()
    with torch.no_grad():
        logits = model(**tokenizer(text, truncation=True, max_length=max_length, return_tensors="pt")).logits
    return (logits[0, 1] - logits[0, 0]).item()


def test_the_score_is_the_difference_of_two_logits():
    assert_close(score(torch.tensor([[1.0, 3.0], [0.5, -2.0]])), torch.tensor([2.0, -2.5]))
    with pytest.raises(ValueError, match="a score is the difference of two logits, and this head has 3"):
        score(torch.zeros(1, 3))


def test_words_are_what_stands_between_spaces():
    assert split_words("  So,\tso.\nFine ") == ["So,", "so.", "Fine"]


class TestALinearModel:
    def test_both_measures_are_the_same(self, tokenizer):
        scores = explain(Linear(), tokenizer, TEXT)
        assert [score.word for score in scores] == TEXT.split()
        gradients, left_out = zip(*((score.gradient, score.left_out) for score in scores), strict=True)
        assert gradients == pytest.approx(left_out, abs=1e-5)
        assert all(score.agree for score in scores)

    def test_pieces_are_summed_into_words_and_special_tokens_left_out(self, tokenizer):
        model = Linear()
        direction = model.classifier.weight[1] - model.classifier.weight[0]
        expected = []
        for word in TEXT.split():
            ids = tokenizer(word, add_special_tokens=False, return_tensors="pt")["input_ids"][0]
            expected.append((model.embeddings(ids) @ direction).sum().item())
        lengths = [len(tokenizer.tokenize(word)) for word in TEXT.split()]
        assert max(lengths) > 3
        assert min(lengths) == 1
        assert gradient_times_input(model, tokenizer, TEXT, 64) == pytest.approx(expected, abs=1e-5)
        assert leave_one_out(model, tokenizer, TEXT, 64) == pytest.approx(expected, abs=1e-5)
        whole = plain_score(model, tokenizer, TEXT)
        special = model.embeddings(torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id])).sum(0) @ direction
        bias = model.classifier.bias[1] - model.classifier.bias[0]
        assert sum(expected) == pytest.approx(whole - (special + bias).item(), abs=1e-5)


class TestBert:
    def test_gradient_times_input_is_how_the_score_changes_as_a_word_grows(self, tokenizer):
        """The derivative by the size of a word's vectors, by central differences in double precision."""
        double = make_model().double().eval()
        encoded = tokenizer(TEXT, return_tensors="pt")
        words = tokenizer(TEXT.split(), is_split_into_words=True).word_ids()
        embedded = double.bert.embeddings(encoded["input_ids"])
        expected = []
        for number in range(len(TEXT.split())):
            mine = torch.tensor([word == number for word in words])[None, :, None].double()
            ends = [
                score(double.classifier(double.bert.pooler(double.bert.encoder(embedded * (1 + size * mine))[0])))
                for size in (1e-4, -1e-4)
            ]
            expected.append(((ends[0] - ends[1]) / 2e-4).item())
        assert gradient_times_input(double, tokenizer, TEXT, 64) == pytest.approx(expected, rel=1e-4, abs=1e-7)
        assert max(map(abs, expected)) > 1e-3

    def test_before_layernorm_it_would_be_blind(self, tokenizer):
        """No gradient points along the vector that LayerNorm is given, once its mean is taken off."""
        double = make_model(layer_norm_eps=0.0).double().eval()
        seen = []
        norm = double.bert.embeddings.LayerNorm
        norm.register_forward_pre_hook(
            lambda part, given: seen.append(given[0].detach().requires_grad_(True)) or seen[0]
        )
        logits = double(**tokenizer(TEXT, return_tensors="pt")).logits
        (gradient,) = torch.autograd.grad(score(logits).sum(), seen)
        centered = seen[0] - seen[0].mean(-1, keepdim=True)
        along = (gradient * centered).sum(-1)
        assert along.abs().max() < 1e-9 < 1e-4 < (gradient.norm(dim=-1) * centered.norm(dim=-1)).min()

    def test_leaving_out_is_the_fall_of_the_score_without_the_word(self, model, tokenizer):
        words = TEXT.split()
        whole = plain_score(model, tokenizer, TEXT)
        without = [" ".join(words[:number] + words[number + 1 :]) for number in range(len(words))]
        expected = [whole - plain_score(model, tokenizer, text) for text in without]
        assert leave_one_out(model, tokenizer, TEXT, 64) == pytest.approx(expected, abs=1e-5)

    @pytest.mark.parametrize("measure", [gradient_times_input, leave_one_out])
    def test_dropout_is_off_and_as_it_was_before(self, model, tokenizer, measure):
        model.train()
        assert measure(model, tokenizer, TEXT, 64) == measure(model, tokenizer, TEXT, 64)
        assert model.training

    def test_no_gradient_is_left_behind(self, tokenizer):
        model = make_model()
        with torch.no_grad():
            explain(model, tokenizer, TEXT, 64)
        assert all(weight.grad is None for weight in model.parameters())

    def test_a_frozen_model_is_explained_too(self, tokenizer):
        frozen = make_model().requires_grad_(False)
        found = gradient_times_input(frozen, tokenizer, TEXT, 64)
        assert found == gradient_times_input(make_model(), tokenizer, TEXT, 64)
        assert any(found)

    def test_words_that_were_cut_off_get_zero(self, model, tokenizer):
        text = "good bad good bad good bad good"
        gradients, left_out = (measure(model, tokenizer, text, 6) for measure in (gradient_times_input, leave_one_out))
        assert len(gradients) == len(left_out) == 7
        assert all(gradients[:4])
        assert gradients[4:] == [0, 0, 0]
        assert left_out[4:] == pytest.approx([0, 0, 0], abs=1e-6)

    def test_a_word_that_is_cut_in_two_counts_by_what_is_left(self, model, tokenizer):
        text = "so internationalizationally"
        assert len(tokenizer.tokenize(text)) > 3
        gradients = gradient_times_input(model, tokenizer, text, 4)
        assert len(gradients) == 2
        assert all(gradients)

    def test_a_word_without_any_piece_gets_zero(self, model, tokenizer):
        assert tokenizer.tokenize("\x07") == []
        assert gradient_times_input(model, tokenizer, "good \x07 bad", 64)[1] == 0

    @pytest.mark.parametrize("text", ["", " \n "])
    def test_no_words_no_scores(self, model, tokenizer, text):
        assert explain(model, tokenizer, text) == []

    def test_one_word(self, model, tokenizer):
        [found] = explain(model, tokenizer, "good", 64)
        assert found.left_out == pytest.approx(
            plain_score(model, tokenizer, "good") - plain_score(model, tokenizer, "")
        )

    def test_a_head_with_more_classes_is_refused(self, tokenizer):
        with pytest.raises(ValueError, match="this head has 3"):
            explain(make_model(num_labels=3), tokenizer, TEXT, 64)


def test_measures_agree_if_they_have_the_same_sign():
    assert WordScore("fine", 0.2, 0.1).agree
    assert WordScore("poor", -0.2, -0.1).agree
    assert not WordScore("fine", 0.2, -0.1).agree
    assert not WordScore("fine", 0.2, 0.0).agree
