"""What a CRF cannot read is refused with the place and the cure; what the library does with the same is shown."""

import pytest
import torch
from torchcrf import CRF

from bertlab.token_classification.crf_checks import check_batch, check_moves, check_path, check_tags, first_place

MASK = torch.tensor([[1, 1, 1], [1, 1, 0]])
EMISSIONS = torch.zeros(2, 3, 5)


def test_a_good_batch_passes_and_its_mask_comes_back_as_booleans():
    assert torch.equal(check_batch(EMISSIONS, MASK, 5), MASK.bool())
    assert torch.equal(check_batch(EMISSIONS, None, 5), torch.ones(2, 3, dtype=torch.bool))


@pytest.mark.parametrize(
    ("emissions", "mask", "message"),
    [
        (torch.zeros(3, 5), None, r"\(3, 5\): give \(batch, words, 5\)"),
        (torch.zeros(2, 3, 7), MASK, r"\(2, 3, 7\): give \(batch, words, 5\)"),
        (torch.zeros(0, 3, 5), None, "leave empty batches out"),
        (torch.zeros(2, 0, 5), None, "leave empty batches out"),
        (EMISSIONS, MASK[:, :2], r"mask is \(2, 2\): give \(batch, words\), \(2, 3\)"),
        (EMISSIONS, MASK.T, r"mask is \(3, 2\)"),
        (EMISSIONS, torch.tensor([[1, 1, 1], [0, 1, 1]]), "sentence 1 is off at its first word: leave empty"),
        (EMISSIONS, torch.tensor([[1, 1, 1], [0, 0, 0]]), "sentence 1 is off at its first word"),
        (EMISSIONS, torch.tensor([[1, 0, 1], [1, 1, 1]]), "sentence 0 has a hole before word 2"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(emissions, mask, message):
    with pytest.raises(ValueError, match=message):
        check_batch(emissions, mask, 5)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([[0, 1, -100], [0, 0, 0]], r"sentence 0, word 2 has the label -100: .*gather the first pieces before the CRF"),
        ([[0, 1, 2], [0, 5, 0]], "sentence 1, word 1 has the label 5: it must be from 0 to 4"),
        ([[-1, 1, 2], [0, 0, 0]], "sentence 0, word 0 has the label -1: it must be"),
        ([[0, 1], [0, 0]], r"tags are \(2, 2\): give \(batch, words\), \(2, 3\)"),
    ],
)
def test_labels_that_are_none_are_refused(tags, message):
    with pytest.raises(ValueError, match=message):
        check_tags(torch.tensor(tags), MASK.bool(), 5)


def test_at_padding_any_label_may_stand():
    assert check_tags(torch.tensor([[0, 4, 2], [0, 3, -100]]), MASK.bool(), 5) is None


MOVES, STARTS = torch.tensor([[True, False], [True, True]]), torch.tensor([True, False])


@pytest.mark.parametrize(
    ("tags", "mask", "message"),
    [
        ([[0, 0], [1, 0]], None, "sentence 1, word 0: tag 1 begins the sentence, which is forbidden"),
        ([[0, 0], [0, 1]], None, "sentence 1, word 1: tag 1 follows tag 0, which is forbidden"),
        ([[0, 1], [0, 0]], torch.tensor([[1, 0], [1, 1]]), None),
    ],
)
def test_a_forbidden_path_is_refused_unless_it_is_padding(tags, mask, message):
    if message is None:
        assert check_path(torch.tensor(tags), mask, MOVES, STARTS) is None
    else:
        with pytest.raises(ValueError, match=message):
            check_path(torch.tensor(tags), mask, MOVES, STARTS)


@pytest.mark.parametrize(
    ("tags", "moves", "starts", "message"),
    [
        (3, MOVES, STARTS, r"3 tags, moves \(2, 2\) and starts \(2,\)"),
        (0, MOVES[:0, :0], STARTS[:0], "give at least one tag"),
        (2, MOVES, ~STARTS & STARTS, r"no path of 1 word"),
        (2, MOVES & ~MOVES, STARTS, r"no path of 2 word"),
        (2, torch.tensor([[False, True], [False, False]]), STARTS, r"no path of 3 word"),
    ],
)
def test_moves_that_leave_no_path_are_refused(tags, moves, starts, message):
    with pytest.raises(ValueError, match=message):
        check_moves(tags, moves, starts)


def test_a_circle_of_two_goes_on_for_ever():
    assert check_moves(2, torch.tensor([[False, True], [True, False]]), STARTS) is None


def test_the_first_place_is_the_first_in_reading_order():
    assert first_place(torch.tensor([[False, False, False], [False, False, True], [True, True, True]])) == (1, 2)


class TestTheLibrary:
    """What people meet when they come to `torchcrf` with labels and masks made for cross-entropy."""

    theirs = CRF(5, batch_first=True)

    def test_takes_minus_100_for_an_index_even_at_padding(self):
        labels = torch.tensor([[0, 1, 2], [0, 3, -100]])
        with pytest.raises(IndexError, match="out of"):
            self.theirs(EMISSIONS, labels, MASK.bool())

    def test_refuses_a_mask_that_is_off_at_the_first_word(self):
        labels, mask = torch.zeros(2, 3, dtype=torch.long), torch.tensor([[0, 1, 1], [0, 1, 0]]).bool()
        for use in (lambda: self.theirs(EMISSIONS, labels, mask), lambda: self.theirs.decode(EMISSIONS, mask)):
            with pytest.raises(ValueError, match="mask of the first timestep must all be on"):
                use()

    def test_takes_minus_1_for_the_last_tag(self):
        labels = torch.tensor([[0, 1, -1], [0, 3, 2]])
        found = self.theirs(EMISSIONS, labels, MASK.bool())
        assert torch.equal(found, self.theirs(EMISSIONS, labels % 5, MASK.bool()))

    def test_takes_a_mask_with_a_hole_and_scores_what_stands_there(self):
        mask, labels = torch.tensor([[True, False, True]]), torch.tensor([[0, 1, 2], [0, 3, 2]])
        one, other = (self.theirs(EMISSIONS[:1], row[None], mask) for row in labels)
        assert one != other
