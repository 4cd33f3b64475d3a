from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from bertlab.constants import IGNORED
from bertlab.training.batches import Batch, Pair, draw_pair, gather_chunks, lay_out, plan_epoch, stream_batches
from bertlab.training.corpus import TokenizedCorpus


def original_ids(batch: Batch) -> torch.Tensor:
    """What stood there before masking."""
    return torch.where(batch.labels == IGNORED, batch.input_ids, batch.labels)


def take(corpus, tokenizer, number: int, **options) -> list[Batch]:
    shape = {"seq_len": 37, "batch_size": 7} | options
    return list(islice(stream_batches(corpus, tokenizer, **shape), number))


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
    batch = lay_out([Pair(np.array([10, 11]), np.array([], dtype=int), IGNORED)], tokenizer, rate=0.0)
    assert batch.input_ids.tolist() == [[2, 10, 11, 3]]
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 0]]
    assert batch.next_sentence_label.tolist() == [IGNORED]


def test_singles_are_whole_sentences_in_the_share_asked_for(corpus, tokenizer):
    sentences = {tuple(corpus.ids[a:b]) for a, b in pairwise(corpus.sentence_starts)}
    singles = pairs = 0
    for batch in take(corpus, tokenizer, 60, singles=0.3):
        for ids, mask, label in zip(original_ids(batch), batch.attention_mask, batch.next_sentence_label, strict=True):
            if label == IGNORED:
                singles += 1
                alone = tuple(ids[mask.bool()].tolist()[1:-1])
                assert any(sentence[: len(alone)] == alone for sentence in sentences)
            pairs += label != IGNORED
    assert 0.2 < singles / (singles + pairs) < 0.4


def test_special_tokens_and_padding_are_never_selected(corpus, tokenizer):
    for batch in take(corpus, tokenizer, 5, rate=1.0):
        ordinary = ~torch.isin(original_ids(batch), torch.tensor([0, 2, 3]))
        assert torch.equal(batch.labels != IGNORED, ordinary)


@pytest.mark.parametrize("seq_len", [13, 37, 128])
def test_no_sequence_is_longer_than_asked(corpus, tokenizer, seq_len):
    lengths = [batch.input_ids.shape[1] for batch in take(corpus, tokenizer, 20, seq_len=seq_len)]
    assert max(lengths) == seq_len


def test_parts_meet_between_whole_sentences_and_lose_only_their_outer_ends(corpus):
    sentences = {tuple(corpus.ids[i:j].tolist()) for i, j in pairwise(corpus.sentence_starts)}
    rng, whole = np.random.default_rng(0), 0
    for chunk in gather_chunks(corpus, 37):
        pair = draw_pair(corpus, chunk, 37, rng)
        full = len(pair.a) + len(pair.b) == 34
        for name, part in (("a", pair.a.tolist()), ("b", pair.b.tolist())):
            cuts = [0, *(i + 1 for i, token in enumerate(part) if token == 5), len(part)]  # 5 is the full stop
            pieces = [tuple(part[i:j]) for i, j in pairwise(cuts) if i < j]
            outer = 0 if name == "a" else len(pieces) - 1
            broken = [k for k, piece in enumerate(pieces) if piece not in sentences]
            assert broken == [] or (broken == [outer] and full)
            whole += len(pieces) - len(broken)
    assert whole > 100


def test_b_follows_a_or_comes_from_another_article_as_its_label_says(corpus):
    rng, labels = np.random.default_rng(1), []
    for chunk in np.concatenate([gather_chunks(corpus, 37, shift) for shift in range(7)]):
        a, b, label = draw_pair(corpus, chunk, 37, rng)
        topics = [{int(token) for token in part if token >= 66} for part in (a, b)]  # 66 is the first topic
        if all(topics):
            assert (topics[0] != topics[1]) == bool(label)
        if label == 0:
            text = corpus.ids[corpus.sentence_starts[chunk[0]] : corpus.sentence_starts[chunk[1]]].tolist()
            joined = [*a.tolist(), *b.tolist()]
            assert any(text[i : i + len(joined)] == joined for i in range(len(text)))
        labels.append(label)
    assert len(labels) > 1000
    assert 0.45 < np.mean(labels) < 0.55


def test_the_length_of_a_pair_does_not_tell_its_label(corpus, tokenizer):
    batches = take(corpus, tokenizer, 300)
    labels = torch.cat([batch.next_sentence_label for batch in batches])
    lengths = torch.cat([batch.attention_mask.sum(1) for batch in batches])
    guesses = torch.stack([lengths >= threshold for threshold in range(3, 39)])
    accuracy = (guesses == labels.bool()).float().mean(1)
    assert 0.42 < accuracy.min() <= accuracy.max() < 0.58


def test_an_epoch_holds_every_chunk_once(corpus):
    plan = plan_epoch(corpus, 37, 7, np.random.default_rng(3))
    chunks = [tuple(chunk) for batch in plan for chunk in batch.tolist()]
    assert len(set(chunks)) == len(chunks)
    sentences = [s for first, last in chunks for s in range(first, last)]
    assert len(set(sentences)) == len(sentences) > 0.9 * (len(corpus.sentence_starts) - 1)
    assert {len(batch) for batch in plan} == {7}


def test_the_same_seed_draws_the_same_batches_and_another_seed_others(corpus, tokenizer):
    ours, again, other = (take(corpus, tokenizer, 3, seed=seed) for seed in (5, 5, 6))
    for mine, repeated in zip(ours, again, strict=True):
        assert_same(mine, repeated)
    assert not torch.equal(original_ids(ours[0])[:, :9], original_ids(other[0])[:, :9])


def test_skipping_gives_the_very_batch_that_comes_next_even_epochs_later(corpus, tokenizer):
    epoch = len(take(corpus, tokenizer, 10_000, epochs=1))
    batches = take(corpus, tokenizer, 2 * epoch + 3)
    for skip in (0, 1, epoch - 1, epoch, 2 * epoch + 2):
        assert_same(take(corpus, tokenizer, 1, skip=skip)[0], batches[skip])


def test_processes_share_a_batch_out_without_loss(corpus, tokenizer):
    [batch] = take(corpus, tokenizer, 1)
    parts = [batch.part(rank, 3) for rank in range(3)]
    assert [len(part.input_ids) for part in parts] == [3, 2, 2]
    rows = torch.cat([part.input_ids for part in parts])
    assert sorted(rows.tolist()) == sorted(batch.input_ids.tolist())


@pytest.mark.parametrize("articles", [["One two. Three four. Five six."], ["One two. Three four.", "One."]])
def test_text_that_makes_no_batch_is_refused_and_says_why(tokenizer, articles):
    corpus = TokenizedCorpus.build([[article] for article in articles], tokenizer)
    with pytest.raises(ValueError, match=r"a batch needs 7 chunks, from two articles"):
        take(corpus, tokenizer, 1)
