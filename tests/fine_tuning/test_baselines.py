"""Baselines find what is obvious, and nothing where there is nothing."""

import pytest
import torch
from torch.testing import assert_close
from transformers import BertModel

from bertlab.fine_tuning.baselines import counted_words, frozen_vectors, linear_probe, majority
from bertlab.fine_tuning.batches import encode, pad
from bertlab.fine_tuning.labeled import LabeledTexts, load_labeled
from tests.fine_tuning.toys import NAMES, make_config, make_reviews

TRAIN, TEST = make_reviews(100), make_reviews(60, seed=1)


@pytest.fixture(scope="module")
def body():
    torch.manual_seed(0)
    return BertModel(make_config(dropout=0.3, initializer_range=0.1)).train()


def test_the_majority_is_that_of_the_training_split():
    train = LabeledTexts(tuple("abcde"), (1, 0, 1, 1, 0), NAMES)
    test = LabeledTexts(tuple("fghi"), (0, 0, 1, 0), NAMES)
    assert majority(train, test) == 0.25
    assert majority(train, train) == 0.6
    assert majority(TRAIN, TEST) == 0.5


def test_counted_words_find_the_words_that_decide():
    assert counted_words(TRAIN).score(TEST.texts, TEST.labels) == 1.0 > majority(TRAIN, TEST)


def test_counted_words_find_pairs_of_words():
    """Each word stands with both labels equally often; only "not good" and "not bad" tell."""
    texts = ("it was good", "it was not bad", "it was bad", "it was not good")
    train = LabeledTexts(texts * 7, (1, 1, 0, 0) * 7, NAMES)
    assert counted_words(train).score(texts, (1, 1, 0, 0)) == 1.0


def test_counted_words_know_nothing_of_words_not_seen():
    predicted = counted_words(TRAIN).predict(["zzz qqq", "xxx"])
    assert len(set(predicted)) == 1


def test_counted_words_beat_the_majority_on_the_reviews_and_are_not_enough():
    splits = load_labeled("reviews")
    found = counted_words(splits["train"]).score(splits["test"].texts, splits["test"].labels)
    assert majority(splits["train"], splits["test"]) == 0.5 < 0.6 < found < 0.95


def test_vectors_are_those_of_cls_of_each_text_alone_without_dropout(body, tokenizer):
    data = encode(TEST, tokenizer)
    vectors = frozen_vectors(body, tokenizer, data, batch_size=13)
    assert body.training
    body.eval()
    with torch.no_grad():
        alone = [body(**pad(tokenizer, [features])).last_hidden_state[0, 0] for features in data.features]
    body.train()
    assert vectors.shape == (60, 24)
    assert_close(vectors, torch.stack(alone), rtol=1e-4, atol=1e-5)


def test_the_mean_is_of_all_tokens_of_a_text_and_of_no_padding(body, tokenizer):
    data = encode(TEST, tokenizer)
    vectors = frozen_vectors(body, tokenizer, data, mean=True, batch_size=13)
    body.eval()
    with torch.no_grad():
        alone = [body(**pad(tokenizer, [features])).last_hidden_state[0].mean(0) for features in data.features]
    body.train()
    assert len(set(data.lengths)) > 5
    assert_close(vectors, torch.stack(alone), rtol=1e-4, atol=1e-5)


def test_a_probe_finds_what_is_in_the_vectors_whatever_their_scale():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 2
    vectors = torch.randn(200, 7, generator=generator)
    vectors[:, 3] = 1e-4 * (vectors[:, 3] + 6 * labels)  # as small as it is telling
    vectors[:, 5] = 100 + 1e3 * vectors[:, 5]
    probe = linear_probe(vectors[:150], labels[:150])
    assert probe.score(vectors[150:].numpy(), labels[150:].numpy()) > 0.9


def test_a_probe_finds_nothing_in_noise():
    generator = torch.Generator().manual_seed(0)
    vectors, labels = torch.randn(1000, 7, generator=generator), torch.arange(1000) % 2
    probe = linear_probe(vectors[:500], labels[:500])
    four_sigma = 4 * (0.25 / 500) ** 0.5
    assert probe.score(vectors[500:].numpy(), labels[500:].numpy()) == pytest.approx(0.5, abs=four_sigma)


def test_a_probe_on_a_random_encoder_beats_the_majority_and_not_the_counted_words(body, tokenizer):
    train, test = (frozen_vectors(body, tokenizer, encode(data, tokenizer)) for data in (TRAIN, TEST))
    found = linear_probe(train, torch.tensor(TRAIN.labels)).score(test.numpy(), TEST.labels)
    assert majority(TRAIN, TEST) < found <= counted_words(TRAIN).score(TEST.texts, TEST.labels)
