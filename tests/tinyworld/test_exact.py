"""What the ideal model says, against everything written out by hand."""

from itertools import product

import pytest
import torch

from bertlab.masked_language_modeling.masking import mask_tokens
from bertlab.tinyworld import MASK, SEP, Channel, World, corrupted_posterior, entropy, floor, next_word, posterior
from bertlab.tinyworld.brute_force import enumerate_sentences
from tests.tinyworld.small import CHANNELS, SMALL, corrupt

MIXTURE = SMALL.sentences
TEXTS = enumerate_sentences(MIXTURE, SMALL.lexicon)
EVERY = {tuple(SMALL.encode([text])[0].tolist()): probability for text, probability in TEXTS.items()}
"""Each sentence as ids, and its probability."""


def by_hand(likelihood, position, length):
    """Sum P(sentence) · likelihood(sentence) over all sentences of a length, for each word at a position."""
    total = torch.zeros(MIXTURE.vocab_size, dtype=torch.float64)
    for sentence, probability in EVERY.items():
        if len(sentence) == length:
            total[sentence[position]] += probability * likelihood(sentence)
    return total / total.sum()


@pytest.mark.parametrize("masks", [1, 2, 3])
def test_posterior_equals_summing_over_all_sentences(masks):
    ids = torch.tensor([list(sentence) for sentence in EVERY if len(sentence) == 7][:13])
    masked = torch.zeros(ids.shape, dtype=torch.bool)
    masked[:, 2 : 2 + masks] = True
    expected = [
        by_hand(
            lambda other, row=row: all(
                a == b for i, (a, b) in enumerate(zip(other, row, strict=True)) if not masked[0, i]
            ),
            position,
            7,
        )
        for row in ids.tolist()
        for position in range(2, 2 + masks)
    ]
    torch.testing.assert_close(posterior(MIXTURE, ids, masked), torch.stack(expected))


def test_what_stands_in_a_gap_is_not_read():
    ids = SMALL.encode(["the dog sleeps .", "the old sheep run ."])
    masked = torch.zeros(ids.shape, dtype=torch.bool)
    masked[:, 2] = True
    assert torch.equal(posterior(MIXTURE, ids, masked), posterior(MIXTURE, ids.masked_fill(masked, MASK), masked))


@pytest.mark.parametrize("name", CHANNELS)
def test_corrupted_posterior_equals_summing_over_all_sentences_and_selections(name):
    channel = CHANNELS[name]
    ids = MIXTURE.sample(60, torch.Generator().manual_seed(1)).input_ids
    corrupted, labels = corrupt(ids, channel, MIXTURE.vocab_size, seed=2)
    selected = labels >= 0
    expected = []
    for row, position in selected.nonzero().tolist():
        length = int((ids[row] != 0).sum())
        read = corrupted[row, :length].tolist()
        expected.append(
            by_hand(lambda s, r=read, p=position: corruption_probability(s, r, p, channel), position, length)
        )
    found = corrupted_posterior(MIXTURE, corrupted, selected, channel)
    assert len(found) > 20
    torch.testing.assert_close(found, torch.stack(expected))


def corruption_probability(original, read, position, channel):
    """P(read, position selected | original): the sum over every selection of words that includes the position."""
    ordinary = [i for i, word in enumerate(original) if word >= 4]
    if position not in ordinary or any(original[i] != read[i] for i in range(len(read)) if i not in ordinary):
        return 0.0
    keep = 1 - channel.mask_share - channel.random_share
    total = 0.0
    for selection in product([False, True], repeat=len(ordinary)):
        if not selection[ordinary.index(position)]:
            continue
        chance = 1.0
        for i, chosen in zip(ordinary, selection, strict=True):
            if chosen:
                same, mask = read[i] == original[i], read[i] == MASK
                random = channel.random_share / MIXTURE.vocab_size
                chance *= channel.rate * (channel.mask_share * mask + random + max(keep, 0.0) * same)
            else:
                chance *= (1 - channel.rate) * (read[i] == original[i])
        total += chance
    return total


def test_next_word_equals_summing_over_all_sentences_that_begin_so():
    ids = MIXTURE.sample(13, torch.Generator().manual_seed(3)).input_ids
    longest = ids.shape[1]
    found = next_word(MIXTURE, ids)
    for row in range(13):
        for position in range(longest - 1):
            expected = torch.zeros(MIXTURE.vocab_size, dtype=torch.float64)
            for sentence, probability in EVERY.items():
                padded = sentence + (0,) * (longest - len(sentence))
                if padded[: position + 1] == tuple(ids[row, : position + 1].tolist()):
                    expected[padded[position + 1]] += probability
            torch.testing.assert_close(found[row, position], expected / expected.sum())


@pytest.mark.parametrize("mixture", ["sentences", "discourses"])
def test_the_chain_rule_gives_the_probability_of_the_sentence(mixture):
    mixture = getattr(World.default(), mixture)
    ids = mixture.sample(37, torch.Generator().manual_seed(0)).input_ids
    chain = next_word(mixture, ids)[:, :-1].gather(2, ids[:, 1:, None]).log().sum((1, 2))
    torch.testing.assert_close(chain, mixture.log_prob(ids))


def test_all_predictions_sum_to_one():
    mixture = World.default().sentences
    ids = mixture.sample(32, torch.Generator().manual_seed(0)).input_ids
    corrupted, labels = corrupt(ids, Channel(), mixture.vocab_size)
    rows = [posterior(mixture, ids, labels >= 0), corrupted_posterior(mixture, corrupted, labels >= 0)]
    rows.append(next_word(mixture, ids).flatten(0, 1))
    for found in rows:
        torch.testing.assert_close(found.sum(1), torch.ones(len(found), dtype=torch.float64))
        assert (found >= 0).all()


@pytest.mark.parametrize("name", CHANNELS)
def test_the_ideal_models_loss_is_its_entropy_on_average(name):
    """A model that is calibrated is right as often as it says: the check by Monte-Carlo, within four errors."""
    world = World.default()
    ids = world.sentences.sample(3000, torch.Generator().manual_seed(5)).input_ids
    corrupted, labels = corrupt(ids, CHANNELS[name], world.sentences.vocab_size, seed=6)
    best = floor(world.sentences, corrupted, labels, CHANNELS[name])
    assert abs(best.loss - best.entropy) < 4 * best.standard_error
    assert 0.001 < best.standard_error < 0.05


def test_no_prediction_of_the_gap_is_likelier_than_its_frequency_by_sampling():
    """Among many sentences that look the same around a gap, words occur as often as the posterior says."""
    ids = MIXTURE.sample(40_000, torch.Generator().manual_seed(7)).input_ids
    gap = SMALL.encode(["the [MASK] sleep ."])
    like = (ids[:, :5] == gap[0, :5]) | (gap[0, :5] == MASK)
    drawn = ids[like.all(1) & (ids[:, 5] == SEP), 2]
    expected = posterior(MIXTURE, gap, gap == MASK)[0] * len(drawn)
    counts = torch.bincount(drawn, minlength=len(expected)).double()
    possible = expected > 0
    assert counts[~possible].sum() == 0
    assert ((counts - expected)[possible] ** 2 / expected[possible]).sum() < 10.8  # chi-square, 1 degree, p = 0.001
    assert possible.sum() == 2


def test_the_floor_reads_what_mask_tokens_writes():
    world = World.default()
    generator = torch.Generator().manual_seed(0)
    ids = world.sentences.sample(500, generator).input_ids
    size = world.sentences.vocab_size
    corrupted, labels = mask_tokens(ids, ids < MASK, mask_token_id=MASK, vocab_size=size, generator=generator)
    best = floor(world.sentences, corrupted, labels)
    assert best.loss == pytest.approx(best.losses.mean().item())
    assert len(best.losses) == (labels >= 0).sum()
    assert 0.5 < best.loss < 1.6


def test_a_word_that_cannot_stand_there_is_known_to_be_replaced():
    ids = SMALL.encode(["the sleeps sleeps ."])
    selected = torch.zeros(ids.shape, dtype=torch.bool)
    selected[0, 2] = True
    best = corrupted_posterior(SMALL.sentences, ids, selected)[0]
    assert {SMALL.words[word] for word in best.topk(2).indices.tolist()} == {"dog", "sheep"}


def test_entropy_in_nats():
    found = entropy(torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.25, 0.5, 0.25]], dtype=torch.float64))
    torch.testing.assert_close(found, torch.tensor([0.6931, 0.0, 1.0397], dtype=torch.float64), atol=1e-4, rtol=0)


def test_impossible_sentences_are_named():
    ids = SMALL.encode(["the dog [MASK] .", "the dogs sleeps [MASK] ."])
    with pytest.raises(ValueError, match="sentence 1 "):
        posterior(MIXTURE, ids, ids == MASK)
    with pytest.raises(ValueError, match="sentence 0 "):
        next_word(MIXTURE, SMALL.encode(["dog the"]))
    with pytest.raises(ValueError, match="no position is selected"):
        floor(MIXTURE, ids, torch.full_like(ids, -100))


def test_nothing_masked_gives_nothing():
    ids = SMALL.encode(["the dog sleeps ."])
    assert posterior(MIXTURE, ids, ids == MASK).shape == (0, MIXTURE.vocab_size)


def test_sentences_do_not_depend_on_their_neighbors_nor_on_the_size_of_a_chunk(monkeypatch):
    ids = MIXTURE.sample(37, torch.Generator().manual_seed(0)).input_ids
    masked = ids > 6
    whole = posterior(MIXTURE, ids, masked)
    monkeypatch.setattr("bertlab.tinyworld.exact.CHUNK", 7)
    assert len(whole) > 14
    torch.testing.assert_close(posterior(MIXTURE, ids, masked), whole)
