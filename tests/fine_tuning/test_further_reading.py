"""Reading on lowers the loss of masked language modeling, repeats exactly, and never looks at a label."""

import math

import pytest
import torch
from transformers import BertForMaskedLM

from bertlab.fine_tuning.batches import Encoded, encode
from bertlab.fine_tuning.further_reading import read_further
from bertlab.fine_tuning.labeled import LabeledTexts
from bertlab.models import encoder
from tests.fine_tuning.toys import NAMES, make_config, make_reviews


class Blind(Encoded):
    """Tokenized texts whose labels nobody may look at."""

    @property
    def labels(self):
        raise AssertionError("the labels were read")

    def __iter__(self):
        raise AssertionError("the labels were read")


def make():
    torch.manual_seed(0)
    return BertForMaskedLM(make_config(dropout=0.1))


@pytest.fixture(scope="module")
def data(tokenizer):
    return encode(make_reviews(70), tokenizer)


def test_the_loss_falls_from_that_of_a_uniform_guess(tokenizer, data):
    losses = read_further(make(), tokenizer, data, epochs=10, lr=3e-3)
    assert len(losses) == 10 * 3
    assert losses[0] == pytest.approx(math.log(30_522), abs=0.5)
    assert sum(losses[-3:]) / 3 < losses[0] - 1.5


def test_labels_are_never_read(tokenizer, data):
    with pytest.raises(AssertionError, match="the labels were read"):
        Blind(*data).labels  # noqa: B018
    torch.manual_seed(3)
    seen = read_further(make(), tokenizer, data, epochs=1)
    blind = read_further(make(), tokenizer, Blind(*data), epochs=1)
    other = read_further(make(), tokenizer, Encoded(data.features, 1 - data.labels), epochs=1)
    assert seen == blind == other


def test_a_seed_repeats_and_another_differs(tokenizer, data):
    assert read_further(make(), tokenizer, data, 1, seed=2) == read_further(make(), tokenizer, data, 1, seed=2)
    assert read_further(make(), tokenizer, data, 1, seed=2) != read_further(make(), tokenizer, data, 1, seed=3)


def test_the_encoder_is_trained_and_left_without_dropout(tokenizer, data):
    model, start = make(), make()
    read_further(model, tokenizer, data, epochs=2, lr=1e-3)
    assert not model.training
    for part in ("embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight"):
        assert not torch.equal(encoder(model).state_dict()[part], encoder(start).state_dict()[part]), part


def test_the_texts_are_not_changed(tokenizer, data):
    before = encode(make_reviews(70), tokenizer)
    read_further(make(), tokenizer, data, epochs=1)
    assert data.features == before.features


def test_texts_so_short_that_nothing_is_chosen_are_no_disaster(tokenizer):
    data = encode(LabeledTexts(("Good.",) * 33, (0, 1, 1) * 11, NAMES), tokenizer)
    model = make()
    losses = read_further(model, tokenizer, data, epochs=6)
    assert 0.0 in losses  # one text is left over in each epoch: of its two tokens often none is chosen
    assert all(map(math.isfinite, losses))
    assert all(weight.isfinite().all() for weight in model.parameters())
