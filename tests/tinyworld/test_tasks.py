"""Labels are those of the hidden values, and the best accuracy is what an ideal reader gets."""

import pytest
import torch

from bertlab.tinyworld import TAGS, World, entity_tags, label_posterior, same_meaning_pairs, sentiments
from bertlab.tinyworld.templates import PARAPHRASES


@pytest.fixture(scope="module")
def world():
    return World.default()


def tag(mixture, world, text):
    """Return the likeliest tag of each word of a sentence, and how sure an ideal reader is."""
    ids, tags = world.encode([text]), entity_tags(mixture)
    positions = range(1, ids.shape[1] - 1)
    rows = [label_posterior(mixture, ids, tags[:, position], len(TAGS))[0].max(0) for position in positions]
    return [TAGS[row.indices] for row in rows], min(row.values.item() for row in rows)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("georgia smith lives in rome and speaks italian .", "B-PER I-PER O O B-LOC O O O O"),
        ("people in georgia speak georgian .", "O O B-LOC O O O"),
        ("the capital of jordan is amman .", "O O O B-LOC O B-LOC O"),
        ("new delhi is the capital of india .", "B-LOC I-LOC O O O O B-LOC O"),
        ("anna brown gave the ring to john .", "B-PER I-PER O O O O B-PER O"),
        ("the brown dog sleeps .", "O O O O O"),
    ],
)
def test_entities_by_hand(world, text, tags):
    assert tag(world.sentences, world, text) == (tags.split(), pytest.approx(1))


def test_special_tokens_have_no_tag(world):
    sample = world.discourses.sample(37, torch.Generator().manual_seed(0))
    tags = entity_tags(world.discourses)[sample.components]
    assert torch.equal(tags == -100, sample.input_ids < 4)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("the soup was good because it was warm .", 1),
        ("the soup was not good because it was cold .", 0),
        ("the film was not bad because it was funny .", 1),
        ("although the hotel was dirty it was good .", 1),
        ("anna did not love the film because it was boring .", 0),
    ],
)
def test_opinions_by_hand(world, text, label):
    labels = sentiments(world.sentences)
    found = label_posterior(world.sentences, world.encode([text]), labels, 2)[0]
    assert found[label].item() == pytest.approx(1)


def test_labels_of_opinions_are_balanced_and_an_ideal_reader_is_always_right(world):
    opinions = world.sentences.only(sentiments(world.sentences) != -100)
    sample = opinions.sample(500, torch.Generator().manual_seed(0))
    labels = sentiments(opinions)[sample.components]
    assert 0.4 < labels.double().mean() < 0.6
    assert torch.equal(label_posterior(opinions, sample.input_ids, sentiments(opinions), 2).argmax(1), labels)


def test_words_alone_do_not_tell_the_sentiment(world):
    """Each of these words occurs in both classes: negation and contrast must be read."""
    opinions = world.sentences.only(sentiments(world.sentences) != -100)
    labels = sentiments(opinions)
    for word in ("good", "bad", "not", "dirty", "because"):
        gives = (opinions.table[:, world.words.index(word)] > 0)[opinions.emissions].any(1)
        assert set(labels[gives].tolist()) == {0, 1}


def test_pairs_mean_the_same_or_swap_the_roles(world):
    pairs = same_meaning_pairs(world, 64, torch.Generator().manual_seed(0), PARAPHRASES[:1])
    assert pairs.labels.sum() == 32
    for first, second, label in zip(pairs.first, pairs.second, pairs.labels.tolist(), strict=True):
        _, agent, verb, _, patient, _ = first.split()
        subject, _, participle, _, _, by = second.split()[1:-1]
        assert participle == verb
        assert (subject, by) == ((patient, agent) if label else (agent, patient))
        assert agent != patient


def test_pairs_are_words_of_this_world_and_half_of_each(world):
    pairs = same_meaning_pairs(world, 37, torch.Generator().manual_seed(0))
    assert world.encode([*pairs.first, *pairs.second]).shape[0] == 74
    assert pairs.labels.sum() == 18
    assert all(sorted(a.split()) != sorted(b.split()) for a, b in zip(pairs.first, pairs.second, strict=True))


def test_a_seed_repeats_the_pairs(world):
    draw = [same_meaning_pairs(world, 7, torch.Generator().manual_seed(seed)).first for seed in (1, 1, 2)]
    assert draw[0] == draw[1] != draw[2]
