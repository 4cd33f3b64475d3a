"""The best tags in the tiny world are those of every sentence written out, and a trained tagger comes near them."""

from collections import defaultdict
from itertools import product
from math import prod

import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.models import evaluating
from bertlab.small_bert.model import model_inputs
from bertlab.tinyworld import CLS, MASK, PAD, SEP, TAGS, Template, World, entity_tags, label_posterior
from bertlab.tinyworld.grammar import source_words
from bertlab.token_classification.tiny_entities import (
    EntityTask,
    TaggedSample,
    as_word_batch,
    figures_of,
    names_of,
    predicted_by,
    train_tagger,
)
from tests.encoders import assert_close

LEXICON = {
    "name": "georgia:2 anna",
    "surname": "brown:3 smith",
    "country": "georgia peru:2",
    "adj": "brown:2 big",
}
SENTENCES = [
    Template(3, "name[] surname[]? saw country[] ."),
    Template(2, "country[] saw adj[] dogs ."),
    Template(2, "adj[] adj[] dogs saw country[] and name[] ."),
    Template(1, "name[] [SEP] name[] surname[] ran ."),
]


@pytest.fixture(scope="module")
def small():
    return World(LEXICON, SENTENCES, [], {})


@pytest.fixture(scope="module")
def whole():
    sentences = World.default().sentences
    return sentences.only((entity_tags(sentences) > 0).any(1))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def written_out(world, seen):
    """The probability of each tag sequence, summed over all sentences of which `seen` shows what is not hidden."""
    tags, chances = entity_tags(world.sentences), defaultdict(float)
    for number, component in enumerate(world.sentences.components):
        words = [source_words(source, world.lexicon) for source in component.sources]
        for chosen in product(*words):
            ids = [CLS, *(world.words.index(word) for word in chosen), SEP]
            ids += [PAD] * (len(seen) - len(ids))
            if all(one == other or (other == MASK and one > MASK) for one, other in zip(ids, seen, strict=True)):
                chance = prod(own[word] for own, word in zip(words, chosen, strict=True))
                chances[tuple(tags[number].tolist())] += component.probability * chance
    return {own: chance / sum(chances.values()) for own, chance in chances.items()}


@pytest.mark.parametrize("hidden", [0.0, 0.5, 1.0])
def test_chances_and_best_tags_are_those_of_all_sentences_written_out(small, hidden):
    task = EntityTask(small.sentences, hidden)
    sample = task.draw(13, generator(1))
    posterior, best = task.tag_posterior(sample.input_ids), task.best(sample.input_ids)
    chances, sequences = task.sequence_posterior(sample.input_ids)
    for row, seen in enumerate(sample.input_ids.tolist()):
        expected = written_out(small, seen)
        found = {tuple(own): chance for own, chance in zip(sequences.tolist(), chances[row].tolist(), strict=True)}
        assert {own: chance for own, chance in found.items() if chance > 0} == pytest.approx(expected)
        assert expected[tuple(best.sequences[row].tolist())] == pytest.approx(max(expected.values()))
        for place in range(len(seen)):
            by_tag = [sum(c for own, c in expected.items() if own[place] == tag) for tag in range(len(TAGS))]
            assert posterior[row, place].tolist() == pytest.approx(by_tag)
            tag = best.words[row, place].item()
            assert (tag == IGNORED) == (seen[place] in (CLS, SEP, PAD))
            assert tag == IGNORED or by_tag[tag] == pytest.approx(max(by_tag))


def test_hidden_are_words_only_and_as_many_as_asked_for(whole):
    given = EntityTask(whole).draw(2_000, generator())
    sample = EntityTask(whole, 0.7).draw(2_000, generator())
    assert torch.equal(sample.tags, given.tags)
    words = given.tags != IGNORED
    assert torch.equal(sample.input_ids[~words], given.input_ids[~words])
    assert set(given.input_ids[~words].tolist()) == {CLS, SEP, PAD}
    assert (sample.input_ids == MASK)[words].double().mean().item() == pytest.approx(0.7, abs=0.02)
    assert torch.equal(sample.input_ids[sample.input_ids != MASK], given.input_ids[sample.input_ids != MASK])
    assert not (given.input_ids == MASK).any()


def test_without_hidden_words_it_is_the_posterior_of_a_label_and_never_wrong(whole):
    task = EntityTask(whole)
    sample = task.draw(37, generator())
    posterior = task.tag_posterior(sample.input_ids)
    for place in range(1, 7):
        there = sample.tags[:, place] != IGNORED
        expected = label_posterior(whole, sample.input_ids[there], task.tags[:, place], len(TAGS))
        assert_close(posterior[there, place], expected)
    for tags in task.best(sample.input_ids):
        assert torch.equal(tags, sample.tags)
        assert figures_of(sample, tags) == {"token accuracy": 1, "F1": 1, "sentences right": 1, "invalid": 0}


def test_each_best_is_best_at_its_own(whole):
    task = EntityTask(whole, 0.8)
    sample = task.draw(3_000, generator())
    words, sequences = (figures_of(sample, tags) for tags in task.best(sample.input_ids))
    assert 1 > words["token accuracy"] > sequences["token accuracy"] > 0.9
    assert words["sentences right"] < sequences["sentences right"] < 1
    expected = task.tag_posterior(sample.input_ids).max(2).values.sum() / (sample.tags != IGNORED).sum()
    assert words["token accuracy"] == pytest.approx(expected.item(), abs=0.01)


def test_what_cannot_be_read_is_refused(whole, small):
    ids = small.encode(["anna saw peru .", "dogs dogs dogs dogs"])
    with pytest.raises(ValueError, match=r"sentence 1 \(from 0\)"):
        EntityTask(small.sentences).tag_posterior(ids)


def test_only_words_are_given_to_the_tagger(small):
    task = EntityTask(small.sentences)
    sample = task.draw(37, generator(3))
    batch = as_word_batch(model_inputs(sample.input_ids), sample.tags)
    for ids, words, row, tags in zip(batch.word_ids, batch.words, sample.input_ids, sample.tags, strict=True):
        assert [place for place, word in enumerate(ids) if word is not None] == (tags >= 0).nonzero()[:, 0].tolist()
        assert [word for word in ids if word is not None] == list(words)
        assert len(ids) == len(row)
    assert any((row == SEP).sum() == 2 for row in sample.input_ids)
    assert names_of(sample.tags, sample.tags)[0] == [TAGS[tag] for tag in sample.tags[0].tolist() if tag >= 0]


def test_figures_count_sentences_and_broken_sequences():
    tags = torch.tensor([[IGNORED, 1, 2, 0, IGNORED], [IGNORED, 0, 3, IGNORED, IGNORED]])
    sample = TaggedSample(torch.zeros_like(tags), tags)
    found = torch.tensor([[0, 1, 2, 0, 4], [0, 0, 4, 1, 1]])
    assert figures_of(sample, found) == {
        "token accuracy": pytest.approx(4 / 5),
        "F1": pytest.approx(2 / 3),
        "sentences right": 0.5,
        "invalid": 0.5,
    }


@pytest.mark.parametrize("options", [{}, {"crf": True}, {"crf": True, "allowed": True}])
def test_a_short_training_comes_near_the_best(whole, options):
    task = EntityTask(whole, 0.5)
    sample = task.draw(300, generator(10))
    run = train_tagger(task, steps=50, seed=1, **options)
    before = figures_of(sample, predicted_by(run.model, sample))["F1"]
    run.finish()
    after = figures_of(sample, predicted_by(run.model, sample))
    best = figures_of(sample, task.best(sample.input_ids).words)
    assert before < 0.3
    assert 0.8 < after["F1"] < best["F1"] + 0.01
    assert (run.model.crf is not None) == ("crf" in options)
    assert not options.get("allowed") or after["invalid"] == 0


def test_a_seed_repeats_and_another_differs(whole):
    task = EntityTask(whole, 0.5)
    ends = [train_tagger(task, crf=True, steps=3, seed=seed).finish().losses for seed in (2, 2, 3)]
    assert ends[0] == ends[1] != ends[2]


def test_predictions_stand_where_the_words_are(whole):
    task = EntityTask(whole, 0.5)
    sample = task.draw(7, generator(4))
    tagger = train_tagger(task).model
    found = predicted_by(tagger.train(), sample)
    assert tagger.training
    assert torch.equal(found == IGNORED, sample.tags == IGNORED)
    with evaluating(tagger), torch.no_grad():
        hidden = tagger.bert(**model_inputs(sample.input_ids)).last_hidden_state
    expected = tagger.classifier(hidden).argmax(-1)
    assert torch.equal(found[found != IGNORED], expected[found != IGNORED])
