"""Both texts in one input: how many runs that takes, which label belongs to which pair, and that it learns."""

import math

import pytest
import torch
from torch.testing import assert_close
from transformers import BertForPreTraining

from bertlab.sentence_bert.cross_encoder import (
    cross_encoder,
    labeled_pairs,
    one_logit_loss,
    runs_needed,
    score_pairs,
    train_cross_encoder,
)
from bertlab.sentence_bert.triples import Triples
from tests.fine_tuning.toys import make_config, make_reviews

TEXTS = make_reviews(26).texts  # "awful" and "great" by turns
AWFUL, GREAT = TEXTS[::2], TEXTS[1::2]
TRIPLES = Triples(AWFUL, AWFUL[1:] + AWFUL[:1], GREAT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("checkpoint"))
    torch.manual_seed(0)
    BertForPreTraining(make_config(initializer_range=0.1)).save_pretrained(path)
    return path


def test_a_stranger_is_the_positive_of_another_anchor():
    triples = Triples(("a", "b", "c"), ("p", "q", "r"), ("x", "y", "z"))
    pairs = labeled_pairs(triples, strangers=True)
    assert pairs.texts[:3] == (("a", "p"), ("a", "x"), ("a", "q"))
    assert pairs.texts[-1] == ("c", "p")
    assert pairs.labels == (1, 0, 0) * 3


@pytest.mark.parametrize("texts", [0, 1, 2, 7, 13])
def test_all_with_all_takes_so_many_runs(texts):
    pairs = [(i, j) for i in range(texts) for j in range(i)]
    assert runs_needed(texts, cross=True) == len(pairs)
    assert runs_needed(texts, cross=False) == texts


def test_a_triple_gives_its_positive_first_and_then_its_negative():
    pairs = labeled_pairs(Triples(("a", "b"), ("p", "q"), ("n", "m")))
    assert pairs.texts == (("a", "p"), ("a", "n"), ("b", "q"), ("b", "m"))
    assert pairs.labels == (1, 0, 1, 0)
    assert len(pairs) == 2 * 2


def test_the_loss_is_that_of_one_logit():
    logits, labels = torch.tensor([[0.0], [2.0], [-1.0]]), torch.tensor([1, 0, 0])
    expected = (math.log(2) + math.log(1 + math.exp(2)) + math.log(1 + math.exp(-1))) / 3
    assert_close(one_logit_loss(logits, labels).item(), expected, rtol=1e-5, atol=1e-6)


def test_scores_are_those_of_a_plain_run_in_the_order_of_the_pairs(folder, tokenizer):
    model = cross_encoder(folder, seed=3, hidden_dropout_prob=0.5).train()
    first, second = TEXTS[:7], [*TEXTS[12:6:-1], "Rain."]
    scores = score_pairs(model, tokenizer, first, second)
    assert scores.shape == (7,)
    assert model.training
    model.eval()
    for number, pair in enumerate(zip(first, second, strict=True)):
        plain = model(**tokenizer(*pair, return_tensors="pt")).logits[0, 0]
        assert_close(scores[number], plain.detach(), rtol=1e-4, atol=1e-5)
    turned = score_pairs(model, tokenizer, second, first)
    assert (turned - scores).abs().max() > 1e-4  # which text comes first counts, as it does not for a cosine


def test_pairs_need_two_texts_each(folder, tokenizer):
    with pytest.raises(ValueError, match="shorter"):
        score_pairs(cross_encoder(folder, seed=0), tokenizer, ["Rain.", "Snow."], ["Hail."])


def test_the_seed_draws_the_head_alone(folder):
    models = [cross_encoder(folder, seed=seed) for seed in (0, 0, 1)]
    heads = [model.classifier.weight for model in models]
    assert heads[0].shape == (1, 24)
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    words = [model.bert.embeddings.word_embeddings.weight for model in models]
    assert torch.equal(words[0], words[2])


def test_the_loss_falls_and_the_positive_gets_the_higher_score(folder, tokenizer):
    model = cross_encoder(folder, seed=0)
    run = train_cross_encoder(model, tokenizer, TRIPLES, epochs=12, batch_size=8, lr=5e-3, seed=1)
    assert run.steps == 12 * 4
    losses = [loss for _, loss in run.losses]
    assert sum(losses[-4:]) < 0.7 * sum(losses[:4])
    better, worse = (score_pairs(model, tokenizer, AWFUL, texts) for texts in (TRIPLES.positives, TRIPLES.negatives))
    assert (better > worse).float().mean() > 0.7
