"""A sentence is scored token by token, each hidden alone; and the hand-written pairs differ in one verb."""

from collections import Counter

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining

from bertlab.masked_language_modeling import pseudo_likelihood
from bertlab.masked_language_modeling.pseudo_likelihood import (
    agreement_pairs,
    hide_each,
    hide_side,
    log_probs_at,
    pseudo_log_likelihood,
)
from bertlab.models import encoder, hooked

MASK = 103


@pytest.fixture(scope="module", params=[BertForMaskedLM, BertForPreTraining])
def model(request, tokenizer):
    torch.manual_seed(0)
    size = {"hidden_size": 26, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 37}
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=32, initializer_range=0.5, **size)
    return request.param(config).eval()


def test_each_score_is_that_of_the_token_hidden_alone(model, tokenizer):
    text = "Snowboarders love tea."
    scores = pseudo_log_likelihood(text, model, tokenizer)
    ids = tokenizer(text, return_tensors="pt").input_ids
    assert [score.token for score in scores] == tokenizer.tokenize(text)
    for place, score in enumerate(scores, start=1):
        hidden = ids.clone()
        hidden[0, place] = tokenizer.mask_token_id
        output = model(hidden)
        logits = output.logits if isinstance(model, BertForMaskedLM) else output.prediction_logits
        assert score.log_prob == pytest.approx(logits[0, place].log_softmax(-1)[ids[0, place]].item(), abs=1e-4)


def test_nothing_to_score_has_no_scores(model, tokenizer):
    assert pseudo_log_likelihood("", model, tokenizer) == []


def test_a_text_that_cannot_be_read_whole_is_refused(model, tokenizer):
    assert len(pseudo_log_likelihood("word " * 30, model, tokenizer)) == 30  # as many as fit, with [CLS] and [SEP]
    with pytest.raises(ValueError, match="has 33 tokens and the model reads 32: score it sentence by sentence"):
        pseudo_log_likelihood("word " * 31, model, tokenizer)


def test_half_a_surrogate_pair_is_refused(model, tokenizer):
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        pseudo_log_likelihood("a \udc00.", model, tokenizer)


@pytest.mark.parametrize("tokens", [1, 14, 15, 21, 10_000])
def test_rows_may_go_through_the_model_in_any_portions(tokens, model, monkeypatch):
    ids = torch.randint(1000, 2000, (5, 7), generator=torch.Generator().manual_seed(0))
    places = torch.tensor([1, 6, 3, 2, 5])
    expected = log_probs_at(ids, places, model)
    largest = []
    monkeypatch.setattr(pseudo_likelihood, "TOKENS_AT_ONCE", tokens)
    with hooked([encoder(model).embeddings], after=lambda part, given, result: largest.append(result.shape[0])):
        torch.testing.assert_close(log_probs_at(ids, places, model), expected, atol=1e-4, rtol=1e-4)
    assert sum(largest) == 5
    assert max(largest) == min(5, max(1, tokens // 7))


def test_dropout_is_off_while_scoring_and_comes_back(model, tokenizer):
    quiet = pseudo_log_likelihood("A cat.", model, tokenizer)
    model.train()
    assert pseudo_log_likelihood("A cat.", model, tokenizer) == quiet
    assert model.training
    model.eval()


def test_distributions_are_read_at_the_places_asked_for(model):
    ids = torch.randint(1000, 2000, (3, 7), generator=torch.Generator().manual_seed(0))
    rows = log_probs_at(ids, torch.tensor([1, 6, 3]), model)
    torch.testing.assert_close(rows.exp().sum(1), torch.ones(3))
    torch.testing.assert_close(rows[1:2], log_probs_at(ids[1:2], torch.tensor([6]), model), atol=1e-4, rtol=1e-4)


def test_one_copy_for_each_ordinary_token():
    ids = torch.tensor([2, 17, 18, 3])
    copies = hide_each(ids, ids < 5, 4)
    assert copies.tolist() == [[2, 4, 18, 3], [2, 17, 4, 3]]
    assert ids.tolist() == [2, 17, 18, 3]


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ("nothing", [101, 7, MASK, 9, 10, 102]),
        ("left", [101, MASK, MASK, 9, 10, 102]),
        ("right", [101, 7, MASK, MASK, MASK, 102]),
    ],
)
def test_one_side_is_hidden_and_special_tokens_stay(hidden, expected):
    ids = torch.tensor([101, 7, 8, 9, 10, 102])
    assert hide_side(ids, 2, hidden, MASK).tolist() == expected
    assert ids[2] == 8


def test_a_side_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="choose one of nothing, left, right"):
        hide_side(torch.tensor([101, 7, 102]), 1, "up", MASK)


def test_pairs_differ_in_one_verb_that_is_a_single_token(tokenizer):
    for pair in agreement_pairs():
        right, wrong = tokenizer.tokenize(pair.right), tokenizer.tokenize(pair.wrong)
        assert len(right) == len(wrong), pair
        assert sum(one != other for one, other in zip(right, wrong, strict=True)) == 1, pair


def test_there_are_twelve_pairs_of_each_kind_and_none_twice():
    pairs = agreement_pairs()
    assert set(Counter(pair.between for pair in pairs).values()) == {12}
    assert len({pair.right for pair in pairs}) == len(pairs) == 36
