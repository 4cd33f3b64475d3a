from itertools import islice

import numpy as np
import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.training.batches import Batch, group_by_length, held_out_batches, lay_out
from bertlab.training.pairs import Pair, single


def original_ids(batch: Batch) -> torch.Tensor:
    """What stood there before masking."""
    return torch.where(batch.labels == IGNORED, batch.input_ids, batch.labels)


def take(corpus, tokenizer, number: int, **options) -> list[Batch]:
    shape = {"seq_len": 37, "batch_size": 7} | options
    return list(islice(held_out_batches(corpus, tokenizer, **shape), number))


def assert_same(ours: Batch, theirs: Batch) -> None:
    for name, tensor in vars(ours).items():
        assert torch.equal(tensor, getattr(theirs, name)), name


def test_a_pair_is_laid_out_as_bert_reads_it(tokenizer):
    pairs = [Pair(np.array([10, 11]), np.array([12]), 0), Pair(np.array([13]), np.array([14, 15, 16]), 1)]
    batch = lay_out(pairs, tokenizer, rate=0.0)
    assert batch.input_ids.tolist() == [[2, 10, 11, 3, 12, 3, 0], [2, 13, 3, 14, 15, 16, 3]]
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1, 1]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]]
    assert batch.next_sentence_label.tolist() == [0, 1]
    assert (batch.labels == IGNORED).all()


def test_a_sentence_alone_has_no_second_part_and_no_label(tokenizer):
    batch = lay_out([single(np.array([10, 11]))], tokenizer, rate=0.0)
    assert batch.input_ids.tolist() == [[2, 10, 11, 3]]
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 0]]
    assert batch.next_sentence_label.tolist() == [IGNORED]


def test_rows_can_be_padded_to_one_width(tokenizer):
    batch = lay_out([single(np.array([10, 11]))], tokenizer, rate=0.0, width=7)
    assert batch.input_ids.tolist() == [[2, 10, 11, 3, 0, 0, 0]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1, 0, 0, 0]]


def test_special_tokens_and_padding_are_never_selected(corpus, tokenizer):
    for batch in take(corpus, tokenizer, 5, rate=1.0):
        ordinary = ~torch.isin(original_ids(batch), torch.tensor([0, 2, 3]))
        assert torch.equal(batch.labels != IGNORED, ordinary)


@pytest.mark.parametrize("seq_len", [13, 37, 128])
def test_no_sequence_is_longer_than_asked(corpus, tokenizer, seq_len):
    lengths = [batch.input_ids.shape[1] for batch in take(corpus, tokenizer, 20, seq_len=seq_len)]
    assert max(lengths) == seq_len


def test_batches_hold_examples_of_like_length():
    rng = np.random.default_rng(0)
    pairs = [single(np.arange(length)) for length in rng.permutation(21)]
    assert [[len(pair.a) for pair in batch] for batch in group_by_length(pairs, 7)] == [
        list(range(7)),
        list(range(7, 14)),
        list(range(14, 21)),
    ]


def test_the_length_of_a_pair_does_not_tell_its_label(corpus, tokenizer):
    batches = [batch for seed in range(8) for batch in take(corpus, tokenizer, 99, seed=seed)]
    labels = torch.cat([batch.next_sentence_label for batch in batches])
    lengths = torch.cat([batch.attention_mask.sum(1) for batch in batches])
    guesses = torch.stack([lengths >= threshold for threshold in range(3, 39)])
    accuracy = (guesses == labels.bool()).float().mean(1)
    assert 0.42 < accuracy.min() <= accuracy.max() < 0.58


def test_the_same_seed_draws_the_same_batches_and_another_seed_others(corpus, tokenizer):
    ours, again, other = (take(corpus, tokenizer, 3, seed=seed) for seed in (5, 5, 6))
    assert len(ours) == 3
    for mine, repeated in zip(ours, again, strict=True):
        assert_same(mine, repeated)
    assert not torch.equal(original_ids(ours[0])[:, :9], original_ids(other[0])[:, :9])


def test_processes_share_a_batch_out_without_loss(corpus, tokenizer):
    [batch] = take(corpus, tokenizer, 1)
    parts = [batch.part(rank, 3) for rank in range(3)]
    assert [len(part.input_ids) for part in parts] == [3, 2, 2]
    rows = torch.cat([part.input_ids for part in parts])
    assert sorted(rows.tolist()) == sorted(batch.input_ids.tolist())


def test_text_too_short_for_a_batch_is_refused_and_says_why(corpus, tokenizer):
    with pytest.raises(ValueError, match="a batch needs 9999"):
        take(corpus, tokenizer, 1, batch_size=9999)
