"""The library's Trainer goes through the given batches, in their order, with our recipe."""

import copy

import pytest
import torch
from torch.testing import assert_close

from bertlab.fine_tuning.batches import encode
from bertlab.fine_tuning.loop import FineTuning
from bertlab.fine_tuning.with_trainer import train_with_trainer
from tests.fine_tuning.toys import make_model, make_reviews


@pytest.fixture
def data(tokenizer):
    return encode(make_reviews(37), tokenizer)


def test_it_gives_the_weights_of_our_loop(data, tokenizer):
    start = make_model()
    run = FineTuning(copy.deepcopy(start), tokenizer, data, epochs=2, batch_size=5, lr=1e-3).finish()
    theirs = train_with_trainer(copy.deepcopy(start), tokenizer, data, run.batches, lr=1e-3)
    pairs = dict(run.model.named_parameters())
    for name, weight in theirs.named_parameters():
        if not name.endswith("key.bias"):  # its gradient is rounding alone, and Adam makes a full step of that
            assert_close(weight, pairs[name], rtol=1e-3, atol=1e-4, msg=name)
    assert not torch.equal(run.model.classifier.weight, start.classifier.weight)


def test_another_order_gives_other_weights(data, tokenizer):
    start = make_model()
    batches = FineTuning(copy.deepcopy(start), tokenizer, data, epochs=1, batch_size=5).batches
    first, second = (
        train_with_trainer(copy.deepcopy(start), tokenizer, data, order, lr=1e-3) for order in (batches, batches[::-1])
    )
    assert not torch.allclose(first.classifier.weight, second.classifier.weight, atol=1e-4)


def test_it_prints_and_leaves_nothing(data, tokenizer, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = make_model()
    batches = FineTuning(model, tokenizer, data, epochs=1, batch_size=20).batches
    train_with_trainer(model, tokenizer, data, batches, lr=1e-3)
    assert capsys.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []
