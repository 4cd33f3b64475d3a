"""Log-probabilities in any order: compared with the exact language and with slower ways."""

import math

import pytest
import torch

from bertlab.masked_language_modeling.pseudo_likelihood import hide_each
from bertlab.masked_language_modeling.training import mlm_batch, mlm_loss, mlm_losses
from bertlab.small_bert.model import small_bert, trained_bert
from bertlab.tinyworld import MASK, PAD, Channel, World, floor
from bertlab.why_bert_cannot_generate.batches import causal_inputs
from bertlab.why_bert_cannot_generate.likelihood import causal_log_prob, ordered_log_prob, pseudo_log_prob
from bertlab.why_bert_cannot_generate.predictors import fill_in, ideal
from tests.tinyworld.small import SMALL


@pytest.fixture(scope="module")
def world():
    return World.default()


@pytest.fixture(scope="module")
def model(world):
    return small_bert(world.sentences, seed=1).eval()


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


def test_the_trained_bert_is_as_near_to_the_floor_as_its_card_says(world):
    batch = mlm_batch(world.sentences, 3_000, seed=10**9, channel=Channel())
    with torch.no_grad():
        gap = mlm_loss(trained_bert(), batch).item() - floor(world.sentences, batch["input_ids"], batch["labels"]).loss
    assert gap == pytest.approx(0.039, abs=0.001)
