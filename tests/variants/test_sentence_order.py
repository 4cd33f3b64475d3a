"""Sentence order: batches, loss, and the best accuracy against all pairs written out."""

from collections import Counter
from itertools import product

import pytest
import torch
from transformers import AlbertConfig

from bertlab.next_sentence_prediction import POSITIONS, nsp_batch
from bertlab.tinyworld import Template, World, best_accuracy, next_sentence_pairs, next_sentence_posterior
from bertlab.tinyworld.brute_force import enumerate_sentences
from bertlab.tinyworld.next_sentence import halves
from bertlab.variants.albert import AlbertForPreTraining
from bertlab.variants.sentence_order import (
    best_by_one_sentence,
    day_world,
    every_sentence,
    exact_best_accuracy,
    joint_chances,
    sop_batch,
    sop_loss,
)
from tests.tinyworld.small import LEXICON, SMALL

DIARY = World(
    {**LEXICON, "any": "ate:2 woke slept"},
    [],
    [
        Template(3, "he slept . [SEP] he woke .", "day"),
        Template(2, "he woke . [SEP] he ate .", "day"),
        Template(3, "he ate . [SEP] he slept .", "day"),
        Template(2, "he any[] . [SEP] he any[] .", "day"),
        Template(1, "she slept . [SEP] dogs ate .", "farm"),
    ],
    {},
)
"""A world where a sentence may stand first and second, and only both together tell the order."""


def pairs_of(world):
    """The probability of each pair of sentences that follow each other."""
    found = enumerate_sentences(world.discourses, world.lexicon)
    return {tuple(text.split(" [SEP] ")): chance for text, chance in found.items()}


@pytest.mark.parametrize("world", [SMALL, DIARY], ids=["small", "diary"])
class TestBestAccuracy:
    def test_swapped_against_all_pairs(self, world):
        follows = pairs_of(world)
        pairs = {*follows, *((b, a) for a, b in follows)}
        expected = sum(max(follows.get((a, b), 0), follows.get((b, a), 0)) for a, b in pairs) / 2
        assert exact_best_accuracy(world, "swapped") == pytest.approx(expected)
        assert 0.5 < expected < 1

    def test_one_sentence_against_all_sentences(self, world):
        leads, follows = Counter(), Counter()
        for (a, b), chance in pairs_of(world).items():
            leads[a] += chance
            follows[b] += chance
        expected = sum(max(leads[text], follows[text]) for text in leads | follows) / 2
        assert best_by_one_sentence(world) == pytest.approx(expected)
        assert best_by_one_sentence(world) <= exact_best_accuracy(world, "swapped") + 1e-12

    @pytest.mark.parametrize("negatives", ["other topic", "same topic"])
    def test_next_sentence_against_all_pairs(self, world, negatives):
        parts = [
            (component, pairs_of(World(world.lexicon, [], [component.template], world.priors)))
            for component in {c.template: c for c in world.discourses.components}.values()
        ]
        weights = {c.template: c.template.weight / sum(t.weight for t in world.discourse_templates) for c, _ in parts}
        does_not = Counter()
        for (one, its), (other, theirs) in product(parts, parts):
            fits = [c for c, _ in parts if (c.template.topic == one.template.topic) == (negatives == "same topic")]
            if any(other.template == c.template for c in fits):
                share = weights[other.template] / sum(weights[c.template] for c in fits)
                for (a, p), (b, q) in product(_marginal(its, 0).items(), _marginal(theirs, 1).items()):
                    does_not[a, b] += weights[one.template] * p * share * q
        follows = pairs_of(world)
        expected = sum(max(follows.get(pair, 0), does_not[pair]) for pair in {*follows, *does_not}) / 2
        assert exact_best_accuracy(world, negatives) == pytest.approx(expected)

    @pytest.mark.parametrize("negatives", ["other topic", "same topic", "same template", "swapped"])
    def test_it_is_the_mean_of_what_is_expected_of_drawn_pairs(self, world, negatives):
        pairs = next_sentence_pairs(world, 4000, negatives, torch.Generator().manual_seed(0))
        drawn = best_accuracy(next_sentence_posterior(world, pairs.input_ids, negatives))
        assert abs(exact_best_accuracy(world, negatives) - drawn) < 4 * 0.5 / 4000**0.5

    def test_every_sentence_is_there_once_and_together_they_are_certain(self, world):
        for place, half in enumerate(halves(world.discourses)):
            ids = every_sentence(half)
            assert len(ids) == len({pair[place] for pair in pairs_of(world)})
            assert joint_chances(half, ids).sum().item() == pytest.approx(1)


def _marginal(pairs, place):
    found = Counter()
    for pair, chance in pairs.items():
        found[pair[place]] += chance
    return found


def test_in_a_round_of_sentences_both_tell_all_and_one_tells_nothing():
    assert best_by_one_sentence(day_world()) == pytest.approx(0.5)
    assert exact_best_accuracy(day_world(), "swapped") == 1
    assert best_by_one_sentence(DIARY) < exact_best_accuracy(DIARY, "swapped") - 0.1


def test_the_day_goes_round():
    world = day_world()
    texts = world.decode(world.discourses.sample(200, torch.Generator().manual_seed(0)).input_ids)
    turns = {tuple(sentence.split()[1] for sentence in text.split(" [SEP] ")) for text in texts}
    assert ("woke", "ate") in turns
    assert ("ate", "woke") not in turns
    assert (
        {first for first, _ in turns}
        == {second for _, second in turns}
        == {"slept", "rested", "woke", "rose", "ate", "drank"}
    )


def test_in_the_tiny_world_order_shows_in_one_sentence():
    world = World.default()
    first, second = (every_sentence(half) for half in halves(world.discourses))
    assert {*map(tuple, first.tolist())}.isdisjoint(map(tuple, second.tolist()))
    assert best_by_one_sentence(world) == exact_best_accuracy(world, "swapped") == 1


@pytest.mark.parametrize(("negatives", "best"), [("other topic", 1.0), ("same topic", 0.9610)])
def test_the_other_tasks_of_the_tiny_world(negatives, best):
    assert exact_best_accuracy(World.default(), negatives) == pytest.approx(best, abs=1e-4)


def test_a_batch_holds_the_same_two_sentences_in_either_order():
    world = World.default()
    batch = sop_batch(world, 200, seed=0)
    swapped = batch["sentence_order_label"] == 1
    possible = world.discourses.log_prob(batch["input_ids"]).isfinite()
    assert torch.equal(possible, ~swapped)
    assert 60 < swapped.sum() < 140
    assert batch.keys() - {"sentence_order_label"} == nsp_batch(world, 7, 0, "other topic").keys() - {"next_labels"}
    assert torch.equal(batch["input_ids"], sop_batch(world, 200, seed=0)["input_ids"])
    assert not torch.equal(batch["input_ids"][:, :9], sop_batch(world, 200, seed=1)["input_ids"][:, :9])


def test_the_loss_is_that_of_the_order_head_and_can_be_learned():
    world, config = World.default(), {"embedding_size": 16, "hidden_size": 32, "num_attention_heads": 4}
    torch.manual_seed(0)
    sizes = {"num_hidden_layers": 2, "intermediate_size": 37, "max_position_embeddings": POSITIONS}
    model = AlbertForPreTraining(
        AlbertConfig(vocab_size=len(world.words), classifier_dropout_prob=0.0, **config, **sizes)
    )
    batch = sop_batch(world, 64, seed=0)
    assert sop_loss(model, batch).item() == pytest.approx(0.693, abs=0.05)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(30):
        optimizer.zero_grad()
        sop_loss(model, batch).backward()
        optimizer.step()
    assert sop_loss(model, batch).item() < 0.3
