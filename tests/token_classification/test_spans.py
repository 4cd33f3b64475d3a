"""The span head and its loss beside the library's; the best span beside a double loop."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertForQuestionAnswering, BertModel, DistilBertConfig, DistilBertModel

from bertlab.token_classification.spans import (
    SpanFinder,
    best_span,
    is_unanswered,
    null_score,
    position_loss,
    span_loss,
)
from tests.encoders import CONFIGS, assert_close, make_inputs


@pytest.fixture(params=CONFIGS)
def both(request):
    """The library's model with random weights, and ours with the same ones."""
    torch.manual_seed(3)
    theirs = BertForQuestionAnswering(CONFIGS[request.param]).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += 0.3 * torch.randn_like(weight)
    ours = SpanFinder(BertModel(theirs.config, add_pooling_layer=False))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours.eval()


class TestTheLibrary:
    def test_logits_are_equal(self, both):
        theirs, ours = both
        inputs = make_inputs(theirs.config, batch=7, seq=13)
        expected, found = theirs(**inputs), ours(**inputs)
        assert found.logits.shape == (7, 13, 2)
        assert_close(found.start_logits, expected.start_logits)
        assert_close(found.end_logits, expected.end_logits)
        assert not torch.allclose(found.start_logits, found.end_logits)

    @pytest.mark.parametrize(
        ("starts", "ends"),
        [
            ([0, 1, 4, 12, 6, 2, 0], [0, 3, 4, 12, 9, 11, 0]),
            ([0, 1, 13, 99, 6, 2, 0], [0, 3, 13, 512, 13, 11, 0]),  # beyond the text: ignored
            ([-100, -1, 4, 12, 6, 2, 0], [0, -100, 4, 12, 9, 11, 0]),  # negative: [CLS]
        ],
    )
    def test_losses_and_their_gradients_are_equal(self, both, starts, ends):
        theirs, ours = both
        inputs, starts, ends = make_inputs(theirs.config, batch=7, seq=13), torch.tensor(starts), torch.tensor(ends)
        expected = theirs(**inputs, start_positions=starts, end_positions=ends).loss
        found = ours(**inputs)
        loss = span_loss(found.start_logits, found.end_logits, starts, ends)
        assert_close(loss, expected)
        for model, value in ((theirs, expected), (ours, loss)):
            value.backward()
            assert model.qa_outputs.weight.grad.abs().max() > 0
        assert_close(ours.qa_outputs.weight.grad, theirs.qa_outputs.weight.grad, rtol=1e-4, atol=1e-5)

    def test_where_all_are_ignored_both_are_nan(self, both):
        theirs, ours = both
        inputs, beyond = make_inputs(theirs.config, batch=2, seq=7), torch.tensor([7, 8])
        assert theirs(**inputs, start_positions=beyond, end_positions=beyond).loss.isnan()
        assert span_loss(*ours(**inputs).logits.unbind(-1), beyond, beyond).isnan()


class TestSpanFinder:
    def test_the_head_is_two_vectors_small_and_without_bias(self):
        torch.manual_seed(0)
        model = SpanFinder(BertModel(CONFIGS["wide"]))
        assert model.qa_outputs.weight.shape == (2, 32)
        assert 0.01 < model.qa_outputs.weight.std() < 0.03
        assert model.qa_outputs.bias.abs().sum() == 0

    def test_it_takes_the_encoder_of_a_model_with_a_head(self):
        whole = BertForQuestionAnswering(CONFIGS["narrow"])
        assert SpanFinder(whole).bert is whole.bert

    def test_it_takes_an_encoder_of_another_family(self):
        torch.manual_seed(0)
        model = SpanFinder(
            DistilBertModel(DistilBertConfig(vocab_size=37, dim=24, n_layers=1, n_heads=3, hidden_dim=7))
        )
        inputs = make_inputs(CONFIGS["wide"], batch=3, seq=7, pairs=False)
        assert model(**inputs).end_logits.shape == (3, 7)


class TestLossByHand:
    def test_nothing_known_is_the_logarithm_of_the_length(self):
        flat = torch.zeros(3, 13)
        loss = span_loss(flat, flat, torch.tensor([0, 4, 12]), torch.tensor([0, 7, 12]))
        assert loss.item() == pytest.approx(math.log(13))

    def test_the_two_means_are_averaged_not_the_texts(self):
        """One start is ignored: the other one counts for all starts, while both ends share the other half."""
        logits = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)]])
        loss = span_loss(logits, logits, torch.tensor([0, 2]), torch.tensor([1, 0]))
        starts, ends = math.log(4), (math.log(4 / 3) + math.log(4)) / 2
        assert loss.item() == pytest.approx((starts + ends) / 2)

    def test_large_logits_do_not_overflow(self):
        assert position_loss(torch.tensor([[1000.0, 0.0, -1000.0]]), torch.tensor([1])).item() == pytest.approx(1000)


def by_double_loop(start_logits, end_logits, in_passage, max_length):
    best = (0, 0, -math.inf)
    for start in range(len(start_logits)):
        for end in range(start, min(start + max_length, len(end_logits))):
            score = (start_logits[start] + end_logits[end]).item()
            if in_passage[start] and in_passage[end] and score > best[2]:
                best = (start, end, score)
    return best


@st.composite
def scored_texts(draw):
    """Logits of a few texts with few different values, so that there are ties, and where their passages are."""
    batch, seq = draw(st.integers(1, 4)), draw(st.integers(1, 9))
    numbers = st.sampled_from([-7.5, -1.0, 0.0, 0.5, 1.0, 3.25]) | st.floats(-50, 50, width=32)
    rows = st.lists(st.lists(numbers, min_size=seq, max_size=seq), min_size=batch, max_size=batch)
    bounds = [sorted((draw(st.integers(0, seq)), draw(st.integers(0, seq)))) for _ in range(batch)]
    passages = torch.tensor([[first <= place < last for place in range(seq)] for first, last in bounds])
    return torch.tensor(draw(rows)), torch.tensor(draw(rows)), passages, draw(st.integers(1, 11))


class TestBestSpan:
    @settings(deadline=None)  # a busy machine is no error
    @given(scored_texts())
    def test_it_is_what_a_double_loop_finds(self, texts):
        *logits_and_passage, max_length = texts
        found = best_span(*logits_and_passage, max_length)
        expected = [by_double_loop(*text, max_length) for text in zip(*logits_and_passage, strict=True)]
        assert list(zip(*(values.tolist() for values in found), strict=True)) == expected

    def test_the_best_start_and_the_best_end_may_be_no_span(self):
        starts, ends = torch.tensor([[9.0, 0.0, 1.0, 5.0, 2.0]]), torch.tensor([[9.0, 0.0, 4.0, 1.0, 2.0]])
        passage = torch.tensor([[False, True, True, True, True]])
        assert [starts[0, 1:].argmax() + 1, ends[0, 1:].argmax() + 1] == [3, 2]
        assert best_span(starts, ends, passage) == (torch.tensor([3]), torch.tensor([4]), torch.tensor([7.0]))

    def test_each_limit_changes_the_answer(self):
        starts, ends = torch.tensor([[9.0, 5.0, 0.0, 1.0]]), torch.tensor([[0.0, 0.0, 1.0, 4.0]])
        everywhere, passage = torch.ones(1, 4).bool(), torch.tensor([[False, True, True, True]])
        assert [values.item() for values in best_span(starts, ends, everywhere)] == [0, 3, 13]
        assert [values.item() for values in best_span(starts, ends, passage)] == [1, 3, 9]
        assert [values.item() for values in best_span(starts, ends, passage, max_length=2)] == [1, 2, 6]
        assert [values.item() for values in best_span(starts, ends, passage, max_length=1)] == [1, 1, 5]

    def test_without_a_passage_there_is_no_span(self):
        nowhere = torch.zeros(2, 7).bool()
        found = best_span(torch.ones(2, 7), torch.ones(2, 7), nowhere)
        assert [values.tolist() for values in found] == [[0, 0], [0, 0], [-math.inf, -math.inf]]
        assert is_unanswered(torch.zeros(2), found.score, null_threshold=1e9).all()

    def test_an_answer_has_a_piece(self):
        with pytest.raises(ValueError, match="max_length must be 1 or more, not 0"):
            best_span(torch.ones(1, 3), torch.ones(1, 3), torch.ones(1, 3).bool(), max_length=0)


class TestNoAnswer:
    def test_its_score_is_that_of_cls(self):
        logits = torch.arange(2 * 3 * 2).reshape(2, 3, 2).float()
        assert null_score(*logits.unbind(-1)).tolist() == [0 + 1, 6 + 7]

    @pytest.mark.parametrize(
        ("null_threshold", "unanswered"),
        [(-1.5, [True, True, True]), (0.0, [False, True, False]), (2.5, [False, False, False])],
    )
    def test_the_threshold_decides(self, null_threshold, unanswered):
        null, best = torch.tensor([1.0, 4.0, 2.0]), torch.tensor([2.0, 1.5, 2.0])
        assert is_unanswered(null, best, null_threshold).tolist() == unanswered
