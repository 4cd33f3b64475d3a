"""What samplers ask: answers at the right positions, blind to what must not be seen, exact where that is promised."""

import pytest
import torch

from bertlab.attention.masks import causal_mask, padding_mask
from bertlab.masked_language_modeling.training import TRAINING
from bertlab.small_bert.model import model_inputs, small_bert
from bertlab.tinyworld import CLS, MASK, PAD, SEP, UNK, World, corrupted_posterior, posterior
from bertlab.why_bert_cannot_generate import predictors
from bertlab.why_bert_cannot_generate.predictors import causal_visibility, fill_in, ideal, likeliest, next_token
from tests.docstrings import assert_examples_hold


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture(scope="module")
def model(world):
    return small_bert(world.sentences, seed=3).eval()


@pytest.fixture(scope="module")
def rows(world):
    return world.encode(["the [MASK] that the cats [MASK] sleeps .", "people in [MASK] speak spanish ."])


def test_a_causal_mask_with_padding_on_either_side():
    assert_examples_hold(causal_visibility.__doc__, vars(predictors) | {"torch": torch})
    real = torch.tensor([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1]])
    assert causal_visibility(real).bool().equal(causal_mask(5) & padding_mask(real))


def test_a_bert_answers_for_its_gaps_and_never_with_a_special_token(world, model, rows):
    found = fill_in(model)(rows, rows == MASK)
    logits = model(**model_inputs(rows)).prediction_logits[rows == MASK].detach().double()
    logits[:, [PAD, UNK, CLS, SEP, MASK]] = -torch.inf
    torch.testing.assert_close(found, logits.softmax(1), atol=1e-6, rtol=1e-4)
    assert (found[:, : MASK + 1] == 0).all()
    only_one = torch.zeros_like(rows, dtype=torch.bool)
    only_one[0, 6] = True
    torch.testing.assert_close(fill_in(model)(rows, only_one)[0], found[1])


def test_a_causal_mask_put_on_a_bert_hides_the_right_side(world, model):
    row = world.encode(["the [MASK] sleeps ."])
    other = world.encode(["the [MASK] are hungry ."])[:, : row.shape[1]]
    for causal, same in ((True, True), (False, False)):
        predict = fill_in(model, causal=causal)
        assert torch.allclose(predict(row, row == MASK), predict(other, other == MASK)) is same


def test_a_causal_model_answers_one_position_earlier_and_sees_no_further(world, model):
    predict = next_token(model)
    row = world.encode(["the dog sleeps ."])
    asked = torch.arange(row.shape[1])[None] == 3
    found = predict(row, asked)[0]
    changed = row.clone()
    changed[0, 3:] = MASK
    torch.testing.assert_close(predict(changed, asked)[0], found)
    changed[0, 2] = world.words.index("cat")
    assert not torch.allclose(predict(changed, asked)[0], found)
    assert found[SEP] > 0
    assert found[[PAD, UNK, CLS, MASK]].sum() == 0
    seen = causal_visibility(torch.ones_like(row))
    logits = model(row, attention_mask=seen).prediction_logits[0, 2].detach().double()
    torch.testing.assert_close(
        found[5:], (logits.exp() / logits[[SEP, *range(5, 433)]].exp().sum())[5:], rtol=1e-4, atol=0
    )


def test_after_the_end_a_causal_model_writes_padding_only(world, model):
    row = torch.tensor([[CLS, 9, SEP, MASK, MASK], [CLS, 9, SEP, PAD, MASK]])
    asked = torch.zeros_like(row, dtype=torch.bool)
    asked[0, 3], asked[1, 4] = True, True
    found = next_token(model)(row, asked)
    assert (found[:, PAD] == 1).all()
    assert (found.sum(1) == 1).all()


def test_the_ideal_is_the_exact_posterior_also_with_open_gaps_that_are_not_asked_for(world, rows):
    language = world.sentences
    exact = posterior(language, rows, rows == MASK)
    torch.testing.assert_close(ideal(language)(rows, rows == MASK), exact, atol=1e-6, rtol=1e-6)
    asked = torch.zeros_like(rows, dtype=torch.bool)
    asked[0, 6] = True
    torch.testing.assert_close(ideal(language)(rows, asked)[0], exact[1], atol=1e-6, rtol=1e-6)


def test_the_ideal_has_an_answer_for_an_impossible_sentence_and_the_distrustful_one_doubts_all(world):
    row = world.encode(["the dog sleep [MASK] ."])
    found = ideal(world.sentences)(row, row == MASK)
    assert found.sum().item() == pytest.approx(1)
    possible, dogs = world.encode(["the [MASK] sleeps ."]), world.words.index("dogs")
    sure, doubting = ideal(world.sentences), ideal(world.sentences, TRAINING)
    exact = corrupted_posterior(world.sentences, possible, possible == MASK, TRAINING)
    assert torch.equal(doubting(possible, possible == MASK), exact)
    assert doubting(possible, possible == MASK)[0, dogs] > 1e-5 > sure(possible, possible == MASK)[0, dogs]


def test_only_the_likeliest_are_left_in_proportion(world, model, rows):
    whole = fill_in(model)(rows, rows == MASK)
    found = likeliest(fill_in(model), 3)(rows, rows == MASK)
    assert (found > 0).sum(1).tolist() == [3, 3, 3]
    kept = found[0] > 0
    torch.testing.assert_close(found[0][kept], whole[0][kept] / whole[0][kept].sum())
