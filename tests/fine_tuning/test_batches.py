"""Batches hold each text once an epoch, texts of like length together, with as little padding as that leaves."""

import pytest
import torch
from torch.testing import assert_close

from bertlab.fine_tuning.batches import encode, length_sorted_batches, pad, padding_share
from bertlab.fine_tuning.labeled import LabeledTexts

TEXTS = LabeledTexts(("So good!", "Unbelievably, it was not that bad at all.", "Bad."), (1, 1, 0), ("bad", "good"))
PAIRS = LabeledTexts((("She ran.", "She moved."), ("He slept all day long.", "He ran.")), (1, 0), ("no", "yes"))
LENGTHS = torch.randint(4, 61, (437,), generator=torch.Generator().manual_seed(0)).tolist()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_texts_are_tokenized_as_by_the_library_and_not_padded(tokenizer):
    encoded = encode(TEXTS, tokenizer)
    assert encoded.features == [dict(tokenizer(text)) for text in TEXTS.texts]
    assert encoded.labels.tolist() == [1, 1, 0]
    assert encoded.lengths == [len(tokenizer(text)["input_ids"]) for text in TEXTS.texts]
    assert len(set(encoded.lengths)) == 3


def test_pairs_have_their_segments(tokenizer):
    features = encode(PAIRS, tokenizer).features[0]
    tokens = tokenizer.convert_ids_to_tokens(features["input_ids"])
    assert tokens == ["[CLS]", "she", "ran", ".", "[SEP]", "she", "moved", ".", "[SEP]"]
    assert features["token_type_ids"] == [0] * 5 + [1] * 4


def test_what_is_too_long_is_cut(tokenizer):
    long = LabeledTexts(("word " * 200, "short"), (0, 1), ("no", "yes"))
    assert encode(long, tokenizer).lengths == [128, 3]
    assert encode(long, tokenizer, max_length=7).lengths == [7, 3]
    assert encode(PAIRS, tokenizer, max_length=7).lengths == [7, 7]
    assert encode(long, tokenizer, 7).features[0]["input_ids"][-1] == tokenizer.sep_token_id


def test_a_batch_is_padded_to_its_longest_as_by_the_library(tokenizer):
    batch = pad(tokenizer, encode(TEXTS, tokenizer).features)
    expected = tokenizer(list(TEXTS.texts), padding=True, return_tensors="pt")
    assert set(batch) == set(expected)
    for name, tensor in batch.items():
        assert_close(tensor, expected[name])
    assert (batch["attention_mask"] == 0).any()


@pytest.mark.parametrize("pool", [1, 8, 100])
def test_each_text_is_in_one_batch_of_an_epoch(pool):
    batches = length_sorted_batches(LENGTHS, 13, seeded(), pool)
    assert sorted(number for batch in batches for number in batch) == list(range(437))
    assert len(batches) == 34
    assert sorted(map(len, batches)) == [8] + [13] * 33


def test_the_example_of_the_docstring():
    for seed in range(7):
        batches = length_sorted_batches([5, 40, 6, 38], 2, seeded(seed))
        assert sorted(map(sorted, batches)) == [[0, 2], [1, 3]]


def test_batches_of_a_pool_do_not_overlap_in_length():
    batches = sorted(length_sorted_batches(LENGTHS, 13, seeded(), pool=100), key=lambda batch: LENGTHS[batch[0]])
    lengths = [LENGTHS[number] for batch in batches for number in batch]
    assert lengths == sorted(LENGTHS)


def test_a_pool_saves_padding_and_one_of_a_single_batch_sorts_nothing_across():
    alone, pooled = (length_sorted_batches(LENGTHS, 13, seeded(), pool) for pool in (1, 8))
    order = torch.randperm(437, generator=seeded()).tolist()
    chunks = {frozenset(order[start : start + 13]) for start in range(0, 437, 13)}
    assert {frozenset(batch) for batch in alone} == chunks
    assert padding_share(LENGTHS, alone) > 3 * padding_share(LENGTHS, pooled) > 0


def test_batches_come_in_no_order_of_length_and_each_epoch_has_its_own():
    generator = seeded()
    first, second = (length_sorted_batches(LENGTHS, 13, generator) for _ in range(2))
    assert first != second
    assert first == length_sorted_batches(LENGTHS, 13, seeded())
    longest = [max(LENGTHS[number] for number in batch) for batch in length_sorted_batches(LENGTHS, 13, seeded(), 100)]
    assert longest not in (sorted(longest), sorted(longest, reverse=True))


@pytest.mark.parametrize(("batch_size", "pool"), [(0, 8), (13, 0), (-1, 1)])
def test_sizes_that_are_not_positive_are_refused(batch_size, pool):
    with pytest.raises(ValueError, match=f"must be at least 1, not {batch_size} and {pool}"):
        length_sorted_batches(LENGTHS, batch_size, seeded(), pool)


def test_the_share_of_padding_is_what_the_mask_says(tokenizer):
    encoded = encode(TEXTS, tokenizer)
    mask = pad(tokenizer, encoded.features)["attention_mask"]
    assert padding_share(encoded.lengths, [[0, 1, 2]]) == pytest.approx((mask == 0).float().mean().item())
    assert padding_share(encoded.lengths, [[number] for number in range(3)]) == 0
    assert padding_share([2, 4, 9], iter([(0, 1)])) == 0.25
