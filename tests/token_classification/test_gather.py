"""Each word gets the vector of its first piece, its last or their mean; what truncation cut off is named."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from bertlab.fine_tuning.batches import pad
from bertlab.token_classification.alignment import align_labels, encode_words, what_is_cut
from bertlab.token_classification.crf import LinearChainCRF
from bertlab.token_classification.gather import check_pieces, gather_labels, gather_words, pieces_of_words
from bertlab.token_classification.windows import encode_windows

WORD_IDS = [[None, 0, 0, 0, 1, 2, 2, None], [None, 0, 1, 1, None]]
WORDS = [range(3), range(4)]
NAMES = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]


def make_states(hidden=7, seed=0):
    return torch.randn(2, 9, hidden, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("which", "picked"),
    [
        ("first", [[[1], [4], [5]], [[1], [2]]]),
        ("last", [[[3], [4], [6]], [[1], [3]]]),
        ("mean", [[[1, 2, 3], [4], [5, 6]], [[1], [2, 3]]]),
    ],
)
def test_the_vector_of_a_word_is_that_of_its_pieces(which, picked):
    states = make_states()
    gathered = gather_words(states, WORD_IDS, WORDS, which)
    assert gathered.states.shape == (2, 3, 7)
    assert gathered.mask.tolist() == [[True, True, True], [True, True, False]]
    for sentence, rows in enumerate(picked):
        for row, pieces in enumerate(rows):
            assert_close(gathered.states[sentence, row], states[sentence, pieces].mean(0))
    assert not gathered.states[1, 2].any()
    assert gathered.numbers == [[0, 1, 2], [0, 1]]
    assert gathered.lost == [[], [2, 3]]


@pytest.mark.parametrize("which", ["first", "last"])
def test_a_single_piece_is_copied_exactly(which):
    states = make_states().double() / 3
    gathered = gather_words(states, WORD_IDS, WORDS, which)
    assert torch.equal(gathered.states[0, 1], states[0, 4])
    assert gathered.states.dtype == torch.double


def test_gradients_go_to_the_pieces_that_stand_for_a_word_only():
    states = make_states().requires_grad_()
    gather_words(states, WORD_IDS, WORDS, "mean").states.sum().backward()
    expected = torch.zeros(2, 9)
    expected[0, 1:7] = torch.tensor([1 / 3, 1 / 3, 1 / 3, 1, 1 / 2, 1 / 2])
    expected[1, 1:4] = torch.tensor([1, 1 / 2, 1 / 2])
    assert_close(states.grad, expected[..., None].expand_as(states))


def test_other_pieces_have_no_influence():
    states = make_states()
    spoiled = states.clone()
    spoiled[:, 0], spoiled[:, 7:], spoiled[1, 4:] = torch.nan, torch.nan, torch.nan
    for which in ("first", "last", "mean"):
        assert_close(
            gather_words(spoiled, WORD_IDS, WORDS, which).states, gather_words(states, WORD_IDS, WORDS, which).states
        )


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=4), st.sampled_from(["first", "mean"]))
@settings(max_examples=40, deadline=None)
def test_every_word_has_one_row_or_is_lost_and_no_mask_has_holes(sentences, which):
    ids = [[None, *(word for word, count in enumerate(pieces) for _ in range(count)), None] for pieces in sentences]
    states = torch.arange(max(map(len, ids))).float()[None, :, None].repeat(len(ids), 1, 2)
    gathered = gather_words(states, ids, [range(len(pieces)) for pieces in sentences], which)
    for sentence, pieces in enumerate(sentences):
        rows, lost = gathered.numbers[sentence], gathered.lost[sentence]
        assert rows == [word for word, count in enumerate(pieces) if count]
        assert sorted(rows + lost) == list(range(len(pieces)))
        assert gathered.mask[sentence].tolist() == [row < len(rows) for row in range(gathered.mask.shape[1])]
        for row, word in enumerate(rows):
            first = 1 + sum(pieces[:word])
            middle = first if which == "first" else first + (pieces[word] - 1) / 2
            assert gathered.states[sentence, row].tolist() == [middle, middle]


def test_words_that_were_cut_off_are_named(tokenizer):
    words = ["unaffable", "snowboarders", "embroider", "\u200b", "in", "Reykjavik"]
    encoded = encode_words(words, tokenizer, max_length=9)
    gathered = gather_words(torch.zeros(1, 9, 5), [encoded.word_ids], [range(6)])
    cut = what_is_cut(words, ["O"] * 6, tokenizer, max_length=9)
    assert cut.lost
    assert cut.silent == [3]
    assert gathered.lost == [sorted(cut.lost + cut.silent)]


def test_a_word_without_pieces_leaves_no_hole(tokenizer):
    words = ["New", "\u200b", "York"]
    encoded = encode_words(words, tokenizer)
    gathered = gather_words(torch.zeros(1, len(encoded.word_ids), 5), [encoded.word_ids], [range(3)])
    assert gathered.numbers == [[0, 2]]
    assert gathered.lost == [[1]]
    assert gathered.mask.tolist() == [[True, True]]


def test_windows_keep_the_numbers_of_the_whole_list(tokenizer):
    words = ["snowboarders", "sat", "in", "the", "snow"] * 4
    windows = encode_windows(words, tokenizer, max_length=16, stride=2)
    states = torch.zeros(len(windows), 16, 3)
    gathered = gather_words(states, [window.word_ids for window in windows], [window.words for window in windows])
    assert len(windows) > 1
    assert gathered.numbers == [list(window.words) for window in windows]
    assert gathered.lost == [[] for _ in windows]


def test_piece_labels_are_refused_by_the_crf_and_gathered_ones_are_learned(tokenizer):
    texts = [["Snowboarders", "saw", "Reykjavik"], ["Unaffable", "embroiderers"]]
    tags = [["O", "O", "B-LOC"], ["B-PER", "I-PER"]]
    sentences = [encode_words(words, tokenizer) for words in texts]
    batch = pad(tokenizer, [encoded.features for encoded in sentences])
    logits = torch.randn(*batch["input_ids"].shape, len(NAMES))
    crf = LinearChainCRF(len(NAMES))
    labels = [align_labels(row, encoded.word_ids, NAMES) for row, encoded in zip(tags, sentences, strict=True)]
    padded = torch.full(logits.shape[:2], -100)
    for sentence, row in enumerate(labels):
        padded[sentence, : len(row)] = torch.tensor(row)
    with pytest.raises(ValueError, match="gather the first pieces"):
        crf.loss(logits, padded, batch["attention_mask"])
    gathered = gather_words(logits, [encoded.word_ids for encoded in sentences], [range(3), range(2)])
    targets = gather_labels([[NAMES.index(tag) for tag in row] for row in tags], gathered.numbers)
    assert targets.tolist() == [[0, 0, 1], [3, 4, -100]]
    assert_close(gathered.states[gathered.mask], logits[padded != -100])
    crf.loss(gathered.states, targets, gathered.mask).backward()
    assert [len(path) for path in crf.viterbi(gathered.states, gathered.mask).paths] == [3, 2]


def test_a_sentence_without_words_and_a_batch_without_sentences():
    gathered = gather_words(torch.zeros(2, 3, 5), [[None, None], [None, 0, None]], [range(0), range(1)])
    assert gathered.mask.tolist() == [[False], [True]]
    assert gather_labels([[], [4]], gathered.numbers).tolist() == [[-100], [4]]
    empty = gather_words(torch.zeros(0, 3, 5), [], [])
    assert empty.states.shape == (0, 0, 5)
    assert gather_labels([], []).shape == (0, 0)


def test_which_must_be_known():
    assert pieces_of_words([None, 0, 0, None], "last") == {0: [2]}
    with pytest.raises(ValueError, match="'first', 'last' or 'mean', not 'middle'"):
        pieces_of_words.__wrapped__([None, 0, None], "middle")


@pytest.mark.parametrize(
    ("word_ids", "words", "message"),
    [
        (WORD_IDS[:1], WORDS, "states of 2 sentences, word_ids of 1 and words of 2"),
        (WORD_IDS, WORDS[:1], "states of 2 sentences, word_ids of 2 and words of 1"),
        ([WORD_IDS[0], [None] * 10], WORDS, "sentence 1 has 10 pieces, but states for 9"),
        (WORD_IDS, [range(2), range(4)], r"sentence 0 has pieces of word 2, which is not in range\(0, 2\)"),
    ],
)
def test_pieces_that_do_not_fit_are_refused(word_ids, words, message):
    with pytest.raises(ValueError, match=message):
        gather_words(make_states(), word_ids, words)
    with pytest.raises(ValueError, match=message):
        check_pieces(make_states(), word_ids, words)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="labels of 1 sentences, words of 2"):
        gather_labels([[1]], [[0], [0]])
    with pytest.raises(ValueError, match="sentence 1 has 2 labels, but word 2"):
        gather_labels([[1], [3, 4]], [[0], [0, 2]])
