"""Causal batches, log-probabilities in any order, and the judge: held against the exact language and slower ways."""

import math

import pytest
import torch

from bertlab.masked_language_modeling.pseudo_likelihood import hide_each
from bertlab.masked_language_modeling.training import TRAINING, mlm_losses
from bertlab.small_bert.model import small_bert, trained_bert
from bertlab.tinyworld import CLS, MASK, PAD, SEP, Channel, World, floor, next_word
from bertlab.why_bert_cannot_generate import likelihood as why_bert_cannot_generate
from bertlab.why_bert_cannot_generate.likelihood import (
    all_rates_batch,
    blank_sentences,
    causal_batch,
    causal_inputs,
    causal_labels,
    causal_log_prob,
    judge,
    log_prob_so_far,
    ordered_log_prob,
    pseudo_log_prob,
    template_numbers,
    unlimited,
)
from bertlab.why_bert_cannot_generate.predictors import fill_in, ideal
from tests.docstrings import assert_examples_hold
from tests.tinyworld.small import SMALL


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture(scope="module")
def model(world):
    return small_bert(world.sentences, seed=1).eval()


def test_labels_are_the_next_token():
    assert_examples_hold(causal_labels.__doc__, vars(why_bert_cannot_generate) | {"torch": torch})
    assert causal_labels(torch.tensor([[2, 3, 0], [2, 9, 3]])).tolist() == [[3, -100, -100], [9, 3, -100]]


def test_a_causal_batch_is_repeatable_hides_nothing_and_asks_for_every_token_but_cls(world):
    batch, again = causal_batch(world.sentences, 13, seed=4), causal_batch(world.sentences, 13, seed=4)
    assert all(batch[name].equal(again[name]) for name in batch)
    ids = batch["input_ids"]
    assert world.sentences.log_prob(ids).isfinite().all()
    assert ((batch["labels"] != -100).sum(1) == (ids != PAD).sum(1) - 1).all()
    assert batch["attention_mask"].shape == (13, 13, 13)


def test_all_rates_are_in_a_batch(world):
    batch = all_rates_batch(world.sentences, 240, 0, Channel(mask_share=1.0, random_share=0.0))
    shares = (batch["input_ids"] == MASK).sum(1) / (batch["attention_mask"].sum(1) - 2)
    assert shares.reshape(12, 20).mean(1).diff().sum() > 0.7  # from few to nearly all
    assert 0.4 < shares.mean() < 0.6
    assert not batch["input_ids"].equal(all_rates_batch(world.sentences, 240, 1, TRAINING)["input_ids"])
    with pytest.raises(ValueError, match="give a multiple of 12"):
        all_rates_batch(world.sentences, 100, 0, TRAINING)


def test_the_log_prob_of_a_causal_model_is_the_sum_over_its_tokens(world, model):
    ids = world.sentences.sample(7, torch.Generator().manual_seed(0)).input_ids
    inputs = {name: tensor for name, tensor in causal_inputs(ids).items() if name != "labels"}
    log_probs = model(**inputs).prediction_logits.detach().log_softmax(-1)
    expected = [
        sum(log_probs[row, t, ids[row, t + 1]].item() for t in range(12) if ids[row, t + 1] != PAD) for row in range(7)
    ]
    assert causal_log_prob(model, ids).tolist() == pytest.approx(expected, rel=1e-5)
    assert mlm_losses(model, causal_inputs(ids)).sum().item() == pytest.approx(-sum(expected), rel=1e-5)


def test_the_causal_log_prob_does_not_depend_on_padding(world, model):
    ids = world.encode(["the dog sleeps ."])
    longer = torch.nn.functional.pad(ids, (0, 5))
    torch.testing.assert_close(causal_log_prob(model, ids), causal_log_prob(model, longer))


def test_exact_conditionals_give_the_same_total_in_every_order(world):
    row = world.encode(["anna smith lives in paris and speaks french ."])[0]
    length = (world.sentences.lengths == len(row)).double() @ world.sentences.weights
    expected = (world.sentences.log_prob(row[None])[0] - length.log()).item()
    for order in (range(1, 10), reversed(range(1, 10)), [3, 1, 9, 2, 8, 4, 7, 5, 6]):
        assert ordered_log_prob(ideal(world.sentences), row, order) == pytest.approx(expected, abs=1e-5)


def test_conditionals_of_a_model_need_not_agree(world, model):
    row = world.encode(["the dog sleeps ."])[0]
    left, right = (ordered_log_prob(fill_in(model), row, order) for order in (range(1, 5), range(4, 0, -1)))
    assert abs(left - right) > 1e-3


def test_the_pseudo_log_prob_is_that_of_one_sentence_at_a_time(world, model):
    ids = world.encode(["the dog sleeps .", "people in spain speak spanish ."])
    expected = []
    for row in ids:
        copies = hide_each(row, row < MASK, MASK)
        found = fill_in(model)(copies, copies == MASK)
        expected.append(found[range(len(found)), row[row > MASK]].log().sum().item())
    assert pseudo_log_prob(fill_in(model), ids).tolist() == pytest.approx(expected, rel=1e-4)


def test_21_certain_products_of_exact_conditionals(world):
    ids = world.encode(["the capital of france is paris .", "the capital of peru is lima ."])
    assert pseudo_log_prob(ideal(world.sentences), ids).exp().tolist() == pytest.approx([1, 1])
    assert world.sentences.log_prob(ids).exp().sum() < 0.01


def test_the_product_does_not_add_up_to_one_in_a_language_that_can_be_written_out():
    language = SMALL.sentences
    ids = language.sample(3_000, torch.Generator().manual_seed(0)).input_ids.unique(dim=0)  # all there are
    assert language.log_prob(ids).exp().sum().item() == pytest.approx(1, abs=1e-9)
    total = pseudo_log_prob(ideal(language), ids).exp().sum().item()
    sample = language.sample(2_000, torch.Generator().manual_seed(1)).input_ids
    ratios = (pseudo_log_prob(ideal(language), sample) - language.log_prob(sample)).exp()
    assert total > 1.5
    assert ratios.mean().item() == pytest.approx(total, abs=4 * ratios.std().item() / math.sqrt(2_000))


def test_blanks_have_the_lengths_of_the_language(world):
    blanks = blank_sentences(world.sentences, 4_000, torch.Generator().manual_seed(0))
    assert (blanks[:, 0] == CLS).all()
    assert ((blanks == SEP).sum(1) == 1).all()
    assert set(blanks.unique().tolist()) == {PAD, CLS, SEP, MASK}
    mean = (world.sentences.weights * world.sentences.lengths).sum()
    assert (blanks != PAD).sum(1).double().mean().item() == pytest.approx(mean.item(), abs=0.1)
    assert unlimited(world.sentences, 2).tolist() == [[CLS] + [MASK] * 12] * 2


def test_what_is_written_so_far(world):
    whole = world.encode(["the dog sleeps ."])
    gap, wrong = world.encode(["the dog [MASK] ."]), world.encode(["the dog sleep [MASK] ."])
    language = world.sentences
    torch.testing.assert_close(log_prob_so_far(language, whole), language.log_prob(whole))
    answer = ideal(language)(gap, gap == MASK)[0, whole[0, 3]].log()
    torch.testing.assert_close(
        log_prob_so_far(language, gap)[0] + answer, language.log_prob(whole)[0], atol=1e-6, rtol=0
    )
    assert log_prob_so_far(language, wrong) == -torch.inf
    begun = unlimited(language, 1)
    begun[0, 1] = whole[0, 1]
    expected = next_word(language, whole)[0, 0, whole[0, 1]].log()
    torch.testing.assert_close(log_prob_so_far(language, begun)[0], expected)


def test_the_judge_counts(world):
    right = world.encode(["the dog sleeps .", "the dog sleeps .", "people in spain speak spanish ."])
    wrong = world.encode(["the dog sleep .", "the the the the the ."])
    wide = [torch.nn.functional.pad(ids, (0, 13 - ids.shape[1])) for ids in (right, wrong)]
    found = judge(world.sentences, torch.cat(wide))
    assert found.allowed == pytest.approx(3 / 5)
    assert found.distinct == pytest.approx(4 / 5)
    assert found.log_prob == pytest.approx(world.sentences.log_prob(right).mean().item())
    assert found.templates == pytest.approx(math.exp(-(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3)))
    assert judge(world.sentences, wide[1]).templates == 0


def test_template_numbers_are_those_of_the_components(world):
    sample = world.sentences.sample(300, torch.Generator().manual_seed(0))
    templates = list(dict.fromkeys(component.template for component in world.sentences.components))
    true = [templates.index(world.sentences.components[number].template) for number in sample.components.tolist()]
    found = template_numbers(world.sentences, sample.input_ids).tolist()
    assert sum(a == b for a, b in zip(found, true, strict=True)) > 295  # few sentences fit two templates


def test_the_trained_bert_is_as_near_to_the_floor_as_its_card_says(world):
    from bertlab.masked_language_modeling.training import mlm_batch, mlm_loss

    batch = mlm_batch(world.sentences, 3_000, seed=10**9, channel=Channel())
    with torch.no_grad():
        gap = mlm_loss(trained_bert(), batch).item() - floor(world.sentences, batch["input_ids"], batch["labels"]).loss
    assert gap == pytest.approx(0.039, abs=0.001)
