"""Wrong tags rise to the top of the list of suspects, and no sentence is judged by who was trained on it."""

from dataclasses import replace

import pytest
import torch

from bertlab.diagnosing_fine_tuning.noise import deal_folds, found_among, suspects
from bertlab.token_classification.label_errors import (
    differing_words,
    losses_of_words,
    out_of_fold_word_losses,
    rarest_types,
    sentence_losses,
    suspect_words,
)
from bertlab.token_classification.tagged import TaggedSentences, load_tagged
from bertlab.token_classification.tagger import Tagger, TaggerTraining, two_rates
from bertlab.token_classification.word_batches import encode_sentences
from tests.encoders import assert_close
from tests.token_classification.toys import NAMES, make_body, make_sentences


def test_each_sentence_is_judged_by_a_model_that_was_not_trained_on_it():
    data, calls = make_sentences(37), []

    def fit_losses(numbers, others):
        calls.append((numbers, others))
        return [[float(number)] * len(data.words[number]) for number in others]

    found = out_of_fold_word_losses(fit_losses, data, folds=4, seed=3)
    assert found == [[float(number)] * len(words) for number, words in enumerate(data.words)]
    assert [others for _, others in calls] == deal_folds(rarest_types(data), 4, 3)
    for numbers, others in calls:
        assert sorted([*numbers, *others]) == list(range(37))


def test_folds_are_dealt_by_the_rarest_type():
    words = (("a", "b"),) * 4
    tags = (("B-LOC", "O"), ("O", "O"), ("B-LOC", "B-PER"), ("I-LOC", "O"))
    assert rarest_types(TaggedSentences(words, tags, NAMES)) == [1, 0, 2, 1]


def test_a_sentence_has_the_highest_the_mean_or_the_summed_loss():
    losses = [[0.5, 2.0], [1.5], [1.0, 1.0, 1.0]]
    assert suspects(sentence_losses(losses)) == [0, 1, 2]
    assert suspects(sentence_losses(losses, "mean")) == [1, 0, 2]
    assert suspects(sentence_losses(losses, "sum")) == [2, 0, 1]
    assert_close(sentence_losses(losses, "mean"), torch.tensor([1.25, 1.5, 1.0]))
    assert suspect_words(losses)[:3] == [(0, 1), (1, 0), (2, 0)]
    assert len(suspect_words(losses)) == 6


def test_losses_do_not_depend_on_the_batches(tokenizer):
    data = encode_sentences(make_sentences(13), tokenizer)
    tagger = Tagger(make_body(dropout=0.1), NAMES)
    found = losses_of_words(tagger, tokenizer, data, batch_size=5)
    alone = [tagger.eval().word_losses(data.batch([i], tokenizer), data.labels_of([i]))[0] for i in range(13)]
    for one, other in zip(found, alone, strict=True):
        assert_close(torch.tensor(one), torch.tensor(other))


def test_planted_words_are_those_that_differ():
    checked, given = (load_tagged("entities", tag=tag)["train"] for tag in (None, 2))
    words = differing_words(given, checked)
    assert len({sentence for sentence, _ in words}) == 30
    assert all(given.tags[sentence][word] != checked.tags[sentence][word] for sentence, word in words)
    assert differing_words(checked, checked) == []
    with pytest.raises(ValueError, match="other sentences"):
        differing_words(given, checked.pick(range(359)))


def test_planted_tags_are_found_again(tokenizer):
    checked = make_sentences(80)
    planted = [3, 11, 20, 34, 41, 55, 62, 79]
    swap = {"B-PER": "B-LOC", "B-LOC": "B-PER", "I-LOC": "I-PER", "O": "O"}
    tags = [tuple(swap[tag] for tag in own) if i in planted else own for i, own in enumerate(checked.tags)]
    given = replace(checked, tags=tuple(tags))

    def fit_losses(numbers, others):
        torch.manual_seed(0)
        tagger = Tagger(make_body(), NAMES)
        train = encode_sentences(given.pick(numbers), tokenizer)
        groups = two_rates(tagger, 5e-3, new_lr=2e-2)
        run = TaggerTraining(tagger, tokenizer, train, epochs=8, batch_size=8, groups=groups)
        return losses_of_words(run.finish().model, tokenizer, encode_sentences(given.pick(others), tokenizer))

    losses = out_of_fold_word_losses(fit_losses, given, folds=3)
    assert found_among(suspects(sentence_losses(losses)), planted, first=8) >= 7
    assert set(suspect_words(losses)[:6]) <= set(differing_words(given, checked))
