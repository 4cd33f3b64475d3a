from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.training.batches import POOL, Batch
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.mixture import ChunkOrder, Mixture, share_out
from bertlab.training.recipe import Recipe, Text

TWO = Recipe((Text("a.txt", pairs=0.75), Text("b.txt", pairs=0.25, singles=1.0)), singles=0.2)


@pytest.fixture
def corpora(articles, tokenizer) -> dict[str, TokenizedCorpus]:
    """Text a: the articles on topics 0 to 19; text b: those on topics 20 to 39."""
    return {name: TokenizedCorpus.build(articles[i : i + 20], tokenizer) for name, i in (("a", 0), ("b", 20))}


@pytest.fixture
def mixture(corpora, tokenizer) -> Mixture:
    return Mixture(TWO, corpora, tokenizer, seq_len=37, batch_size=7, seed=5)


def original_ids(batch: Batch) -> torch.Tensor:
    return torch.where(batch.labels == IGNORED, batch.input_ids, batch.labels)


def assert_same(ours: Batch, theirs: Batch) -> None:
    for name, tensor in vars(ours).items():
        assert torch.equal(tensor, getattr(theirs, name)), name


@pytest.mark.parametrize(
    ("shares", "total", "counts"), [([0.5, 0.3, 0.2], 7, [4, 2, 1]), ([1.0, 1.0, 2.0], 9, [2, 2, 5]), ([3.0], 5, [5])]
)
def test_shares_become_whole_numbers_that_add_up(shares, total, counts):
    assert share_out(shares, total) == counts


def test_an_order_holds_every_chunk_once_an_epoch_and_is_the_same_however_one_comes_to_it(corpora):
    order = ChunkOrder(corpora["a"], 37, seed=3)
    epochs = [[tuple(chunk) for chunk in order.take(epoch * order.size, order.size)] for epoch in range(3)]
    assert len(set(epochs[0])) == order.size
    assert epochs[0] != epochs[1] != epochs[2]
    assert [tuple(chunk) for chunk in ChunkOrder(corpora["a"], 37, seed=3).take(order.size + 2, 3)] == epochs[1][2:5]
    assert [tuple(chunk) for chunk in order.take(1, 2)] == epochs[0][1:3]


def test_each_text_gives_its_share_of_pairs_and_strangers_come_from_the_same_text(mixture):
    from_a = pairs = 0
    for batch in islice(mixture.batches(), 2 * (POOL + 16)):
        for ids, label in zip(original_ids(batch), batch.next_sentence_label, strict=True):
            topics = [token - 66 for token in ids.tolist() if token >= 66]
            if label != IGNORED and topics:
                assert len({topic < 20 for topic in topics}) == 1
                from_a, pairs = from_a + (topics[0] < 20), pairs + 1
    assert from_a / pairs == pytest.approx(0.75, abs=0.02)


def test_singles_are_whole_sentences_of_their_texts_in_batches_of_their_own(mixture, corpora):
    b = corpora["b"]
    sentences = {tuple(b.ids[i:j].tolist()) for i, j in pairwise(b.sentence_starts)}
    kinds = []
    for batch in mixture[0]:
        alone = batch.next_sentence_label == IGNORED
        assert alone.all() or not alone.any()
        kinds.append(bool(alone.all()))
        if kinds[-1]:
            assert batch.input_ids.shape[0] == 7 * 37 // 32
            for ids, mask in zip(original_ids(batch), batch.attention_mask.bool(), strict=True):
                assert tuple(ids[mask].tolist()[1:-1]) in sentences
    assert sum(kinds) / len(kinds) == 0.2
    assert kinds != sorted(kinds)  # not all at the end


def test_skipping_gives_the_very_batch_that_comes_next_with_and_without_processes(mixture):
    batches = list(islice(mixture.batches(), 2 * (POOL + 16) + 3))
    for skip in (0, 1, POOL + 15, POOL + 16, 2 * (POOL + 16) + 2):
        assert_same(next(mixture.batches(skip)), batches[skip])
    ahead = islice(mixture.batches(3, workers=2), POOL + 20)
    for mine, theirs in zip(ahead, batches[3:], strict=False):
        assert_same(mine, theirs)


def test_another_seed_draws_other_batches(mixture, corpora, tokenizer):
    other = Mixture(TWO, corpora, tokenizer, seq_len=37, batch_size=7, seed=6)
    assert not torch.equal(original_ids(mixture[0][0]), original_ids(other[0][0]))


def test_a_compiled_model_gets_two_shapes_only(corpora, tokenizer):
    mixture = Mixture(TWO, corpora, tokenizer, seq_len=37, batch_size=7, fixed_width=True)
    assert {tuple(batch.input_ids.shape) for batch in mixture[0]} == {(7, 37), (8, 32)}


def test_no_sequence_is_longer_than_asked_and_hardly_any_is_padded(mixture):
    widths = {batch.input_ids.shape[1] for batch in mixture[0]}
    assert max(widths) == 37
    assert all(width % 8 == 0 or width == 37 for width in widths)
    assert np.mean([batch.attention_mask.float().mean() for batch in mixture[0]]) > 0.85


def test_a_list_without_order_gives_no_pairs(tokenizer):
    corpus = TokenizedCorpus.build([["Word1 word2."], ["Word3 word4."]], tokenizer)
    with pytest.raises(ValueError, match="list it under singles"):
        ChunkOrder(corpus, 37, seed=0)
