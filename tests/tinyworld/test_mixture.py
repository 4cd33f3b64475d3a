"""Sampling and probabilities of the mixture, against every sentence of a small language written out."""

import pytest
import torch

from bertlab.tinyworld import PAD, SEP, World, enumerate_sentences
from tests.tinyworld.small import SMALL

MIXTURE = SMALL.sentences
TEXTS = enumerate_sentences(MIXTURE, SMALL.lexicon)


def test_probabilities_equal_those_of_all_sentences_written_out_and_sum_to_one():
    found = MIXTURE.log_prob(SMALL.encode(list(TEXTS))).exp()
    torch.testing.assert_close(found, torch.tensor(list(TEXTS.values()), dtype=torch.float64))
    assert found.sum().item() == pytest.approx(1)


def test_one_sentence_by_hand():
    """Sheep is singular with 2/3: template 3/6, no adjective 1/2, sheep 1/3, sleeps 3/4."""
    found = MIXTURE.log_prob(SMALL.encode(["the sheep sleeps ."])).exp().item()
    assert found == pytest.approx(3 / 6 * 1 / 2 * 2 / 3 * 1 / 3 * 3 / 4)


def test_samples_are_as_frequent_as_their_probability():
    n = 100_000
    texts = SMALL.decode(MIXTURE.sample(n, torch.Generator().manual_seed(0)).input_ids)
    counts = dict.fromkeys(TEXTS, 0)
    for text in texts:
        counts[text] += 1  # KeyError for one that the language does not have
    expected = {text: n * probability for text, probability in TEXTS.items()}
    chi_square = sum((counts[text] - expected[text]) ** 2 / expected[text] for text in TEXTS)
    degrees = len(TEXTS) - 1
    assert degrees > 30
    assert abs(chi_square - degrees) < 4 * (2 * degrees) ** 0.5


def test_components_are_those_the_sentences_came_from():
    sample = MIXTURE.sample(500, torch.Generator().manual_seed(0))
    evidence = MIXTURE.component_log_probs(MIXTURE.log_likelihoods(sample.input_ids))
    assert evidence.gather(1, sample.components[:, None]).isfinite().all()
    lengths = (sample.input_ids != PAD).sum(1)
    assert torch.equal(lengths, MIXTURE.lengths[sample.components])


def test_sentences_that_the_language_lacks_have_probability_zero():
    texts = ["the dog sleep .", "dog", "the dog sleeps", "sleeps dog the .", "the dog sleeps . . . . . . . . . ."]
    assert MIXTURE.log_prob(SMALL.encode(texts)).tolist() == [-torch.inf] * 5


def test_words_after_the_longest_sentence_make_it_impossible():
    ids = SMALL.encode(["the dog near sheep sleeps ."])
    assert ids.shape[1] == MIXTURE.emissions.shape[1]
    assert MIXTURE.log_prob(ids).isfinite().all()
    assert MIXTURE.log_prob(torch.cat([ids, ids[:, 2:3]], dim=1)).tolist() == [-torch.inf]


def test_padding_does_not_change_a_probability():
    ids = SMALL.encode(["the dog sleeps ."])
    padded = torch.nn.functional.pad(ids, (0, 13), value=PAD)
    torch.testing.assert_close(MIXTURE.log_prob(padded), MIXTURE.log_prob(ids))


def test_a_seed_repeats_the_sample_and_another_does_not():
    draw = lambda seed: MIXTURE.sample(37, torch.Generator().manual_seed(seed)).input_ids  # noqa: E731
    assert torch.equal(draw(7), draw(7))
    assert not torch.equal(draw(7), draw(8))


def test_a_part_of_the_language_is_the_language_given_that_part():
    chosen = MIXTURE.lengths == 6
    part, share = MIXTURE.only(chosen), MIXTURE.weights[chosen].sum()
    ids = SMALL.encode(["the sheep sleeps .", "the dog near sheep sleeps ."])
    given = MIXTURE.log_prob(ids[:1]) - share.log()
    torch.testing.assert_close(part.log_prob(ids), torch.cat([given, torch.tensor([-torch.inf]).double()]))
    assert len(part.components) == chosen.sum()


def test_only_the_markers_are_special():
    special = MIXTURE.special[MIXTURE.emissions]
    ids = MIXTURE.draw_words(torch.arange(len(MIXTURE.weights)))
    assert torch.equal(special, ids < 4)
    assert (ids == SEP).sum(1).max() == 2


def test_the_default_languages_give_their_own_samples_a_probability():
    world = World.default()
    for mixture in (world.sentences, world.discourses):
        ids = mixture.sample(500, torch.Generator().manual_seed(0)).input_ids
        assert mixture.log_prob(ids).isfinite().all()
        assert mixture.weights.sum().item() == pytest.approx(1)
        torch.testing.assert_close(mixture.table.sum(1), torch.ones(len(mixture.table), dtype=torch.float64))


def test_too_many_sentences_are_not_written_out():
    world = World.default()
    with pytest.raises(ValueError, match="too many to write out"):
        enumerate_sentences(world.sentences, world.lexicon)
