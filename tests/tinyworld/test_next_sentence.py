"""Next-sentence pairs, and the ideal reader's accuracy, against all pairs written out."""

from itertools import product

import pytest
import torch

from bertlab.tinyworld import PAD, SEP, World, best_accuracy, next_sentence_pairs, next_sentence_posterior
from bertlab.tinyworld.grammar import source_words
from bertlab.tinyworld.next_sentence import halves, partners
from tests.tinyworld.small import SMALL

SCHEMES = ["other topic", "same topic", "same template", "swapped"]
TEXTS = [
    "the dog sleeps . [SEP] dog runs .",
    "the sheep sleeps . [SEP] sheep run .",
    "dog sleeps . [SEP] the sheep sleeps .",
    "sheep ran . [SEP] the dog sleeps .",
    "the old dog ran . [SEP] big dogs run .",
]


def chance(component, half, text):
    """P(first or second sentence | component), from the lexicon alone."""
    cut = component.sources.index(("", "[SEP]"))
    sources = component.sources[:cut] if half == 0 else component.sources[cut + 1 :]
    words = text.split()
    if len(words) != len(sources):
        return 0.0
    product_of_words = 1.0
    for source, word in zip(sources, words, strict=True):
        product_of_words *= source_words(source, SMALL.lexicon).get(word, 0.0)
    return product_of_words


def by_hand(text, scheme):
    """P(next | pair), summed over all components and, for negatives, all pairs of components."""
    first, second = text.split(" [SEP] ")
    components = SMALL.discourses.components
    both = lambda a, b: sum(c.probability * chance(c, 0, a) * chance(c, 1, b) for c in components)  # noqa: E731
    yes = both(first, second)
    if scheme == "swapped":
        return yes / (yes + both(second, first))
    no = 0.0
    for c, d in product(components, components):
        kind = (lambda e: e.template) if scheme == "same template" else (lambda e: e.template.topic)
        fits = [e for e in components if (kind(e) == kind(c)) == (scheme != "other topic")]
        if d in fits:
            share = d.probability / sum(e.probability for e in fits)
            no += c.probability * chance(c, 0, first) * share * chance(d, 1, second)
    return yes / (yes + no)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_posterior_equals_summing_over_all_pairs_of_components(scheme):
    found = next_sentence_posterior(SMALL, SMALL.encode(TEXTS), scheme)
    expected = torch.tensor([by_hand(text, scheme) for text in TEXTS], dtype=torch.float64)
    torch.testing.assert_close(found, expected)
    if scheme != "swapped":
        assert ((found > 0.01) & (found < 0.99)).any()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_ideal_reader_is_as_often_right_as_it_expects(scheme):
    pairs = next_sentence_pairs(SMALL, 4000, scheme, torch.Generator().manual_seed(0))
    found = next_sentence_posterior(SMALL, pairs.input_ids, scheme)
    right = ((found < 0.5) == (pairs.labels == 1)).double()
    assert abs(right.mean() - best_accuracy(found)) < 4 * 0.5 / 4000**0.5
    follows = (pairs.labels == 0).double()
    assert abs((follows - found).mean()) < 4 * 0.5 / 4000**0.5  # calibrated
    assert found.isfinite().all()


def test_negatives_are_harder_to_tell_the_more_they_have_in_common():
    world = World.default()
    best = {}
    for scheme in SCHEMES:
        pairs = next_sentence_pairs(world, 1000, scheme, torch.Generator().manual_seed(0))
        best[scheme] = best_accuracy(next_sentence_posterior(world, pairs.input_ids, scheme))
    assert best["same topic"] < best["other topic"] - 0.02
    assert best["same template"] < best["same topic"] - 0.05
    assert best["swapped"] > 0.99


@pytest.mark.parametrize("scheme", SCHEMES)
def test_positives_are_discourses_and_half_of_all(scheme):
    world = World.default()
    pairs = next_sentence_pairs(world, 500, scheme, torch.Generator().manual_seed(1))
    possible = world.discourses.log_prob(pairs.input_ids).isfinite()
    assert possible[pairs.labels == 0].all()
    assert possible[pairs.labels == 1].double().mean() < 0.6
    assert abs(pairs.labels.double().mean() - 0.5) < 4 * 0.5 / 500**0.5


def test_token_types_are_one_from_the_word_after_the_first_sep_to_the_end():
    pairs = next_sentence_pairs(World.default(), 37, "other topic", torch.Generator().manual_seed(0))
    for ids, types in zip(pairs.input_ids.tolist(), pairs.token_type_ids.tolist(), strict=True):
        cut, length = ids.index(SEP) + 1, len(ids) - ids.count(PAD)
        assert types == [0] * cut + [1] * (length - cut) + [0] * (len(ids) - length)
        assert ids.count(SEP) == 2


def test_other_topics_are_other_and_the_same_are_the_same():
    world = World.default()
    first, second = halves(world.discourses)
    topics = [component.template.topic for component in world.discourses.components]
    kinds = sorted(set(topics))
    belongs = torch.tensor([[topic == kind for kind in kinds] for topic in topics])
    same = partners(world.discourses, "same topic") @ belongs.double()
    other = partners(world.discourses, "other topic") @ belongs.double()
    torch.testing.assert_close(same, belongs.double())
    assert (other[belongs] == 0).all()
    torch.testing.assert_close(other.sum(1), torch.ones(len(topics), dtype=torch.float64))
    assert first.emissions.shape == second.emissions.shape


def test_a_seed_repeats_the_pairs():
    ids = [next_sentence_pairs(SMALL, 7, "same topic", torch.Generator().manual_seed(s)).input_ids for s in (3, 3, 4)]
    assert torch.equal(ids[0], ids[1])
    assert not torch.equal(ids[0], ids[2])
