"""The loss on English texts: that of the hidden tokens and of nothing else, on our model and on theirs."""

import math

import pytest
import torch
from transformers import BertTokenizer

from bertlab.masked_language_modeling.measure import mlm_loss_on
from tests.encoders import CONFIGS, make_ours, make_theirs


@pytest.fixture(params=["ours", "theirs, eager", "theirs, sdpa"])
def model(request):
    theirs = make_theirs(CONFIGS["wide"], attention=request.param[-5:].strip() if "," in request.param else "eager")
    return make_ours(theirs) if request.param == "ours" else theirs


TEXTS = ("a b c d e f g h", "h g f", "a a a a a a a a a a a a a a a a")


@pytest.fixture
def tokenizer():
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"]
    return BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})


def test_the_loss_is_the_cross_entropy_where_tokens_were_hidden(model, tokenizer):
    """With a head that gives the same logits everywhere, whatever is hidden costs its own log probability."""
    predictions = model.cls.predictions
    with torch.no_grad():
        predictions.transform.LayerNorm.weight.zero_()
        predictions.transform.LayerNorm.bias.zero_()
        predictions.bias[:] = torch.tensor([0.0] * 5 + [3.0] * 8 + [0.0] * 24)
    expected = math.log(29 + 8 * math.exp(3)) - 3  # all that can be hidden are the eight letters
    assert mlm_loss_on(model, tokenizer, list(TEXTS)) == pytest.approx(expected, rel=1e-5)


def test_the_seed_decides_what_is_hidden(model, tokenizer):
    losses = [mlm_loss_on(model, tokenizer, list(TEXTS), seed=seed) for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


def test_dropout_is_off_and_training_goes_on(model, tokenizer):
    before = mlm_loss_on(model, tokenizer, list(TEXTS))
    assert mlm_loss_on(model.train(), tokenizer, list(TEXTS)) == before
    assert model.training


def test_nothing_to_hide(model, tokenizer):
    with pytest.raises(ValueError, match="give more text"):
        mlm_loss_on(model, tokenizer, [""])
