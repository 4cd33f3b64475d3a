"""A live run learns, ends on its budget, and goes on after an interruption as if there had been none."""

import copy

import pytest
import torch
from torch.optim import AdamW, Muon
from transformers import BertConfig

from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.small_bert.training import LiveTraining, learning_rate_share, make_optimizers

VOCAB, SEQ = 37, 7


def make_model():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=VOCAB,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=13,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertForPreTraining(config)


def make_batch(step):
    """Every token is to be predicted from itself: easy to learn."""
    ids = torch.randint(5, VOCAB, (13, SEQ), generator=torch.Generator().manual_seed(step))
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def loss(model, batch):
    logits = model(**batch).prediction_logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch["input_ids"].flatten())


def held_out(model):
    assert not model.training
    with torch.no_grad():
        return loss(model, make_batch(10**6)).item()


def make_training(steps=60, evaluate=held_out):
    return LiveTraining(make_model(), make_batch, loss, steps, evaluate)


def test_it_learns_within_its_budget_and_writes_down_the_curve():
    training = make_training()
    assert list(training) == list(range(1, 61))
    assert training.tokens == 60 * 13 * SEQ
    assert [step for step, _ in training.losses] == list(range(1, 61))
    assert training.held_out[0][1] > 3 > training.held_out[-1][1]
    assert training.held_out[-1][0] == 60
    assert list(training) == []  # the budget is used up


def test_tokens_are_counted_once_also_under_a_mask_with_a_row_for_each():
    def causal_batch(step):
        batch = make_batch(step)
        real = batch["attention_mask"].clone()
        real[0, 4:] = 0  # three tokens of padding
        return {**batch, "attention_mask": real[:, None] * torch.ones(SEQ, SEQ, dtype=torch.long).tril()}

    training = LiveTraining(make_model(), causal_batch, loss, steps=2)
    assert list(training) == [1, 2]
    assert training.tokens == 2 * (13 * SEQ - 3)


def test_an_interruption_changes_nothing():
    whole, parts = make_training(steps=9, evaluate=None), make_training(steps=9, evaluate=None)
    list(whole)
    for _ in parts:
        if parts.step == 4:
            break
    raised, make = [], parts.make_batch

    def interrupted(step):
        if not raised:
            raised.append(step)
            raise KeyboardInterrupt
        return make(step)

    parts.make_batch = interrupted
    with pytest.raises(KeyboardInterrupt):
        list(parts)
    list(parts)
    assert raised == [4]
    assert parts.losses == whole.losses
    for ours, theirs in zip(parts.model.parameters(), whole.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_muon_gets_the_matrices_of_the_layers_and_adamw_everything_else():
    model = make_model()
    muon, adamw = make_optimizers(model)
    assert isinstance(muon, Muon)
    assert isinstance(adamw, AdamW)
    by_muon = {id(p) for group in muon.param_groups for p in group["params"]}
    names = {name for name, p in model.named_parameters() if id(p) in by_muon}
    assert len(names) == 2 * 6 + 1
    transform = "cls.predictions.transform.dense.weight"
    assert all(name == transform or (".encoder.layer." in name and name.endswith("weight")) for name in names)
    assert transform in names
    count = sum(len(group["params"]) for optimizer in (muon, adamw) for group in optimizer.param_groups)
    assert count == len(list(model.parameters()))


def test_a_model_whose_layers_are_not_found_is_refused():
    with pytest.raises(ValueError, match=r"\.encoder\.layer\."):
        make_optimizers(torch.nn.Linear(3, 2))


def test_threads_are_given_back():
    before = torch.get_num_threads()
    seen = []
    training = make_training(steps=1, evaluate=lambda model: float(seen.append(torch.get_num_threads()) or 0))
    list(training)
    assert seen == [1]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("step", "share"), [(0, 1 / 50), (24, 0.5 * (1 - 24 / 1000)), (500, 0.5), (1000, 0.0)])
def test_the_learning_rate_warms_up_and_falls_to_zero(step, share):
    assert learning_rate_share(step, 1000) == pytest.approx(share)


def test_a_training_can_be_copied_to_try_two_ways_on():
    training = make_training(steps=2, evaluate=None)
    next(iter(training))
    twin = copy.deepcopy(training)
    list(training)
    assert twin.step == 1
